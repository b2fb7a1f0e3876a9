public import Cyclograd

/// Tables of numbers whose columns have names: text, JSON or .npy, as the extension says.
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
  ///   - header: a name for each column, those of the labels first.
  ///   - labels: cells before the numbers of each row, which a .npy file does not hold; none if `nil`.
  ///   - matrix: [rows, columns]
  ///   - path: `-` for standard output; a name without extension gets CSV.
  ///   - what: what is written, for errors.
  /// - Throws: ``Cyclograd/CyclogradError`` if the file cannot be written; then nothing has changed.
  public static func write(
    header: [String], labels: [[TableRows.Cell]]? = nil, matrix: Matrix, to path: String,
    for what: String
  ) throws {
    let format = try OutputFormat(
      of: path, among: OutputFormat.tables, standard: .csv, for: what)
    try write(header: header, labels: labels, matrix: matrix, to: path, as: format)
  }

  static func write(
    header: [String]?, labels: [[TableRows.Cell]]? = nil, matrix: Matrix, to path: String,
    as format: OutputFormat
  ) throws {
    if format == .npy { return try NumpyFile.write(matrix, to: path) }
    let labelCount = labels?.first?.count ?? 0
    if let header, labels?.isEmpty != true, header.count != labelCount + matrix.columns {
      throw CyclogradError(
        .shapeMismatch,
        "\(header.count) column names for a table of \(labelCount + matrix.columns) columns",
        at: .init(file: path))
    }
    var rows = try TableRows(header, as: format, file: path)
    try AtomicFile.write(to: path) { file in
      try file.write(rows.opening)
      for row in 0..<matrix.rows {
        try file.write(
          rows.next((labels?[row] ?? []) + matrix[row: row].map { .number($0) }))
      }
      try file.write(rows.closing)
    }
  }

  /// Writes rows of texts and numbers.
  ///
  /// - Parameters:
  ///   - header: a name for each column.
  ///   - rows: a cell for each column; asked for one after the other.
  ///   - path: `-` for standard output.
  ///   - format: text or JSON, as ``OutputFormat/init(of:among:standard:for:)`` found it.
  /// - Throws: ``Cyclograd/CyclogradError`` if the file cannot be written; then nothing has changed.
  public static func write(
    header: [String], rows: some Sequence<[TableRows.Cell]>, to path: String,
    as format: OutputFormat
  ) throws {
    var text = try TableRows(header, as: format, file: path)
    try AtomicFile.write(to: path) { file in
      try file.write(text.opening)
      for row in rows { try file.write(text.next(row)) }
      try file.write(text.closing)
    }
  }
}
