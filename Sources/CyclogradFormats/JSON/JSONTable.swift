import Cyclograd

/// A table in JSON: where each of its cells stands in the text.
///
/// Cells are looked at only when they are asked for, so that columns that nobody selects may hold anything.
struct JSONTable {
  struct Cell {
    enum Kind: UInt8 {
      case number
      case text
      /// `true` or `false`.
      case word
      /// `null`.
      case missing
      /// A list or an object.
      case other
    }

    var start: Int
    var length: UInt32
    var kind: Kind

    init(_ range: Range<Int>, _ kind: Kind) throws(JSONScanner.Malformed) {
      guard let length = UInt32(exactly: range.count) else {
        throw JSONScanner.Malformed(reason: "a value is too long", offset: range.lowerBound)
      }
      start = range.lowerBound
      self.length = length
      self.kind = kind
    }

    static let missing = Cell(start: 0)

    private init(start: Int) {
      self.start = start
      length = 0
      kind = .missing
    }

    var range: Range<Int> { start..<start + Int(length) }
  }

  /// The text without a byte order mark.
  let bytes: UnsafeBufferPointer<UInt8>
  let file: String
  /// The names of the columns; `nil` where rows are lists.
  var names: [String]?
  var rows: Int
  var columns: Int
  /// Row by row, or column by column.
  var cells: [Cell]
  var isByColumn = false
  /// Whether it is one list of values, which may be a row or a column.
  var isVector = false

  subscript(row: Int, column: Int) -> Cell {
    cells[isByColumn ? column * rows + row : row * columns + column]
  }

  /// Finds the cells of a text.
  ///
  /// - Parameter isLines: whether each value is a row; otherwise a list or an object may be a whole table.
  static func read(
    _ bytes: UnsafeBufferPointer<UInt8>, isLines: Bool, file: String
  ) throws -> JSONTable {
    let text = try TextSource.check(bytes, file: file)
    // A cell takes two bytes of the text at least, and sixteen here.
    try Memory.require(12 * text.count, for: "the table", file: file)
    do throws(JSONScanner.Malformed) {
      var parser = JSONTableParser(text, isLines: isLines, file: file)
      return try parser.parse()
    } catch {
      throw CyclogradError(
        .malformedFile, "not a table in JSON: \(error.reason)",
        at: .init(file: file, line: line(error.offset, of: text)),
        advice: "give a list of rows, an object of columns, or a row in each line")
    }
  }

  private static func line(_ offset: Int, of text: UnsafeBufferPointer<UInt8>) -> Int {
    text.prefix(max(0, offset)).count { $0 == 10 } + 1
  }

  // MARK: Values

  /// The numbers of some columns, all if none are selected.
  func numbers(
    _ selection: ColumnSelection?, names given: [String]?, vectors: VectorLayout,
    allowNonFinite: Bool, allowMissing: Bool
  ) throws -> DataTable {
    let table = vectors == .row && isVector ? turned : self
    let names = try table.names(given)
    let chosen = try table.places(selection, names)
    var elements: [Double] = []
    elements.reserveCapacity(table.rows * chosen.count)
    for row in 0..<table.rows {
      for column in chosen {
        elements.append(
          try table.number(
            row, column, allowNonFinite: allowNonFinite, allowMissing: allowMissing, names))
      }
    }
    return DataTable(
      matrix: Matrix(rows: table.rows, columns: chosen.count, elements: elements),
      columnNames: names.map { names in chosen.map { names[$0] } })
  }

  /// The texts of some columns, numbers as they are written.
  func words(
    _ selection: ColumnSelection, names given: [String]?, allowMissing: Bool
  ) throws -> [[String]] {
    let names = try names(given)
    return try places(selection, names).map { column in
      try (0..<rows).map { row in
        let cell = self[row, column]
        switch cell.kind {
        case .number, .word: return String(decoding: bytes[cell.range], as: UTF8.self)
        case .text:
          let text = try text(cell)
          guard text.isEmpty, !allowMissing else { return text }
          throw failure("the text is empty", cell, column, names)
        case .missing:
          guard allowMissing else { throw failure("a value is missing", cell, column, names) }
          return ""
        case .other: throw failure("a text is expected", cell, column, names)
        }
      }
    }
  }

  /// One row instead of one column.
  private var turned: JSONTable {
    var result = self
    (result.rows, result.columns) = (columns, rows)
    return result
  }

  private func names(_ given: [String]?) throws -> [String]? {
    guard let given else { return names }
    guard names == nil else {
      throw CyclogradError(
        .invalidOption, "the columns have names already", at: .init(file: file),
        advice: "leave the list of names out")
    }
    guard given.count == columns else {
      throw CyclogradError(
        .shapeMismatch, "\(given.count) names for \(columns) columns", at: .init(file: file),
        advice: "give one name for each column")
    }
    return given
  }

  private func places(_ selection: ColumnSelection?, _ names: [String]?) throws -> [Int] {
    guard let selection else { return Array(0..<columns) }
    do { return try selection.indices(columnCount: columns, names: names) } catch var error
      as CyclogradError
    {
      error.location.file = file
      throw error
    }
  }

  private func number(
    _ row: Int, _ column: Int, allowNonFinite: Bool, allowMissing: Bool, _ names: [String]?
  ) throws -> Double {
    let cell = self[row, column]
    switch cell.kind {
    case .missing:
      if allowMissing || allowNonFinite { return .nan }
      throw failure("a value is missing in row \(row)", cell, column, names)
    case .other:
      throw failure("a number is expected, not a list or an object", cell, column, names)
    case .number, .text, .word:
      // A text that says a number is one, as a cell between quotation marks is.
      let quoted = Excerpt.quoted(Array(bytes[cell.range]))
      guard let value = DecimalScanner.number(UnsafeBufferPointer(rebasing: bytes[cell.range]))
      else { throw failure("\(quoted) is not a number", cell, column, names) }
      if value.isFinite { return value }
      guard !bytes[cell.range].contains(where: { (48...57).contains($0) }) else {
        throw failure(
          "\(quoted) is too large for a 64-bit number", cell, column, names, code: .invalidValue)
      }
      if allowNonFinite || allowMissing && value.isNaN { return value }
      throw failure("\(quoted) is not finite", cell, column, names, code: .invalidValue)
    }
  }

  private func text(_ cell: Cell) throws -> String {
    do throws(JSONScanner.Malformed) { return try JSONScanner(bytes).text(cell.range) } catch {
      throw CyclogradError(
        .malformedFile, "not JSON: \(error.reason)",
        at: .init(file: file, line: Self.line(error.offset, of: bytes)))
    }
  }

  private func failure(
    _ message: String, _ cell: Cell, _ column: Int, _ names: [String]?,
    code: CyclogradError.Code = .malformedFile
  ) -> CyclogradError {
    CyclogradError(
      code, message,
      at: .init(
        file: file, line: Self.line(cell.start, of: bytes), column: column + 1,
        subject: names.map { "column \(Excerpt.quoted($0[column]))" }
          ?? "column \(column + 1) of \(columns)"))
  }
}
