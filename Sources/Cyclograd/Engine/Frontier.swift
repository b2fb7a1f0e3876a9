/// Terms of the Neumann series summed over an active set: a term is propagated only from the units
/// where it is not negligible.
///
/// An adjoint starts on a few outputs and often dies out near them. While few units are active, a term
/// costs the edges that enter them, not all edges. What is dropped is far below the tolerance, and the
/// residual of the sum is measured afterwards. Each lane has an active set of its own.
struct Frontier {
  private let component: Component
  private let state: StateVectors
  private var network: Network { component.network }
  private let lanes: Int
  private var isTouched: [Bool] = []
  private var touched: [Int32] = []
  private var active: [Int32] = []

  /// The share of active units above which full sweeps are cheaper.
  private static let fullShare = 0.08
  /// What part of the tolerance, relative to the largest entry, may be dropped at one unit.
  private static let dropped = 1e-3
  /// Components with fewer units fill at once.
  private static let fewestUnits = 1024

  init(_ component: Component, _ state: StateVectors) {
    self.component = component
    self.state = state
    lanes = state.lanes
  }

  /// Whether a set of active units is so large that sweeps are cheaper, or grows so fast that it is about to be.
  static func isFull(_ count: Int, before: Int, capacity: Int, share: Int = 4) -> Bool {
    count > capacity || (count > capacity / share && count > 3 * before)
  }

  /// Adds terms to a lane's d, which holds the first one, until none is left or they are too many.
  ///
  /// - Parameter scale: the largest |d| that the lane has downstream.
  /// - Returns: how many terms were added.
  mutating func run(_ lane: Int, _ tolerance: Double, scale: Double, limit: Int) -> Int {
    guard component.isElementwise, component.unitCount >= Self.fewestUnits else { return 0 }
    let capacity = Int(Self.fullShare * Double(component.unitCount))
    let threshold = start(lane, tolerance, scale)
    guard threshold.isFinite, !active.isEmpty, active.count <= capacity else { return 0 }
    let (term, back) = (state.next, state.lambda)
    for s in component.units { term[s * lanes + lane] = state.d[s * lanes + lane] }
    for k in component.neurons { back[k * lanes + lane] = 0 }
    if isTouched.isEmpty { isTouched = Array(repeating: false, count: component.neuronCount) }
    var count = 0
    var before = active.count
    while !active.isEmpty, count < limit {
      if Self.isFull(active.count, before: before, capacity: capacity) { break }
      before = active.count
      count += 1
      for s in active { propagate(Int(s), lane) }
      active.removeAll(keepingCapacity: true)
      for k in touched {
        isTouched[Int(k) - component.neurons.lowerBound] = false
        if settle(Int(k), lane, threshold) { active.append(network.unitStarts[Int(k)]) }
      }
      touched.removeAll(keepingCapacity: true)
    }
    return count
  }

  /// Finds the units where the first term matters, and from where on a number does.
  private mutating func start(_ lane: Int, _ tolerance: Double, _ scale: Double) -> Double {
    active.removeAll(keepingCapacity: true)
    var threshold = scale
    for s in component.units {
      let size = abs(state.d[s * lanes + lane])
      if !(size <= threshold) { threshold = size }
    }
    guard threshold.isFinite else { return .infinity }
    threshold *= Self.dropped * tolerance
    for s in component.units where abs(state.d[s * lanes + lane]) > threshold {
      active.append(Int32(s))
    }
    return threshold
  }

  /// back += Wᵀ term for one unit, whose term is then used up.
  private mutating func propagate(_ s: Int, _ lane: Int) {
    let (term, back) = (state.next, state.lambda)
    let value = term[s * lanes + lane]
    for edge in component.innerEdges(of: s - component.units.lowerBound) {
      let k = Int32(network.sourceNeuron(of: edge, into: s))
      let index = Int(k) - component.neurons.lowerBound
      if !isTouched[index] {
        isTouched[index] = true
        touched.append(k)
      }
      back[Int(k) * lanes + lane] += value * state.weights[edge]
    }
    term[s * lanes + lane] = 0
  }

  /// Makes the next term of a neuron's unit; returns whether it matters.
  private func settle(_ k: Int, _ lane: Int, _ threshold: Double) -> Bool {
    let unit = Int(network.unitStarts[k]) * lanes + lane
    let next = state.slope[unit] * state.lambda[k * lanes + lane]
    state.lambda[k * lanes + lane] = 0
    state.d[unit] += next
    state.next[unit] = next
    return abs(next) > threshold
  }
}
