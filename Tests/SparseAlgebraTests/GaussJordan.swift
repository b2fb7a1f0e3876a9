/// The oracle: the inverse by Gauss–Jordan elimination with full pivoting; nil where a pivot is 0.
func inverseByGaussJordan(_ matrix: [[Double]]) -> [[Double]]? {
  let order = matrix.count
  var a = matrix
  var columnOfRow = [Int](repeating: -1, count: order)
  var inverse = (0..<order).map { i in (0..<order).map { $0 == i ? 1.0 : 0 } }
  for _ in 0..<order {
    var pivot = (row: 0, column: 0, size: 0.0)
    for i in 0..<order where columnOfRow[i] < 0 {
      for j in 0..<order where !columnOfRow.contains(j) && abs(a[i][j]) > pivot.size {
        pivot = (i, j, abs(a[i][j]))
      }
    }
    guard pivot.size > 0 else { return nil }
    columnOfRow[pivot.row] = pivot.column
    let value = a[pivot.row][pivot.column]
    for j in 0..<order {
      a[pivot.row][j] /= value
      inverse[pivot.row][j] /= value
    }
    for i in 0..<order where i != pivot.row && a[i][pivot.column] != 0 {
      let factor = a[i][pivot.column]
      for j in 0..<order {
        a[i][j] -= factor * a[pivot.row][j]
        inverse[i][j] -= factor * inverse[pivot.row][j]
      }
    }
  }
  // Row i of what is left is the row of the inverse for the variable that it was solved for.
  var result = inverse
  for i in 0..<order { result[columnOfRow[i]] = inverse[i] }
  return result
}

/// ‖A‖∞
func rowNorm(_ matrix: [[Double]]) -> Double {
  matrix.map { $0.reduce(0) { $0 + abs($1) } }.max() ?? 0
}

/// diag(r) A diag(c)
func scaled(_ matrix: [[Double]], _ r: [Double], _ c: [Double]) -> [[Double]] {
  matrix.indices.map { i in c.indices.map { j in matrix[i][j] * (r[i] * c[j]) } }
}

/// Bounds of the spectral radius of |A⁻¹| |A|, the smallest κ∞ of diag(r) A diag(c) over all r and c (Bauer 1963), by the
/// power method; nil where A is singular.
func smallestCondition(_ matrix: [[Double]]) -> (lower: Double, upper: Double)? {
  guard let inverse = inverseByGaussJordan(matrix) else { return nil }
  func product(_ a: [[Double]], _ x: [Double]) -> [Double] {
    a.map { row in zip(row, x).reduce(0) { $0 + abs($1.0) * $1.1 } }
  }
  var x = [Double](repeating: 1, count: matrix.count)
  var bounds = (lower: 1.0, upper: Double.infinity)
  for _ in 0..<60 {
    let y = product(inverse, product(matrix, x))
    // Collatz and Wielandt: the quotients for any positive x enclose the radius.
    let quotients = zip(y, x).map { $0 / $1 }
    bounds.lower = max(bounds.lower, quotients.min() ?? 1)
    bounds.upper = min(bounds.upper, quotients.max() ?? 1)
    let largest = y.max() ?? 1
    x = y.map { max($0 / largest, 1e-200) }
  }
  return bounds
}
