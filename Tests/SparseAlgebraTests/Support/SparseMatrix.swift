import SparseAlgebra

/// A pattern with values, as the tests build and inspect it.
struct SparseMatrix {
  var pattern: SparsePattern
  var values: [Double]

  init(pattern: SparsePattern, values: [Double]) {
    self.pattern = pattern
    self.values = values
  }

  /// Makes a matrix from its rows of (column, value) in any order.
  init(rows: [[Int: Double]], columnCount: Int? = nil) throws {
    var starts: [Int32] = [0]
    var columns: [Int32] = []
    values = []
    for row in rows {
      for (column, value) in row.sorted(by: { $0.key < $1.key }) {
        columns.append(Int32(column))
        values.append(value)
      }
      starts.append(Int32(columns.count))
    }
    pattern = try SparsePattern(
      rowCount: rows.count, columnCount: columnCount ?? rows.count, rowStarts: starts,
      columns: columns)
  }

  init(dense: [[Double]]) throws {
    try self.init(
      rows: dense.map { row in
        Dictionary(uniqueKeysWithValues: row.enumerated().map { ($0, $1) }.filter { $0.1 != 0 })
      })
  }

  var dense: [[Double]] {
    (0..<pattern.rowCount).map { row in
      var result = [Double](repeating: 0, count: pattern.columnCount)
      for entry in pattern.entries(ofRow: row) {
        result[Int(pattern.columns[entry])] = values[entry]
      }
      return result
    }
  }

  func times(_ x: [Double], transposed: Bool = false) -> [Double] {
    var result = [Double](
      repeating: 0, count: transposed ? pattern.columnCount : pattern.rowCount)
    for row in 0..<pattern.rowCount {
      for entry in pattern.entries(ofRow: row) {
        let column = Int(pattern.columns[entry])
        if transposed {
          result[column] += values[entry] * x[row]
        } else {
          result[row] += values[entry] * x[column]
        }
      }
    }
    return result
  }
}

func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  // Swift's max ignores a NaN on one side; a NaN must count as a difference.
  return zip(a, b).reduce(0) { worst, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(worst, difference)
  }
}
