public import Cyclograd

/// Tables in text, separated by commas.
public enum CSVFile {
  /// Writes a matrix, a row per line, each number such that it reads back as the same number.
  ///
  /// - Parameters:
  ///   - header: the columns' names.
  ///   - matrix: the numbers.
  ///   - path: the file.
  /// - Throws: ``Cyclograd/CyclogradError`` if the file cannot be written; then nothing has changed.
  public static func write(header: [String]?, matrix: Matrix, to path: String) throws {
    try TableFile.write(header: header, matrix: matrix, to: path, as: .csv)
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
