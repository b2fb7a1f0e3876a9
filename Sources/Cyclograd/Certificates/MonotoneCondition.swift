/// I − sym(W) ≻ 0 on a component whose neurons have one unit with slopes in [0, 1].
///
/// Cholesky's factorization in floating point of A − c I that runs to its end proves A ≻ 0 where c exceeds
/// its backward error, at most γₙ₊₁/(1 − γₙ₊₁) tr A (Higham 2002, Theorem 10.3; Rump 2006), plus that of
/// forming A, at most 2u a row sum, plus underflow. c takes all that many times over.
enum MonotoneCondition {
  /// The largest component that is tried: the factorization is dense, n³/6 multiplications.
  static let largestSize = 600

  static func holds(_ network: Network, _ weights: [Double], _ stage: Network.Stage) -> Bool {
    let n = stage.neurons.count
    guard n <= largestSize else { return false }
    for run in network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)] {
      let units = network.layout.entries[Int(run.group)].group.units
      guard units.count == 1, units[0].activation.isMonotoneNonexpansive else { return false }
    }
    let base = Int(stage.neurons.lowerBound)
    var a = [Double](repeating: 0, count: n * n)
    for k in 0..<n {
      a[k * n + k] += 1
      let s = Int(network.unitStarts[base + k])
      for e in network.inEdges(of: s) {
        let j = network.sourceNeuron(of: e, into: s) - base
        guard (0..<n).contains(j) else { continue }
        a[k * n + j] -= weights[e] / 2
        a[j * n + k] -= weights[e] / 2
      }
    }
    let rows = (0..<n).map { k in (0..<n).reduce(0) { $0 + a[k * n + $1].magnitude } }
    // The diagonal's 1 and w may cancel, so forming it errs by u (1 + |w|), not by u |a|.
    let diagonal = (0..<n).reduce(0) { $0 + 2 + a[$1 * n + $1].magnitude }
    let shift = 0x1p-48 * Double(n + 4) * (diagonal + (rows.max() ?? 0)) + 1e-100
    guard shift.isFinite else { return false }
    for k in 0..<n { a[k * n + k] -= shift }
    return factorizes(&a, n)
  }

  /// Whether Cholesky's factorization of a symmetric matrix, of which the lower half is read, runs to its end.
  static func factorizes(_ a: inout [Double], _ n: Int) -> Bool {
    for i in 0..<n {
      for j in 0...i {
        var sum = a[i * n + j]
        for k in 0..<j { sum -= a[i * n + k] * a[j * n + k] }
        if i == j {
          guard sum > 0, sum.isFinite else { return false }
          a[i * n + i] = sum.squareRoot()
        } else {
          a[i * n + j] = sum / a[j * n + j]
        }
      }
    }
    return true
  }
}
