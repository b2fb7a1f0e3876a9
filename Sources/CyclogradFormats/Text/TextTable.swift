import Cyclograd

/// Tables in text: separated by commas, semicolons, tabs or blanks, with or without a header.
struct TextTable {
  private let file: String
  private let allowNonFinite: Bool
  /// Whether missing values become NaN.
  private let allowMissing: Bool
  private let delimiter: Delimiter
  private let firstLine: Int
  private let header: [String]?
  /// Whether the header stands in the file.
  private let hasHeaderLine: Bool
  private let selected: [Int]
  /// Whether the header shows only in columns that were not selected.
  private let isDoubtful: Bool
  private let row: TableRow

  static func read(
    _ bytes: UnsafeBufferPointer<UInt8>, columns: ColumnSelection?, names: [String]? = nil,
    allowNonFinite: Bool, allowMissing: Bool = false, file: String
  ) throws -> DataTable {
    let text = try TextSource.check(bytes, file: file)
    var lines = TextLines(text)
    guard let first = lines.nextRow() else {
      throw CyclogradError(
        .malformedFile, text.isEmpty ? "the file is empty" : "the file has no rows",
        at: CyclogradError.Location(file: file))
    }
    let table = try TextTable(
      first, line: lines.number, columns: columns, names: names, allowNonFinite: allowNonFinite,
      allowMissing: allowMissing, file: file)
    return try table.read(first, &lines, in: text)
  }

  /// The names in the first line, if it is a header.
  static func header(_ bytes: UnsafeBufferPointer<UInt8>, file: String) throws -> [String]? {
    var lines = TextLines(try TextSource.check(bytes, file: file))
    guard let first = lines.nextRow(), let cells = Delimiter(of: first).split(first),
      isHeader(cells)
    else { return nil }
    return cells.map(\.text)
  }

  /// The cells of some columns as text, column by column.
  ///
  /// - Parameter allowMissing: whether missing values become empty texts.
  static func words(
    _ bytes: UnsafeBufferPointer<UInt8>, columns: ColumnSelection, names: [String]?,
    allowMissing: Bool = false, file: String
  ) throws -> [[String]] {
    var lines = TextLines(try TextSource.check(bytes, file: file))
    guard let first = lines.nextRow() else {
      throw CyclogradError(
        .malformedFile, "the file has no rows", at: CyclogradError.Location(file: file))
    }
    let firstLine = lines.number
    let delimiter = Delimiter(of: first)
    guard let cells = delimiter.split(first) else { throw unmatched(file, firstLine) }
    let isHeader = names == nil && isHeader(cells)
    try checkCount(names, cells.count, file)
    let selected = try located(file) {
      try columns.indices(
        columnCount: cells.count, names: names ?? (isHeader ? cells.map(\.text) : nil))
    }
    var result = selected.map { _ in [String]() }
    var line = isHeader ? lines.nextRow() : first
    while let current = line {
      guard let row = delimiter.split(current) else { throw unmatched(file, lines.number) }
      guard row.count == cells.count else {
        throw CyclogradError(
          .malformedFile, "row has \(row.count) columns, expected \(cells.count)",
          at: CyclogradError.Location(file: file, line: lines.number))
      }
      for (place, column) in selected.enumerated() {
        if allowMissing, row[column].isMissing {
          result[place].append("")
          continue
        }
        guard !row[column].bytes.isEmpty else {
          throw CyclogradError(
            .malformedFile, "the cell is empty",
            at: CyclogradError.Location(file: file, line: lines.number, column: column + 1))
        }
        result[place].append(row[column].text)
      }
      line = lines.nextRow()
    }
    return result
  }

  /// Whether a first row has a word; missing values are none.
  private static func isHeader(_ cells: [TableCell]) -> Bool {
    cells.contains { $0.number == nil && !$0.isMissing }
  }

  private static func checkCount(_ names: [String]?, _ count: Int, _ file: String) throws {
    guard let names, names.count != count else { return }
    throw CyclogradError(
      .shapeMismatch, "\(names.count) names for \(count) columns",
      at: CyclogradError.Location(file: file), advice: "give one name for each column")
  }

  private static func located<Result>(_ file: String, _ body: () throws -> Result) throws -> Result
  {
    do { return try body() } catch var error as CyclogradError {
      error.location.file = file
      throw error
    }
  }

  private init(
    _ first: UnsafeBufferPointer<UInt8>, line: Int, columns: ColumnSelection?,
    names given: [String]?,
    allowNonFinite: Bool, allowMissing: Bool, file: String
  ) throws {
    self.file = file
    self.allowNonFinite = allowNonFinite
    self.allowMissing = allowMissing
    firstLine = line
    delimiter = Delimiter(of: first)
    guard let cells = delimiter.split(first) else { throw Self.unmatched(file, line) }
    let isHeader = given == nil && Self.isHeader(cells)
    try Self.checkCount(given, cells.count, file)
    let names = given ?? (isHeader ? cells.map(\.text) : nil)
    header = names
    hasHeaderLine = isHeader
    let chosen = try Self.located(file) {
      try columns?.indices(columnCount: cells.count, names: names) ?? Array(cells.indices)
    }
    selected = chosen
    // Numbers beside text are a damaged row rather than a header, and would get lost as one.
    if isHeader, columns?.usesNames != true, chosen.contains(where: { cells[$0].number != nil }),
      let odd = chosen.first(where: { cells[$0].number == nil })
    {
      throw CyclogradError(
        .malformedFile,
        "the first line is neither a header nor a row of numbers: \(Excerpt.quoted(cells[odd].text))"
          + " stands among numbers",
        at: CyclogradError.Location(
          file: file, line: line, column: odd + 1, subject: "column \(odd + 1) of \(cells.count)"),
        advice: "correct the cell, or give every column a name")
    }
    var places = Array(repeating: -1, count: cells.count)
    for (place, column) in chosen.enumerated() { places[column] = place }
    // A row of samples with text in an unused column would look like a header and get lost. Such
    // columns are therefore read too, into a place of their own, and must contain numbers.
    isDoubtful =
      isHeader && columns?.usesNames == false && chosen.allSatisfy { cells[$0].number != nil }
    if isDoubtful { places = places.map { $0 < 0 ? chosen.count : $0 } }
    row = TableRow(delimiter: delimiter, places: places)
  }

  private func read(
    _ first: UnsafeBufferPointer<UInt8>, _ lines: inout TextLines,
    in text: UnsafeBufferPointer<UInt8>
  ) throws -> DataTable {
    var elements: [Double] = []
    elements.reserveCapacity(try capacity(text))
    var values = Array(repeating: 0.0, count: selected.count + 1)
    try values.withUnsafeMutableBufferPointer { values in
      var line = hasHeaderLine ? lines.nextRow() : first
      while let current = line {
        if !row.read(current, into: values) {
          try readCarefully(current, number: lines.number, into: values)
        }
        elements.append(contentsOf: UnsafeBufferPointer(rebasing: values[..<selected.count]))
        line = lines.nextRow()
      }
    }
    guard !elements.isEmpty else {
      throw CyclogradError(
        .malformedFile, "the file has a header, but no rows",
        at: CyclogradError.Location(file: file, line: firstLine))
    }
    let matrix = Matrix(
      rows: elements.count / selected.count, columns: selected.count, elements: elements)
    return DataTable(
      matrix: matrix, columnNames: header.map { names in selected.map { names[$0] } })
  }

  /// An upper bound, so that the result never has to be copied to a larger place.
  private func capacity(_ text: UnsafeBufferPointer<UInt8>) throws -> Int {
    var lineEnds = 1
    for byte in text { lineEnds &+= byte == 10 || byte == 13 ? 1 : 0 }
    let (product, overflow) = lineEnds.multipliedReportingOverflow(by: selected.count)
    // Each number takes two bytes at least, with what separates it from the next.
    let bound = min(overflow ? .max : product, text.count / 2 + 1)
    try Memory.require(8 * bound, for: "the table", file: file)
    return bound
  }
}

extension TextTable {
  /// Reads whatever a row may contain, and names what is wrong with it.
  private func readCarefully(
    _ line: UnsafeBufferPointer<UInt8>, number: Int,
    into values: UnsafeMutableBufferPointer<Double>
  ) throws {
    guard let cells = delimiter.split(line) else { throw Self.unmatched(file, number) }
    guard cells.count == row.places.count else {
      throw CyclogradError(
        .malformedFile,
        "row has \(cells.count) column\(cells.count == 1 ? "" : "s"), "
          + "expected \(row.places.count) as in line \(firstLine)",
        at: CyclogradError.Location(file: file, line: number))
    }
    for (column, place) in row.places.enumerated() where place >= 0 {
      values[place] = try value(cells[column], line: number, column: column)
    }
  }

  private func value(_ cell: TableCell, line: Int, column: Int) throws -> Double {
    if allowMissing, cell.isMissing { return .nan }
    guard let value = cell.number else {
      let isEmpty = cell.bytes.isEmpty
      throw failure(
        .malformedFile,
        isEmpty
          ? "the cell is empty"
          : "\(Excerpt.quoted(cell.bytes)) is \(cell.isMissing ? "a missing value" : "not a number")",
        line, column, advice: advice(cell, column))
    }
    if value.isFinite { return value }
    guard !cell.bytes.contains(where: { (48...57).contains($0) }) else {
      throw failure(
        .invalidValue, "\(Excerpt.quoted(cell.bytes)) is too large for a 64-bit number", line,
        column)
    }
    guard allowNonFinite || allowMissing && value.isNaN else {
      throw failure(.invalidValue, "\(Excerpt.quoted(cell.bytes)) is not finite", line, column)
    }
    return value
  }

  private func advice(_ cell: TableCell, _ column: Int) -> String? {
    if isDoubtful, !selected.contains(column) {
      return "line \(firstLine) looks like a header only because of columns that are not selected; "
        + "give the file a header with names"
    }
    return cell.bytes.contains(UInt8(ascii: ",")) ? "write decimals with a point" : nil
  }

  private func failure(
    _ code: CyclogradError.Code, _ message: String, _ line: Int, _ column: Int,
    advice: String? = nil
  ) -> CyclogradError {
    let name =
      header.map { "column \(Excerpt.quoted($0[column]))" }
      ?? "column \(column + 1) of \(row.places.count)"
    return CyclogradError(
      code, message,
      at: CyclogradError.Location(
        file: file, line: line, column: column + 1, subject: name),
      advice: advice)
  }

  private static func unmatched(_ file: String, _ line: Int) -> CyclogradError {
    CyclogradError(
      .malformedFile, "a quotation mark is not closed, or something follows the closing one",
      at: CyclogradError.Location(file: file, line: line))
  }
}
