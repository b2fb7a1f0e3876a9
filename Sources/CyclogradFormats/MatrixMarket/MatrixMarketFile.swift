import Cyclograd

/// The Matrix Market's file format for sparse matrices, `.mtx`, and compressed, `.mtx.gz`.
public enum MatrixMarketFile {
  /// Reads a real, integer or pattern matrix in coordinate or array format.
  ///
  /// Symmetric and skew-symmetric matrices are expanded to both triangles. Every entry that is
  /// listed is kept, zeros included; in array format these are all the elements, except the
  /// diagonal of a skew-symmetric one.
  ///
  /// - Parameters:
  ///   - path: The file; `-` is standard input.
  ///   - duplicates: What to do about several entries for one place.
  public static func read(
    _ path: String, duplicates: DuplicateEntries = .refuse
  ) throws -> CoordinateMatrix {
    try MatrixMarketParser.parse(InputFile.stored(path), file: path, duplicates: duplicates).matrix
  }

  /// Writes a matrix in coordinate format, each number such that it reads back as the same number.
  ///
  /// A name that ends in `.gz` has the file compressed.
  public static func write(_ entries: CoordinateMatrix, to path: String) throws {
    try entries.check(for: path)
    try AtomicFile.write(to: path) { file in
      let field = entries.values == nil ? "pattern" : "real"
      try file.write("%%MatrixMarket matrix coordinate \(field) general\n")
      try file.write("% rows are targets, columns are sources\n")
      try file.write("\(entries.rows) \(entries.columns) \(entries.rowIndices.count)\n")
      for (index, row) in entries.rowIndices.enumerated() {
        try file.write(number: Int(row) + 1)
        try file.write(" ")
        try file.write(number: Int(entries.columnIndices[index]) + 1)
        if let values = entries.values {
          try file.write(" ")
          try file.write(number: values[index])
        }
        try file.write("\n")
      }
    }
  }
}
