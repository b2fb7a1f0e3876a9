/// The numbers behind a figure: a header, and rows of as many cells.
public struct FigureTable: Sendable, Equatable {
  /// What the columns hold, with units.
  public var columns: [String]
  /// The cells, row after row, exactly as computed.
  public var rows: [[String]]

  /// A table of these parts.
  public init(columns: [String], rows: [[String]]) {
    (self.columns, self.rows) = (columns, rows)
  }

  /// Comma-separated values (RFC 4180).
  public var csv: String {
    ([columns] + rows).map { row in
      row.map(Self.quoted).joined(separator: ",") + "\r\n"
    }.joined()
  }

  private static func quoted(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return text
    }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
