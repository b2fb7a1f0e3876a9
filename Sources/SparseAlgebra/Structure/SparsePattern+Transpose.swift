extension SparsePattern {
  /// The pattern of the transpose, and for each of its entries the entry of this pattern that it is.
  ///
  /// The values of the transpose are `sources.map { values[Int($0)] }`.
  public func transposed() -> (pattern: SparsePattern, sources: [Int32]) {
    var starts = [Int32](repeating: 0, count: columnCount + 1)
    for column in columns { starts[Int(column) + 1] += 1 }
    for column in 0..<columnCount { starts[column + 1] += starts[column] }

    var next = starts
    var rows = [Int32](repeating: 0, count: entryCount)
    var sources = [Int32](repeating: 0, count: entryCount)
    for row in 0..<rowCount {
      for entry in entries(ofRow: row) {
        let column = Int(columns[entry])
        let target = Int(next[column])
        rows[target] = Int32(row)
        sources[target] = Int32(entry)
        next[column] += 1
      }
    }
    let pattern = SparsePattern(
      unchecked: columnCount, columnCount: rowCount, rowStarts: starts, columns: rows)
    return (pattern, sources)
  }

  /// Whether every entry (i, j) has a partner (j, i).
  public var isStructurallySymmetric: Bool {
    isSquare && transposed().pattern == self
  }
}
