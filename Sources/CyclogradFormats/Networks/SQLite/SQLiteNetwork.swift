import Cyclograd

extension NetworkFormat {
  static let sqlite = NetworkFormat(
    "sqlite", "a table of edges in a SQLite data base", extensions: ["sqlite", "sqlite3", "db"],
    options: [
      .activation, .inputs, .outputs, .bias, .neurons, .weightAttribute, .indexBase, .ids,
      .duplicates, .parameters, .drawWeights, .seed, .signColumn, .sign, .table, .query,
    ],
    reader: { path, options in try SQLiteReader.network(path, options) }, writer: nil)
}

/// Reads edges from the rows of a table or of a query's answer.
struct SQLiteReader {
  private let path: String
  private let options: ImportOptions
  private let columns: EdgeListColumns
  private var edges: EdgeCollector
  private let base: Int
  private var row = 0

  static func network(_ path: String, _ options: ImportOptions) throws -> ImportedNetwork {
    guard options.table == nil || options.query == nil else {
      throw CyclogradError(
        .invalidOption, "--table and --query exclude each other", at: .init(file: path),
        advice: "a query names its tables itself")
    }
    let base = try SQLiteBase(path)
    let sql =
      try options.query
      ?? "SELECT * FROM \"\(base.table(options.table).replacing("\"", with: "\"\""))\""
    let answer = try base.answer(to: sql, isQuery: options.query != nil)
    var reader = try SQLiteReader(answer, path, options)
    // As in text: if one end is not a number, all of it is read again by names.
    if try !reader.readNumbers(answer) || reader.edges.idsAreNames {
      reader.edges.startAgain()
      try reader.readNames(answer)
    }
    return try reader.edges.finish(reader.columns, hasWeights: reader.columns.weight != nil)
  }

  private init(_ answer: SQLiteAnswer, _ path: String, _ options: ImportOptions) throws {
    self.path = path
    self.options = options
    base = options.indexBase ?? 0
    edges = EdgeCollector(file: path, options)
    let hasRow = try answer.next()
    let numbers = (0..<answer.names.count).map { hasRow && answer.number($0) != nil }
    columns = try EdgeListColumns(named: answer.names, .init(file: path), options) { numbers[$0] }
  }

  private func failure(
    _ message: String, _ code: CyclogradError.Code = .malformedFile, advice: String? = nil
  ) -> CyclogradError {
    CyclogradError(
      code, message, at: .init(file: path, subject: "row \(row)"), advice: advice)
  }

  /// The text of a cell; an error says the row.
  private func text(_ answer: SQLiteAnswer, _ column: Int) throws -> String? {
    do { return try answer.text(column) } catch var error as CyclogradError {
      error.location.subject = "row \(row)"
      throw error
    }
  }

  /// Reads all rows as numbers; `false` if the ends of an edge are not numbers.
  private mutating func readNumbers(_ answer: SQLiteAnswer) throws -> Bool {
    guard options.ids != .names else { return false }
    try answer.startAgain()
    row = 0
    while try next(answer) {
      var ends: [Int32] = []
      for column in [columns.source, columns.target] {
        guard let number = answer.integer(column), number >= base, number - base < Int(Int32.max)
        else {
          guard edges.mustBeNumbers else { return false }
          throw failure(
            "\(try Excerpt.quoted(text(answer, column) ?? "NULL")) is not the number of a neuron",
            advice: "neurons are counted from \(base); leave out "
              + "\(options.ids == nil ? "--index-base" : "--ids") if neurons have names")
        }
        ends.append(Int32(number - base))
      }
      edges.append(ends[0], ends[1], try weight(answer))
    }
    return true
  }

  private mutating func readNames(_ answer: SQLiteAnswer) throws {
    try answer.startAgain()
    row = 0
    while try next(answer) {
      let ends = try [columns.source, columns.target].map { column in
        guard let name = try text(answer, column), !name.isEmpty else {
          throw failure("a neuron has no name")
        }
        return try edges.neuron(
          named: name, at: .init(file: path, subject: "row \(row)"))
      }
      edges.append(ends[0], ends[1], try weight(answer))
    }
  }

  private mutating func next(_ answer: SQLiteAnswer) throws -> Bool {
    guard try answer.next() else { return false }
    row += 1
    // A query may have more rows than fit.
    if row.isMultiple(of: 1 << 20) {
      try Memory.require(24 * row, for: "\(row) edges", file: path)
    }
    guard row < Int(Int32.max) else { throw failure("too many edges", .tooLarge) }
    return true
  }

  private mutating func weight(_ answer: SQLiteAnswer) throws -> Double {
    var weight = 1.0
    if let column = columns.weight {
      guard let number = answer.number(column) else {
        throw failure(
          "the weight \(try text(answer, column).map { Excerpt.quoted($0) } ?? "NULL") is not a number"
        )
      }
      guard number.isFinite else { throw failure("the weight is not finite", .invalidValue) }
      weight = number
    }
    guard let column = columns.sign else { return weight }
    return try edges.signed(
      weight, try text(answer, column) ?? "", at: .init(file: path, subject: "row \(row)"))
  }
}
