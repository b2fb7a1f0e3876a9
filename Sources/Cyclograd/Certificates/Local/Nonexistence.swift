/// A proof that a sample has no equilibrium at all.
///
/// **Theorem.** Let every neuron of a component have one unit with f(z) ≥ max(z, 0) for all z (relu, softplus). If
/// some y ≥ 0 has yᵀ W ≥ yᵀ within the component and yᵀ u > 0, with u the drive, there is no equilibrium:
/// a = f(W a + u) would satisfy a ≥ 0 and yᵀ a ≥ yᵀ (W a + u) ≥ yᵀ a + yᵀ u > yᵀ a.
///
/// y is looked for among the unit vectors and by power iteration on Wᵀ + I; only the inequalities are
/// evaluated with outward rounding.
struct Nonexistence {
  private let network: Network
  private let weights: [Double]
  private let component: Component
  private let drive: [Interval]

  /// Whether the component has no equilibrium for any drive of the intervals.
  static func isProved(
    _ component: Component, _ weights: [Double], drive: [Interval]
  ) -> Bool {
    let network = component.network
    guard component.isElementwise,
      component.runs.allSatisfy({
        let run = network.runs[Int($0)]
        return network.layout.entries[Int(run.group)].group.units[0].activation.isAboveRamp
      })
    else { return false }
    return Nonexistence(
      network: network, weights: weights, component: component, drive: drive
    ).isProved()
  }

  private func isProved() -> Bool {
    let n = component.unitCount
    // The unit vectors: a neuron that feeds itself at least its own activation, and is not held back.
    for k in 0..<n where drive[k].lower > 0 {
      var isHeldBack = false
      var own = 0.0
      forEachEdge(of: k) { j, w in
        if j == k { own = w } else if w < 0 { isHeldBack = true }
      }
      if own >= 1, !isHeldBack { return true }
    }
    var y = [Double](repeating: 1, count: n)
    for iteration in 1...200 {
      var next = y
      forEachEdge { row, j, w in next[j] += w * y[row] }
      next = next.map { max(0, $0) }
      let largest = next.max() ?? 0
      guard largest > 0, largest.isFinite else { return false }
      y = next.map { $0 / largest }
      if iteration % 20 == 0, holds(y) { return true }
    }
    return false
  }

  private func forEachEdge(_ body: (_ row: Int, _ source: Int, _ weight: Double) -> Void) {
    for row in 0..<component.unitCount { forEachEdge(of: row) { body(row, $0, $1) } }
  }

  private func forEachEdge(of row: Int, _ body: (_ source: Int, _ weight: Double) -> Void) {
    for e in component.innerEdges(of: row) {
      body(component.innerSource(of: e, into: row), weights[e])
    }
  }

  /// yᵀ W ≥ yᵀ and yᵀ u > 0, from below.
  private func holds(_ y: [Double]) -> Bool {
    var sums = [Double](repeating: 0, count: y.count)
    forEachEdge { row, j, w in
      // A product with 1 is exact, and so is a sum with 0.
      let product = y[row] == 1 ? w : (y[row] == 0 ? 0 : (y[row] * w).nextDown)
      sums[j] = sums[j] == 0 ? product : (product == 0 ? sums[j] : (sums[j] + product).nextDown)
    }
    var work = Interval.zero
    for (k, value) in y.enumerated() where value != 0 { work = work + value * drive[k] }
    return work.lower > 0 && zip(sums, y).allSatisfy { $0 >= $1 }
  }
}
