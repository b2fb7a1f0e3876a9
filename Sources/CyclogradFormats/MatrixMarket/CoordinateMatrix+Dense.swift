public import Cyclograd

extension CoordinateMatrix {
  /// The elements of a dense matrix, row after row, that are not zero; zeros are no edges.
  public init(dense matrix: Matrix) {
    self.init(
      rows: matrix.rows, columns: matrix.columns, rowIndices: [], columnIndices: [], values: [])
    // There may be any number of rows without elements.
    guard !matrix.elements.isEmpty else { return }
    var place = 0
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns {
        if matrix.elements[place] != 0 {
          rowIndices.append(Int32(row))
          columnIndices.append(Int32(column))
          values?.append(matrix.elements[place])
        }
        place += 1
      }
    }
  }
}
