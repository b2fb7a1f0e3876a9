/// Dense linear algebra, as slow and obvious as it can be.
enum DenseAlgebra {
  struct Singular: Error {}

  /// Solves A x = b by Gaussian elimination with partial pivoting.
  static func solve(_ matrix: [[Double]], _ rightHandSide: [Double]) throws -> [Double] {
    var a = matrix
    var b = rightHandSide
    let n = b.count
    for column in 0..<n {
      var pivot = column
      for row in column..<n where abs(a[row][column]) > abs(a[pivot][column]) { pivot = row }
      if a[pivot][column] == 0 || !a[pivot][column].isFinite { throw Singular() }
      a.swapAt(column, pivot)
      b.swapAt(column, pivot)
      for row in column + 1..<max(n, column + 1) {
        let factor = a[row][column] / a[column][column]
        if factor == 0 { continue }
        for k in column..<n { a[row][k] -= factor * a[column][k] }
        b[row] -= factor * b[column]
      }
    }
    var x = [Double](repeating: 0, count: n)
    for row in stride(from: n - 1, through: 0, by: -1) {
      var sum = b[row]
      for k in row + 1..<max(n, row + 1) { sum -= a[row][k] * x[k] }
      x[row] = sum / a[row][row]
    }
    return x
  }

  static func identity(_ n: Int) -> [[Double]] {
    (0..<n).map { i in (0..<n).map { $0 == i ? 1 : 0 } }
  }

  static func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    let columns = b.first?.count ?? 0
    return a.map { row in
      var result = [Double](repeating: 0, count: columns)
      for (k, value) in row.enumerated() where value != 0 {
        for j in 0..<columns { result[j] += value * b[k][j] }
      }
      return result
    }
  }

  static func product(_ a: [[Double]], _ x: [Double]) -> [Double] {
    a.map { dot($0, x) }
  }

  static func transpose(_ a: [[Double]], columns: Int) -> [[Double]] {
    (0..<columns).map { j in a.map { $0[j] } }
  }

  static func dot(_ x: [Double], _ y: [Double]) -> Double {
    zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
  }

  static func subtract(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    zip(a, b).map { zip($0, $1).map { $0 - $1 } }
  }

  static func largest(_ x: [Double]) -> Double { x.reduce(0) { max($0, abs($1)) } }
}

/// max |x − y| / max |y|, or max |x| where y is zero; NaN counts as infinite.
func relativeDifference(_ x: [Double], _ y: [Double], floor: Double = 0) -> Double {
  guard x.count == y.count, (x + y).allSatisfy(\.isFinite) else { return .infinity }
  let difference = DenseAlgebra.largest(zip(x, y).map { $0 - $1 })
  let scale = max(floor, DenseAlgebra.largest(y))
  return scale == 0 ? difference : difference / scale
}
