/// How far the activations of one cyclic component move at most, whatever it is driven by, where that is proved.
enum ComponentReach: Sendable {
  /// ‖δa‖₂ ≤ ‖δu‖₂ / m, for I − sym(W) ⪰ m I and slopes in [0, 1]: δaₖ (δzₖ − δaₖ) ≥ 0 with δz = W δa + δu gives
  /// δaᵀ (I − W) δa ≤ δaᵀ δu (Pabbaraju, Winston & Kolter 2021; Revay, Wang & Manchester 2020).
  case monotone(modulus: Double)
  /// |δa| ≤ v · max (Γ|δu|)ₖ/vₖ / (1 − q), for Γ|W| v ≤ q v with q < 1.
  case contracting(Contraction)

  /// v > 0 and q of a component whose map contracts.
  struct Contraction: Sendable {
    var v: [Double]
    var q: Double
    /// Γ of each run's units.
    var slopes: [(run: Network.ActivationRun, bounds: [Double])]
  }

  /// - Parameter theorem: what proves the component.
  init?(
    _ network: Network, _ weights: [Double], _ stage: Network.Stage,
    provedBy theorem: GlobalCertificate.Theorem
  ) {
    switch theorem {
    case .perronFrobenius:
      guard let found = Contraction(network, weights, stage) else { return nil }
      self = .contracting(found)
    case .monotone, .blockNorms, .elimination:
      guard let modulus = MonotoneCondition.modulus(network, weights, stage) else { return nil }
      self = .monotone(modulus: modulus)
    case .acyclic, .spectralNorms: return nil
    }
  }

  /// Bounds of |δaₖ| for each neuron of the component.
  ///
  /// - Parameters:
  ///   - drive: bounds of |δu| for each unit of the component.
  ///   - network: that of the component.
  func distances(_ drive: [Double], _ stage: Network.Stage, of network: Network) -> [Double] {
    switch self {
    case .monotone(let modulus):
      let distance = Rounding.quotientUp(Self.norm(drive), modulus)
      return Array(repeating: distance, count: stage.neurons.count)
    case .contracting(let contraction):
      return contraction.distances(drive, stage, of: network)
    }
  }

  /// Bounds of |Σ w δa| over a row of weights from the component, for |δa| as ``distances(_:_:of:)`` gives it.
  func change(_ row: [(neuron: Int, weight: Double)], _ distances: [Double]) -> Double {
    switch self {
    case .monotone:
      // By Cauchy and Schwarz.
      Rounding.productUp(Self.norm(row.map(\.weight.magnitude)), distances[0])
    case .contracting:
      row.reduce(0.0) {
        Rounding.sumUp($0, Rounding.productUp($1.weight.magnitude, distances[$1.neuron]))
      }
    }
  }

  /// An upper bound of ‖x‖₂ for x ≥ 0.
  private static func norm(_ x: [Double]) -> Double {
    let squares = x.reduce(0.0) { Rounding.sumUp($0, Rounding.productUp($1, $1)) }
    return squares.squareRoot().nextUp
  }
}

extension ComponentReach.Contraction {
  fileprivate init?(_ network: Network, _ weights: [Double], _ stage: Network.Stage) {
    guard let matrix = try? ComparisonMatrix(network, weights: weights, stage: stage) else {
      return nil
    }
    let interval = PerronFrobeniusInterval(matrix)
    guard interval.upper < 1 else { return nil }
    (v, q) = (interval.vector, interval.upper)
    slopes = []
    let inputs = Set(network.inputUnits)
    for run in network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)] {
      // Here everything may move, not only what the component moves itself.
      guard
        let bounds = try? network.slopeBounds(
          of: run, movedBy: 0..<network.neuronCount, inputs: inputs)
      else { return nil }
      slopes.append((run, bounds))
    }
  }

  fileprivate func distances(
    _ drive: [Double], _ stage: Network.Stage, of network: Network
  ) -> [Double] {
    let firstNeuron = Int(stage.neurons.lowerBound)
    let firstUnit = Int(network.unitStarts[firstNeuron])
    var most = 0.0
    for (run, bounds) in slopes {
      let isSoftmax = network.evaluations[Int(run.group)].isSoftmax
      var pooled = 0.0
      for k in run.neurons.map(Int.init) {
        var moved = 0.0
        for (index, bound) in bounds.enumerated() {
          let s = Int(network.unitStarts[k]) + index
          moved = Rounding.sumUp(moved, Rounding.productUp(bound, drive[s - firstUnit]))
        }
        pooled = Rounding.sumUp(pooled, moved)
        if !isSoftmax { most = max(most, Rounding.quotientUp(moved, v[k - firstNeuron])) }
      }
      guard isSoftmax else { continue }
      // Each unit of the group moves all its neurons.
      for k in run.neurons.map(Int.init) {
        most = max(most, Rounding.quotientUp(pooled, v[k - firstNeuron]))
      }
    }
    let share = Rounding.quotientUp(most, (1 - q).nextDown)
    return v.map { Rounding.productUp($0, share) }
  }
}

extension SampleBounds {
  /// Narrows the states of a cyclic stage, whose drive is known, to what a reach leaves possible around z̃: A(z̃) is where it
  /// would be if it were driven by z̃ − W A(z̃), so that no equilibrium need be known.
  mutating func narrow(_ stage: Network.Stage, by reach: ComponentReach) throws {
    let first = Int(stage.neurons.lowerBound)
    let last = Int(stage.neurons.upperBound)
    let units = network.units(of: stage)
    var rows: [[(neuron: Int, weight: Double)]] = []
    // By how much drives differ from that one.
    let moved = units.map { s in
      var sum = upstream(s, below: first) - Interval(center[s])
      var row: [(neuron: Int, weight: Double)] = []
      for e in network.inEdges(of: s) {
        let j = network.sourceNeuron(of: e, into: s)
        guard first <= j, j < last else { continue }
        sum = sum + weights[e] * centerActivation[j]
        row.append((j - first, weights[e]))
      }
      rows.append(row)
      return sum
    }
    let distances = reach.distances(moved.map(\.magnitude), stage, of: network)
    guard distances.allSatisfy(\.isFinite) else {
      throw NoCertificate(reason: "a number of the box is not finite")
    }
    for (index, s) in units.enumerated() {
      let change = reach.change(rows[index], distances)
      try narrow(s, to: Interval(center[s]) + moved[index] + Interval(-change, change))
    }
    for run in network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)] {
      guard case .single(let activation) = network.evaluations[Int(run.group)] else { continue }
      for k in run.neurons.map(Int.init) {
        let distance = distances[k - first]
        let values = centerActivation[k] + Interval(-distance, distance)
        try narrow(Int(network.unitStarts[k]), to: activation.states(within: values))
      }
    }
    try box.activate(stage.runs)
  }
}

extension Activation {
  /// An interval of all z with f(z) within given bounds; the whole line where nothing simple can be said.
  fileprivate func states(within values: Interval) -> Interval {
    switch self {
    case .identity: return values
    case .relu, .leakyReLU, .elu:
      // f(z) ≥ z, and f(z) = z above 0.
      guard isMonotoneNonexpansive else { return .everything }
      return Interval(values.lower > 0 ? values.lower : -.infinity, values.upper)
    default: return .everything
    }
  }
}
