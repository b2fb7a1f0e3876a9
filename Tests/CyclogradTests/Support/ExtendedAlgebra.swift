/// Gaussian elimination with more digits than the library has, where the machine has them.
enum ExtendedAlgebra {
  /// d with (I − Wᵀ) d = g.
  static func adjoint(_ entries: [SingularNetwork.Entry], _ g: [Double]) -> [Extended] {
    let n = g.count
    // One row of the matrix after the other, with the right-hand side behind it.
    let columns = n + 1
    var a = [Extended](repeating: 0, count: n * columns)
    for k in 0..<n {
      a[k * columns + k] = 1
      a[k * columns + n] = Extended(g[k])
    }
    for entry in entries { a[entry.source * columns + entry.target] -= Extended(entry.weight) }
    for column in 0..<n {
      let pivot = (column..<n).max {
        abs(a[$0 * columns + column]) < abs(a[$1 * columns + column])
      }!
      for k in 0..<columns where pivot != column {
        a.swapAt(pivot * columns + k, column * columns + k)
      }
      for row in column + 1..<max(n, column + 1) where a[row * columns + column] != 0 {
        let factor = a[row * columns + column] / a[column * columns + column]
        for k in column..<columns {
          a[row * columns + k] -= factor * a[column * columns + k]
        }
      }
    }
    var x = [Extended](repeating: 0, count: n)
    for row in (0..<n).reversed() {
      var sum = a[row * columns + n]
      for k in row + 1..<max(n, row + 1) { sum -= a[row * columns + k] * x[k] }
      x[row] = sum / a[row * columns + row]
    }
    return x
  }

  /// The same on one cycle, neuron k fed by neuron k − 1 with weight w[k]: d[k] = g[k] + w[k + 1] d[k + 1].
  static func adjointOfCycle(_ weights: [Double], _ g: [Double]) -> [Extended] {
    let n = g.count
    var product: Extended = 1
    var sum: Extended = 0
    for k in 0..<n {
      sum += product * Extended(g[k])
      product *= Extended(weights[(k + 1) % n])
    }
    var d = [Extended](repeating: 0, count: n)
    d[0] = sum / (1 - product)
    for k in (1..<n).reversed() {
      d[k] = Extended(g[k]) + Extended(weights[(k + 1) % n]) * d[(k + 1) % n]
    }
    return d
  }
}
