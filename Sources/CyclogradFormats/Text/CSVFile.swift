public import Cyclograd

/// Tables in text, separated by commas.
public enum CSVFile {
  /// Writes a matrix, a row per line, each number such that it reads back as the same number.
  ///
  /// - Parameters:
  ///   - header: the columns' names, those of the labels first.
  ///   - labels: texts before the numbers of each row, as many in each; none if `nil`.
  ///   - matrix: the numbers.
  ///   - path: the file.
  ///   - separator: what stands between cells.
  public static func write(
    header: [String]?, labels: [[String]]? = nil, matrix: Matrix, to path: String,
    separator: String = ","
  ) throws {
    if labels?.isEmpty != true {
      try check(header, (labels?.first?.count ?? 0) + matrix.columns, path)
    }
    try AtomicFile.write(to: path) { file in
      if let header { try file.write(header.map(cell).joined(separator: separator) + "\n") }
      var next = 0
      for row in 0..<matrix.rows {
        if let labels {
          let texts = labels[row].map(cell).joined(separator: separator)
          try file.write(matrix.columns > 0 ? texts + separator : texts)
        }
        for column in 0..<matrix.columns {
          if column > 0 { try file.write(separator) }
          try file.write(number: matrix.elements[next])
          next += 1
        }
        try file.write("\n")
      }
    }
  }

  private static func check(_ header: [String]?, _ columns: Int, _ path: String) throws {
    guard let header else { return }
    let location = CyclogradError.Location(file: path)
    guard header.count == columns else {
      throw CyclogradError(
        .shapeMismatch,
        "\(header.count) column names for a table of \(columns) columns", at: location)
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
