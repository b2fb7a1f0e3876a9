/// I − sym(W) ≻ 0 on a component whose neurons have one unit with slopes in [0, 1].
///
/// Cholesky's factorization in floating point of A − c I that runs to its end proves A ≻ 0 where c exceeds
/// its backward error, at most γₙ₊₁/(1 − γₙ₊₁) tr A (Higham 2002, Theorem 10.3; Rump 2006), plus that of
/// forming A, at most 2u a row sum, plus underflow. c takes all that many times over.
struct MonotoneCondition {
  /// The largest component that is tried: the factorization is dense, n³/6 multiplications.
  static let largestSize = 600

  private let n: Int
  /// I − sym(W), row by row.
  private let matrix: [Double]
  /// c
  private let shift: Double

  /// `nil` where activations or the component's size do not allow it.
  private init?(_ network: Network, _ weights: [Double], _ stage: Network.Stage) {
    let n = stage.neurons.count
    self.n = n
    guard n <= Self.largestSize else { return nil }
    for run in network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)] {
      let units = network.layout.entries[Int(run.group)].group.units
      guard units.count == 1, units[0].activation.isMonotoneNonexpansive else { return nil }
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
    shift = 0x1p-48 * Double(n + 4) * (diagonal + (rows.max() ?? 0)) + 1e-100
    matrix = a
    guard shift.isFinite else { return nil }
  }

  static func holds(_ network: Network, _ weights: [Double], _ stage: Network.Stage) -> Bool {
    MonotoneCondition(network, weights, stage)?.factor(above: 0) != nil
  }

  /// m > 0 with I − sym(W) ⪰ m I for certain; `nil` where none is proved.
  ///
  /// What the least eigenvalue is said to be by inverse iteration is proved up to a small share, or less.
  static func modulus(
    _ network: Network, _ weights: [Double], _ stage: Network.Stage
  ) -> Double? {
    guard let condition = MonotoneCondition(network, weights, stage),
      let factor = condition.factor(above: 0)
    else { return nil }
    let estimate = condition.leastEigenvalue(factor)
    let shares = [1 - 0x1p-20, 0.999, 0.98, 0.9, 0.7, 0.4, 0.1, 0.01]
    return shares.lazy.map { $0 * estimate }.first { condition.factor(above: $0) != nil }
  }

  /// The factor of Cholesky that proves A ≻ m I; `nil` where it is not found.
  private func factor(above m: Double) -> [Double]? {
    guard m.isFinite else { return nil }
    var a = matrix
    for k in 0..<n { a[k * n + k] -= m + shift }
    return Self.factorizes(&a, n) ? a : nil
  }

  /// An estimate from above of the least eigenvalue, by inverse iteration.
  private func leastEigenvalue(_ factor: [Double]) -> Double {
    var v = (0..<n).map { 1 + 0.25 * Double($0 % 7) / 7 }
    var value = Double.infinity
    for _ in 0..<100 {
      let length = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for i in 0..<n {
        var sum = v[i] / length
        for j in 0..<i { sum -= factor[i * n + j] * v[j] }
        v[i] = sum / factor[i * n + i]
      }
      for i in (0..<n).reversed() {
        var sum = v[i]
        for j in i + 1..<n { sum -= factor[j * n + i] * v[j] }
        v[i] = sum / factor[i * n + i]
      }
      let next = 1 / v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard next.isFinite, next > 0 else { break }
      let isDone = abs(next - value) <= 1e-9 * next
      value = next
      if isDone { break }
    }
    return value
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
