import Cyclograd

/// The Matrix Market's file format for sparse matrices, `.mtx`, and compressed, `.mtx.gz`.
public enum MatrixMarketFile {
  /// Reads a real, integer or pattern matrix in coordinate or array format.
  ///
  /// Symmetric and skew-symmetric matrices are expanded to both triangles. Every entry that is
  /// listed is kept, zeros included; in array format these are all the elements, except the
  /// diagonal of a skew-symmetric one.
  public static func read(_ path: String) throws -> CoordinateMatrix {
    try InputFile.content(path).withBytes {
      try MatrixMarketParser.parse($0.bindMemory(to: UInt8.self), file: path)
    }
  }

  /// Writes a matrix in coordinate format, each number such that it reads back as the same number.
  ///
  /// A name that ends in `.gz` has the file compressed.
  public static func write(_ entries: CoordinateMatrix, to path: String) throws {
    try check(entries, path)
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

  /// What could not be read back is not written.
  private static func check(_ entries: CoordinateMatrix, _ path: String) throws {
    let location = CyclogradError.Location(file: path)
    let count = entries.rowIndices.count
    guard entries.columnIndices.count == count, entries.values?.count ?? count == count else {
      throw CyclogradError(
        .shapeMismatch, "the lists of rows, columns and values differ in length", at: location)
    }
    let limit = 0...Int(Int32.max)
    guard limit.contains(entries.rows), limit.contains(entries.columns),
      entries.rowIndices.allSatisfy({ 0..<entries.rows ~= Int($0) }),
      entries.columnIndices.allSatisfy({ 0..<entries.columns ~= Int($0) })
    else {
      throw CyclogradError(.shapeMismatch, "an entry lies outside the matrix", at: location)
    }
    if let place = entries.duplicate() {
      throw CyclogradError(
        .invalidValue, "entry (\(place.row), \(place.column)), counted from 0, is there twice",
        at: location)
    }
    guard entries.values?.allSatisfy(\.isFinite) ?? true else {
      throw CyclogradError(
        .invalidValue, "Matrix Market files cannot hold NaN or infinities", at: location)
    }
  }
}
