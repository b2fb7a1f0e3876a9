public import Cyclograd

/// What becomes of the columns of a file before they enter a network, as it was fitted to the
/// training samples, and what classes are called: it is kept with trained parameters and checkpoints.
public struct InputTransform: Hashable, Sendable {
  static let format = "cyclograd-inputs/1"
  /// The key in the metadata of a safetensors file.
  static let key = "inputs"

  /// A column of text and its words.
  struct Category: Hashable {
    var column: String
    /// The words that have a column, in its order.
    var words: [String]
    /// Other words that are known.
    var without: [String]
    var areUnseenZero: Bool
  }

  /// The numeric columns, as ``ColumnSelection`` reads them.
  var columns: String?
  var names: [String]?
  /// The header of the training file, by which columns that were chosen by their places are found in others.
  var header: [String]?
  var categories: [Category]
  /// Of the columns of a series, where samples are windows of one.
  var scaling: Scaling?
  /// The series that samples are cut from; `nil` where they are the rows of a file.
  var series: Series?
  /// The classes that outputs stand for; `nil` where their words are their numbers.
  public internal(set) var classWords: ClassWords?

  /// What the classes are called that outputs stand for, in their order; `nil` where they are numbers.
  public var classes: [String]? { classWords?.names }

  /// What the classes are called that so many outputs name, a single one two of them, with numbers for outputs that stand
  /// for none; `nil` where there are no words, or more.
  public func classes(ofOutputs count: Int) -> [String]? {
    classes.flatMap { ClassWords.names($0, of: max(2, count)) }
  }

  /// Whether files go into a network as they are.
  public var isIdentity: Bool { categories.isEmpty && scaling == nil && series == nil }
  /// Whether nothing of it need be kept.
  package var isEmpty: Bool { isIdentity && classWords == nil }
  /// Whether inputs have other units than the file.
  public var isScaled: Bool { scaling != nil }

  /// What is done, for people.
  public var summary: String {
    [
      scaling == nil ? nil : "scaled", categories.isEmpty ? nil : "encoded",
      series == nil ? nil : "cut into windows",
    ].compactMap(\.self).joined(separator: " and ")
  }

  /// The inputs in a file, encoded, scaled and cut into windows.
  ///
  /// A file for windows has the series, or has been cut already: it then has a column for each input of the network.
  ///
  /// - Parameters:
  ///   - columns: other numeric columns than in the training.
  ///   - inputNames: those of the network's inputs, by which the columns of windows are found.
  /// - Throws: ``Cyclograd/CyclogradError`` for files without these columns, and words that are not
  ///   known.
  public func inputs(
    _ path: String, columns other: ColumnSelection? = nil, inputNames: [String] = []
  ) throws -> Matrix {
    if let series { return try windows(series, in: path, other, inputNames) }
    return try scaled(
      encoded(path, other ?? columns.map { try ColumnSelection($0) }), by: scaling, path)
  }

  /// A matrix as a scaling makes it.
  func scaled(_ matrix: Matrix, by scaling: Scaling?, _ path: String) throws -> Matrix {
    do { return try scaling?.applied(to: matrix) ?? matrix } catch {
      var located = error
      located.location.file = path
      throw located
    }
  }

  /// The inputs in a file before they are scaled. Columns are those of the training file by their names, unless others are
  /// given.
  func encoded(_ path: String, _ given: ColumnSelection?) throws -> Matrix {
    var parts: [Matrix] = []
    let other = header == nil || names != nil ? nil : try DataFile.header(path)
    let columns =
      given?.text == columns ? try given?.following(header, in: other, file: path) : given
    if let columns {
      let vectors = series == nil ? VectorLayout.row : .column
      parts.append(
        try DataFile.read(path, columns: columns, names: names, vectors: vectors).matrix)
    }
    for category in categories {
      let cells = try DataFile.words(
        path,
        columns: try ColumnSelection(category.column).following(header, in: other, file: path),
        names: names)
      for column in cells { parts.append(try Self.encode(column, category, path)) }
    }
    guard parts.count != 1 else { return parts[0] }
    return Self.beside(parts)
  }

  /// The columns of a file that were inputs in the training, for a file whose numbers go into a network as they are.
  ///
  /// - Returns: `nil` where the file has none of the columns' names, such as one that holds nothing but inputs.
  /// - Throws: ``Cyclograd/CyclogradError`` `shape-mismatch` where it has some of the names but not all.
  public func inputColumns(in path: String) throws -> ColumnSelection? {
    guard let columns else { return nil }
    let known = names ?? header
    var places = try ColumnSelection(columns)
    let usesNames = places.usesNames
    if usesNames {
      guard let known else { return nil }
      let numbers = try places.indices(columnCount: known.count, names: known)
      places = try ColumnSelection(numbers.map { "\($0)" }.joined(separator: ","))
    }
    guard let other = try DataFile.header(path) else {
      return names == nil && usesNames ? nil : places
    }
    guard let known else { return nil }
    let there = Set(other)
    let trained = try places.indices(columnCount: known.count).map { known[$0] }
    guard trained.contains(where: { there.contains($0) }) else { return nil }
    return try places.following(known, in: other, file: path)
  }

  private static func encode(
    _ cells: [String], _ category: Category, _ path: String
  ) throws(CyclogradError) -> Matrix {
    let places = Dictionary(uniqueKeysWithValues: category.words.enumerated().map { ($1, $0) })
    let without = Set(category.without)
    var result = Matrix(rows: cells.count, columns: category.words.count)
    for (row, word) in cells.enumerated() {
      if let place = places[word] {
        result[row, place] = 1
      } else if !category.areUnseenZero, !without.contains(word) {
        throw CyclogradError(
          .invalidValue, "\(Excerpt.quoted(word)) is not among the training samples' words",
          at: .init(file: path, subject: "row \(row), column \(category.column)"),
          advice: "correct it, or say 'unseen: zero' for this column")
      }
    }
    return result
  }

  private static func beside(_ parts: [Matrix]) -> Matrix {
    let (rows, width) = (parts.first?.rows ?? 0, parts.reduce(0) { $0 + $1.columns })
    var elements: [Double] = []
    elements.reserveCapacity(rows * width)
    for row in 0..<rows { for part in parts { elements += part[row: row] } }
    return Matrix(rows: rows, columns: width, elements: elements)
  }

  // MARK: In metadata

  /// What the checkpoints of a training are compared by: windows are told by the samples, whose digest is compared as well.
  /// `nil` for nothing.
  var comparedText: String? {
    var other = self
    other.series = nil
    return other.isEmpty ? nil : other.text
  }

  /// The transformation as text, in JSON.
  package var text: String {
    var entries: [(String, FlowValue)] = [("format", .text(Self.format))]
    if let columns { entries.append(("columns", .text(columns))) }
    if let names { entries.append(("names", .list(names.map { .text($0) }))) }
    if let header { entries.append(("header", .list(header.map { .text($0) }))) }
    if !categories.isEmpty {
      entries.append(
        (
          "one-hot",
          .list(
            categories.map { category in
              .mapping([
                ("column", .text(category.column)),
                ("words", .list(category.words.map { .text($0) })),
                ("without", .list(category.without.map { .text($0) })),
                ("unseen", .text(category.areUnseenZero ? "zero" : "error")),
              ])
            })
        ))
    }
    if let scaling {
      entries.append(("offsets", .list(scaling.offsets.map { .number($0) })))
      entries.append(("divisors", .list(scaling.divisors.map { .number($0) })))
    }
    if let series { entries.append(("windows", series.value)) }
    if let classWords {
      entries.append(("classes", .list(classWords.names.map { .text($0) })))
      if let rest = classWords.rest {
        entries.append(
          (
            "rest",
            .mapping([
              ("class", .integer(rest.number)), ("words", .list(rest.words.map { .text($0) })),
            ])
          ))
      }
    }
    return JSONText.flow(.mapping(entries))
  }

  /// Reads the transformation back from text.
  package init(_ text: String, file: String) throws {
    let root = try NodeSource.root(of: SourceText(Array(text.utf8), name: file, kind: .transform))
    let fields = try root.fields(
      "'inputs'",
      keys: [
        "format", "columns", "names", "header", "one-hot", "offsets", "divisors", "windows",
        "classes", "rest",
      ])
    guard try fields["format"]?.text("'format'") == Self.format else {
      throw CyclogradError(
        .malformedFile, "its inputs are not described in the format \(Self.format)",
        at: .init(file: file), advice: "use the version of Cyclograd that wrote it")
    }
    columns = try fields["columns"]?.text("'columns'")
    names = try fields["names"]?.list("'names'").map { try $0.text("a name") }
    header = try fields["header"]?.list("'header'").map { try $0.text("a name") }
    categories = try (fields["one-hot"]?.list("'one-hot'") ?? []).map { element in
      let what = "'one-hot'"
      let part = try element.fields(what, keys: ["column", "words", "without", "unseen"])
      let words = try part.required("words", of: what).list("'words'").map { try $0.text("a word") }
      guard Set(words).count == words.count else { throw element.failure("a word stands twice") }
      return Category(
        column: try part.required("column", of: what).text("'column'"), words: words,
        without: try (part["without"]?.list("'without'") ?? []).map { try $0.text("a word") },
        areUnseenZero: try part.required("unseen", of: what).text("'unseen'") == "zero")
    }
    series = try fields["windows"].map { try Series($0) }
    if let element = fields["classes"] {
      let words = try element.list("'classes'").map { try $0.text("a word") }
      classWords = ClassWords(
        names: words, rest: try fields["rest"].map { try Self.rest($0, classes: words.count) })
    }
    guard let offsets = fields["offsets"] else { return }
    let divisors = try fields.required("divisors", of: "'inputs'").numbers("'divisors'")
    scaling = try offsets.checking {
      try Scaling(offsets: try offsets.numbers("'offsets'"), divisors: divisors)
    }
  }

  private static func rest(_ element: Element, classes count: Int) throws -> ClassWords.Rest {
    let what = "'rest'"
    let part = try element.fields(what, keys: ["class", "words"])
    return ClassWords.Rest(
      number: try part.required("class", of: what).integer("'class'", in: 0...max(0, count - 1)),
      words: try part.required("words", of: what).list("'words'").map { try $0.text("a word") })
  }

  init(
    columns: String?, names: [String]?, header: [String]? = nil, categories: [Category],
    scaling: Scaling? = nil
  ) {
    self.columns = columns
    self.header = header
    self.names = names
    self.categories = categories
    self.scaling = scaling
  }
}
