extension CoordinateMatrix {
  /// Both triangles of a matrix of which the lower one is listed, mirrored entries side by side.
  func expanded(isSkew: Bool) -> CoordinateMatrix {
    let diagonal = zip(rowIndices, columnIndices).lazy.count { $0 == $1 }
    let count = 2 * rowIndices.count - diagonal
    var result = CoordinateMatrix(
      rows: rows, columns: columns, rowIndices: [], columnIndices: [],
      values: values == nil ? nil : [])
    result.rowIndices.reserveCapacity(count)
    result.columnIndices.reserveCapacity(count)
    result.values?.reserveCapacity(count)
    for (index, row) in rowIndices.enumerated() {
      let column = columnIndices[index]
      result.rowIndices.append(row)
      result.columnIndices.append(column)
      if row != column {
        result.rowIndices.append(column)
        result.columnIndices.append(row)
      }
      guard let value = values?[index] else { continue }
      result.values?.append(value)
      if row != column { result.values?.append(isSkew ? -value : value) }
    }
    return result
  }
}
