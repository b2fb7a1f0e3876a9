extension CoordinateMatrix {
  /// The matrix with one entry for each place, sorted by rows, then columns.
  ///
  /// Entries of a pattern count as 1 where there are several for one place, as in SciPy and NetworkX.
  func summingDuplicates() -> CoordinateMatrix {
    func key(_ entry: Int) -> Int { Int(rowIndices[entry]) << 32 | Int(columnIndices[entry]) }
    // Equal entries keep their order, so that the sums do not depend on how sorting works.
    let hasDuplicates = values == nil && duplicate() != nil
    let values = hasDuplicates ? rowIndices.map { _ in 1 } : self.values
    let order = rowIndices.indices.map { (key: key($0), entry: $0) }.sorted { $0 < $1 }
    var result = CoordinateMatrix(
      rows: rows, columns: columns, rowIndices: [], columnIndices: [],
      values: values == nil ? nil : [])
    var last = -1
    for (key, entry) in order {
      if key == last {
        if let values { result.values?[result.rowIndices.count - 1] += values[entry] }
      } else {
        result.rowIndices.append(rowIndices[entry])
        result.columnIndices.append(columnIndices[entry])
        if let values { result.values?.append(values[entry]) }
      }
      last = key
    }
    return result
  }
}
