/// Terms of the Neumann series summed over an active set: a term is propagated only from the units
/// where it is not negligible.
///
/// An adjoint starts on a few outputs and often dies out near them. While few units are active, a term
/// costs the edges that enter them, not all edges. What is dropped is far below the tolerance, and the
/// residual of the sum is measured afterwards. A unit is active if it is in any lane.
struct LaneFrontier {
  let component: Component
  let state: LaneState
  /// Room for the present term, over the whole network and zero except in active units.
  let term: UnsafeMutablePointer<Double>
  private var network: Network { component.network }

  /// The share of active units above which full sweeps are cheaper.
  private static let fullShare = 0.08
  /// What part of the tolerance, relative to the largest entry, may be dropped at one unit.
  private static let dropped = 1e-3
  /// Components with fewer units fill at once.
  private static let fewestUnits = 1024

  /// - Parameter term: see ``term``; it is overwritten.
  init(_ component: Component, _ state: LaneState, term: UnsafeMutablePointer<Double>) {
    self.component = component
    self.state = state
    self.term = term
  }

  /// Adds terms to d, which holds the first one, until none is left or they are too many.
  ///
  /// - Parameter reach: the largest |d| that each lane has downstream.
  /// - Returns: how many terms were added.
  func run(_ tolerance: Double, reach: UnsafePointer<Double>, limit: Int) -> Int {
    guard component.isPlain, component.unitCount >= Self.fewestUnits else { return 0 }
    let lanes = state.lanes
    var (active, thresholds) = start(tolerance, reach)
    let capacity = Int(Self.fullShare * Double(component.unitCount))
    guard !active.isEmpty, active.count <= capacity else { return 0 }
    let first = component.units.lowerBound * lanes
    (term + first).update(from: state.d + first, count: component.unitCount * lanes)
    let back = state.lambda
    let neurons = component.neurons.lowerBound * lanes
    (back + neurons).update(repeating: 0, count: component.neuronCount * lanes)
    var isTouched = [Bool](repeating: false, count: component.neuronCount)
    var touched: [Int32] = []
    var count = 0
    var before = active.count
    while !active.isEmpty, active.count <= capacity, count < limit {
      // What grows this fast is about to fill.
      if active.count > capacity / 4, active.count > 3 * before { break }
      before = active.count
      count += 1
      for s in active { propagate(Int(s), to: back, &isTouched, &touched) }
      active.removeAll(keepingCapacity: true)
      for k in touched {
        isTouched[Int(k) - component.neurons.lowerBound] = false
        if settle(Int(k), back, thresholds) { active.append(network.unitStarts[Int(k)]) }
      }
      touched.removeAll(keepingCapacity: true)
    }
    thresholds.removeAll()
    return count
  }

  /// The units where the first term matters, and from where on a lane's numbers do.
  private func start(
    _ tolerance: Double, _ reach: UnsafePointer<Double>
  ) -> (active: [Int32], thresholds: [Double]) {
    let lanes = state.lanes
    var thresholds = (0..<lanes).map { reach[$0] }
    return thresholds.withUnsafeMutableBufferPointer { thresholds in
      let d = state.d
      for s in component.units {
        for b in 0..<lanes { thresholds[b] = max(thresholds[b], abs(d[s * lanes + b])) }
      }
      guard thresholds.allSatisfy(\.isFinite) else { return ([], []) }
      for b in 0..<lanes { thresholds[b] *= Self.dropped * tolerance }
      var active: [Int32] = []
      for s in component.units {
        for b in 0..<lanes where abs(d[s * lanes + b]) > thresholds[b] {
          active.append(Int32(s))
          break
        }
      }
      return (active, Array(thresholds))
    }
  }

  /// back += Wᵀ term for one unit, whose term is then used up.
  private func propagate(
    _ s: Int, to back: UnsafeMutablePointer<Double>, _ isTouched: inout [Bool],
    _ touched: inout [Int32]
  ) {
    let lanes = state.lanes
    let values = term + s * lanes
    let end = Int(network.rowStarts[s + 1])
    for edge in Int(component.innerStarts[s - component.units.lowerBound])..<end {
      let k = network.columns[edge]
      let index = Int(k) - component.neurons.lowerBound
      if !isTouched[index] {
        isTouched[index] = true
        touched.append(k)
      }
      let weight = state.weights[edge]
      let target = back + Int(k) * lanes
      for b in 0..<lanes { target[b] += values[b] * weight }
    }
    values.update(repeating: 0, count: lanes)
  }

  /// Makes the next term of a neuron's unit; returns whether it matters in any lane.
  private func settle(
    _ k: Int, _ back: UnsafeMutablePointer<Double>, _ thresholds: [Double]
  ) -> Bool {
    let lanes = state.lanes
    let unit = Int(network.unitStarts[k]) * lanes
    var matters = false
    for b in 0..<lanes {
      let next = state.slope[unit + b] * back[k * lanes + b]
      back[k * lanes + b] = 0
      state.d[unit + b] += next
      term[unit + b] = next
      if abs(next) > thresholds[b] { matters = true }
    }
    return matters
  }
}
