/// A sparse matrix row by row, columns ascending within each.
struct CompressedRows {
  var starts: [Int32]
  var columns: [Int32]
  var values: [Double]?

  /// The entries must be valid and fewer than 2^31.
  init(_ matrix: CoordinateMatrix) {
    let count = matrix.rowIndices.count
    var starts = [Int32](repeating: 0, count: matrix.rows + 1)
    for row in matrix.rowIndices { starts[Int(row) + 1] += 1 }
    for row in 0..<matrix.rows { starts[row + 1] += starts[row] }
    self.starts = starts
    if Self.isSorted(matrix) {
      columns = matrix.columnIndices
      values = matrix.values
      return
    }
    // Entries are put by column first, then by row, which keeps the columns' order.
    let byColumn = Self.order(matrix.columnIndices, limit: matrix.columns, of: 0..<Int32(count))
    let order = Self.order(matrix.rowIndices, limit: matrix.rows, of: byColumn)
    columns = order.map { matrix.columnIndices[Int($0)] }
    values = matrix.values.map { values in order.map { values[Int($0)] } }
  }

  private static func isSorted(_ matrix: CoordinateMatrix) -> Bool {
    var last = -1
    for (row, column) in zip(matrix.rowIndices, matrix.columnIndices) {
      let key = Int(row) << 32 | Int(column)
      if key < last { return false }
      last = key
    }
    return true
  }

  /// The entries in ascending order of their keys, equal ones in the order given.
  private static func order(
    _ keys: [Int32], limit: Int, of entries: some Sequence<Int32>
  ) -> [Int32] {
    var next = [Int32](repeating: 0, count: limit + 1)
    for key in keys { next[Int(key) + 1] += 1 }
    for key in 0..<limit { next[key + 1] += next[key] }
    var result = [Int32](repeating: 0, count: keys.count)
    for entry in entries {
      let key = Int(keys[Int(entry)])
      result[Int(next[key])] = entry
      next[key] += 1
    }
    return result
  }
}
