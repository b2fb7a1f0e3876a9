public import Cyclograd

/// Tables in text, separated by commas.
public enum CSVFile {
  /// Writes a matrix, a row per line, each number such that it reads back as the same number.
  public static func write(
    header: [String]?, matrix: Matrix, to path: String, separator: String = ","
  ) throws {
    try check(header, matrix, path)
    try AtomicFile.write(to: path) { file in
      if let header { try file.write(header.map(cell).joined(separator: separator) + "\n") }
      var next = 0
      for _ in 0..<matrix.rows {
        for column in 0..<matrix.columns {
          if column > 0 { try file.write(separator) }
          try file.write(number: matrix.elements[next])
          next += 1
        }
        try file.write("\n")
      }
    }
  }

  private static func check(_ header: [String]?, _ matrix: Matrix, _ path: String) throws {
    guard let header else { return }
    let location = CyclogradError.Location(file: path)
    guard header.count == matrix.columns else {
      throw CyclogradError(
        .shapeMismatch,
        "\(header.count) column names for a matrix of \(matrix.columns) columns", at: location)
    }
    if let name = header.first(where: { $0.utf8.contains { $0 < 32 && $0 != 9 } }) {
      throw CyclogradError(
        .invalidValue, "the column name \(Excerpt.quoted(name)) contains a control character",
        at: location)
    }
  }

  /// A name as a cell.
  ///
  /// Quotation marks also keep a name from being taken for a comment or for two names.
  public static func cell(_ name: String) -> String {
    let isPlain =
      !name.isEmpty && name.utf8.allSatisfy { $0 > 32 && !"\"#,;".utf8.contains($0) }
    guard !isPlain else { return name }
    return "\""
      + name.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
