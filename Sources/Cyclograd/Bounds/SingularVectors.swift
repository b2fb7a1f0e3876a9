import SparseAlgebra

/// The singular value decomposition of a small dense matrix, by rotations of pairs of columns (Hestenes 1958): slow,
/// short and accurate.
package enum SingularVectors {
  /// Columns u σ, by falling length, and v, so that the matrix is Σ u σ vᵀ.
  ///
  /// - Complexity: O(m n²) for m × n, n ≤ m, times some ten sweeps.
  package static func factors(_ matrix: Matrix) -> (left: [[Double]], right: [[Double]]) {
    guard matrix.columns <= matrix.rows else {
      let (left, right) = factors(transposed(matrix))
      // The lengths move to the other side.
      let lengths = left.map { dot($0, $0).squareRoot() }
      return (
        zip(right, lengths).map { column, length in column.map { $0 * length } },
        zip(left, lengths).map { column, length in
          length == 0 ? column : column.map { $0 / length }
        }
      )
    }
    let n = matrix.columns
    var b = (0..<n).map { j in (0..<matrix.rows).map { matrix[$0, j] } }
    var v = (0..<n).map { j in (0..<n).map { $0 == j ? 1.0 : 0 } }
    for _ in 0..<60 {
      var isDone = true
      for p in 0..<n {
        for q in p + 1..<max(n, p + 1) {
          if rotate(&b, &v, p, q) { isDone = false }
        }
      }
      if isDone { break }
    }
    let sizes = b.map { dot($0, $0) }
    let order = (0..<n).sorted { (sizes[$0], $1) > (sizes[$1], $0) }
    return (order.map { b[$0] }, order.map { v[$0] })
  }

  /// The nearest matrix of some rank in the Frobenius norm (Eckart & Young 1936).
  static func nearest(_ matrix: Matrix, rank: Int) -> Matrix {
    let (left, right) = factors(matrix)
    var result = Matrix(rows: matrix.rows, columns: matrix.columns)
    for (u, v) in zip(left, right).prefix(rank) {
      for i in 0..<matrix.rows {
        for j in 0..<matrix.columns { result[i, j] += u[i] * v[j] }
      }
    }
    return result
  }

  private static func transposed(_ matrix: Matrix) -> Matrix {
    var result = Matrix(rows: matrix.columns, columns: matrix.rows)
    for i in 0..<matrix.rows { for j in 0..<matrix.columns { result[j, i] = matrix[i, j] } }
    return result
  }

  /// Makes two columns orthogonal; whether they were not.
  private static func rotate(
    _ b: inout [[Double]], _ v: inout [[Double]], _ p: Int, _ q: Int
  ) -> Bool {
    let (pp, qq, pq) = (dot(b[p], b[p]), dot(b[q], b[q]), dot(b[p], b[q]))
    guard pq.magnitude > 1e-15 * (pp * qq).squareRoot(), pq != 0 else { return false }
    let zeta = (qq - pp) / (2 * pq)
    let t = (zeta >= 0 ? 1.0 : -1) / (zeta.magnitude + (1 + zeta * zeta).squareRoot())
    let c = 1 / (1 + t * t).squareRoot()
    let s = c * t
    turn(&b, p, q, c, s)
    turn(&v, p, q, c, s)
    return true
  }

  private static func turn(
    _ columns: inout [[Double]], _ p: Int, _ q: Int, _ c: Double, _ s: Double
  ) {
    for i in columns[p].indices {
      let (x, y) = (columns[p][i], columns[q][i])
      columns[p][i] = c * x - s * y
      columns[q][i] = s * x + c * y
    }
  }
}
