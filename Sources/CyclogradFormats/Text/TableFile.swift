public import Cyclograd

/// Tables of numbers whose columns have names: text or .npy, as the extension says.
public enum TableFile {
  /// Refuses a name whose extension says something that a table cannot be written as; for calls before long work.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` as ``OutputFormat/init(of:among:standard:for:)``.
  public static func check(_ path: String?, for what: String) throws {
    _ = try OutputFormat(of: path, among: OutputFormat.tables, standard: .csv, for: what)
  }

  /// Writes a table, each number such that it reads back as the same number. A .npy file has no names.
  ///
  /// - Parameters:
  ///   - header: a name for each column.
  ///   - labels: texts before the numbers of each row, which a .npy file does not hold; none if `nil`.
  ///   - matrix: [rows, columns]
  ///   - path: `-` for standard output; a name without extension gets CSV.
  ///   - what: what is written, for errors.
  /// - Throws: ``Cyclograd/CyclogradError`` if the file cannot be written; then nothing has changed.
  public static func write(
    header: [String], labels: [[String]]? = nil, matrix: Matrix, to path: String, for what: String
  ) throws {
    switch try OutputFormat(of: path, among: OutputFormat.tables, standard: .csv, for: what) {
    case .npy: try NumpyFile.write(matrix, to: path)
    case .tsv:
      try CSVFile.write(
        header: header, labels: labels, matrix: matrix, to: path, separator: "\t")
    default: try CSVFile.write(header: header, labels: labels, matrix: matrix, to: path)
    }
  }
}
