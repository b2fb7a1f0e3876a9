/// An interval that contains λ_PF(M), the spectral radius of a non-negative matrix.
///
/// For every v > 0, min (M v)ₖ/vₖ ≤ λ_PF(M) ≤ max (M v)ₖ/vₖ (Collatz 1942, Wielandt 1950); it needs no
/// irreducibility. Where v comes from does not matter for the proof: it is iterated to nearest, and only
/// the quotients are bounded, with outward rounding. Power iteration works on M + I, so that periodic
/// matrices converge; where that is too slow to prove λ_PF < 1, v ← M v + 1 tends to (I − M)⁻¹ 1.
struct PerronFrobeniusInterval {
  private(set) var lower = 0.0
  private(set) var upper = Double.infinity
  /// The v > 0 that gave the upper bound; empty where there is none.
  private(set) var vector: [Double] = []

  /// Iterates until the width is at most 1e-3 · upper and 1 lies outside, or work runs out.
  init(_ matrix: some NonNegativeMap) {
    let limit = max(50, min(20_000, 1_000_000_000 / max(1, matrix.work)))
    let ones = [Double](repeating: 1, count: matrix.count)
    iterate(matrix, from: ones, limit: limit) { v, mv in zip(v, mv).map { $0 + $1 } }
    if upper >= 1, lower < 1 {
      iterate(matrix, from: ones, limit: limit) { _, mv in mv.map { $0 + 1 } }
    }
  }

  private var isNarrow: Bool { upper.isFinite && upper - lower <= 9e-4 * upper }

  private mutating func iterate(
    _ matrix: some NonNegativeMap, from start: [Double], limit: Int,
    step: ([Double], [Double]) -> [Double]
  ) {
    var v = start
    for iteration in 0..<limit {
      if iteration < 8 || iteration % 8 == 0 {
        improve(matrix, v)
        if isNarrow, upper < 1 || lower >= 1 { return }
      }
      v = step(v, matrix.estimate(v))
      let largest = v.max() ?? 0
      guard largest.isFinite, largest > 0 else { return }
      // The sequence 1 + M v must keep its scale; only one that grows without bound is scaled.
      if largest > 1e100 { v = v.map { max($0 / largest, 1e-200) } }
    }
    improve(matrix, v)
  }

  /// Narrows the interval by the quotients of one vector.
  private mutating func improve(_ matrix: some NonNegativeMap, _ v: [Double]) {
    guard v.allSatisfy({ $0 > 0 && $0.isFinite }) else { return }
    let high = matrix.times(v, sum: Rounding.sumUp, product: Rounding.productUp)
    let low = matrix.times(v, sum: Rounding.sumDown, product: Rounding.productDown)
    var least = Double.infinity
    var most = 0.0
    for k in v.indices {
      most = max(most, high[k] == 0 ? 0 : Rounding.quotientUp(high[k], v[k]))
      least = min(least, Rounding.quotientDown(low[k], v[k]))
      if high[k].isNaN || low[k].isNaN { return }
    }
    if most < upper {
      upper = most
      vector = v
    }
    lower = max(lower, least)
  }
}
