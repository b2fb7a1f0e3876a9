/// The oracle: Gaussian elimination with partial pivoting, as in any textbook.
func solveByGaussianElimination(_ matrix: [[Double]], _ b: [Double]) -> [Double]? {
  let order = b.count
  var a = matrix
  var x = b
  for k in 0..<order {
    let pivot = (k..<order).max { abs(a[$0][k]) < abs(a[$1][k]) }!
    guard a[pivot][k] != 0 else { return nil }
    a.swapAt(k, pivot)
    x.swapAt(k, pivot)
    for i in k + 1..<max(order, k + 1) where a[i][k] != 0 {
      let factor = a[i][k] / a[k][k]
      for j in k..<order { a[i][j] -= factor * a[k][j] }
      x[i] -= factor * x[k]
    }
  }
  for k in (0..<order).reversed() {
    for j in k + 1..<max(order, k + 1) { x[k] -= a[k][j] * x[j] }
    x[k] /= a[k][k]
  }
  return x
}

func transposed(_ matrix: [[Double]]) -> [[Double]] {
  matrix.indices.map { j in matrix.map { $0[j] } }
}
