/// The numbers of a figure: a header, and rows with as many cells, which are formatted only when asked for.
public struct FigureTable: Sendable {
  /// What the columns hold, with units.
  public let columns: [String]
  /// How many rows there are.
  public let rowCount: Int
  /// The cells of a row, exactly as computed.
  public let row: @Sendable (Int) -> [String]

  /// A table whose rows are made when they are asked for.
  public init(columns: [String], rowCount: Int, row: @escaping @Sendable (Int) -> [String]) {
    (self.columns, self.rowCount, self.row) = (columns, rowCount, row)
  }

  /// A table of these rows.
  public init(columns: [String], rows: [[String]]) {
    self.init(columns: columns, rowCount: rows.count) { rows[$0] }
  }

  /// Comma-separated values (RFC 4180).
  public var csv: String {
    var text = Self.line(columns)
    for index in 0..<rowCount { text += Self.line(row(index)) }
    return text
  }

  private static func line(_ cells: [String]) -> String {
    cells.map(quoted).joined(separator: ",") + "\r\n"
  }

  private static func quoted(_ text: String) -> String {
    guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
