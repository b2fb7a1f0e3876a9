/// Multipliers from one adjoint equilibrium with a slope of each unit, and the differences of unstable units that they
/// bound.
///
/// With slopes between z̃ and the box in d_c ± d_r and g the adjoint at d_c, |cᵀδa| ≤ Σ|g|σ + Σ |D ν − g| |δz|, where
/// only units with d_r > 0 count in the second sum. Taken for the unstable units' own states, it bounds them by
/// themselves: r ≤ q + T r, which is applied as often as it helps.
struct SlopeSystem {
  typealias Functional = SampleBounds.Functional
  typealias Multipliers = SampleBounds.Multipliers

  /// The units whose slope is not known exactly.
  private(set) var unstable: [Int] = []
  /// Multipliers of their states.
  private(set) var ofUnstable: [Multipliers] = []
  /// Multipliers of the functionals.
  private(set) var multipliers: [Multipliers] = []
  /// ν to nearest: of the functionals, then of unstable units' states.
  private var adjoints: Matrix
  private let middle: [Double]
  private let network: Network
  private let functionals: [Functional]

  /// The most unstable units whose states are bounded one by one.
  static let mostUnstable = 400

  /// - Throws: ``NoCertificate`` where a slope has no bound on the box or the adjoint is not found.
  init(
    _ bounds: SampleBounds, _ linear: LinearizedGraph, of functionals: [Functional],
    _ slopes: SampleBounds.ChordSlopes
  ) throws {
    let network = bounds.network
    self.network = network
    self.functionals = functionals
    guard slopes.units.allSatisfy(\.isFinite) else {
      throw NoCertificate(reason: "a slope is unbounded on the box")
    }
    // Where the box itself leaves no choice, as after a split, z̃ may lie outside and say less.
    middle = slopes.units.indices.map { s in
      let slope = bounds.box.slope[s]
      return slope.lower == slope.upper ? slope.lower : slopes.units[s].middle
    }
    unstable = (0..<network.unitCount).filter { s in
      let slope = slopes.units[s]
      let isGrouped = network.evaluations[Self.group(network, s)].isSoftmax
      return bounds.radius(s) > 0 && (isGrouped || slope.upper - slope.lower > 1e-9)
    }
    if unstable.count > Self.mostUnstable { unstable = [] }
    var rows = Matrix(
      rows: functionals.count + unstable.count, columns: network.neuronCount)
    for (row, functional) in functionals.enumerated() {
      for (k, value) in zip(functional.neurons, functional.values) { rows[row, k] += value }
    }
    for (index, s) in unstable.enumerated() {
      for e in network.inEdges(of: s) {
        rows[functionals.count + index, network.sourceNeuron(of: e, into: s)] += bounds.weights[e]
      }
    }
    var linearized = LinearizedGraph.Slopes(network)
    for run in network.runs {
      let isSoftmax = network.evaluations[Int(run.group)].isSoftmax
      for k in run.neurons.map(Int.init) {
        for s in Int(network.unitStarts[k])..<Int(network.unitStarts[k + 1]) {
          linearized.own[s] = middle[s]
          if isSoftmax {
            linearized.pooled[s] = middle[s]
            linearized.link[k] = -middle[s]
          }
        }
      }
    }
    do {
      adjoints =
        rows.rows == 0
        ? rows
        : try linear.solveTransposed(
          linear.parameters(linearized, weights: bounds.weights, absolute: false), rows)
    } catch let error as CyclogradError {
      throw NoCertificate(reason: "no adjoint was found: \(error.message)")
    }
    multipliers = functionals.enumerated().map { row, functional in
      bounds.multipliers(functional, g(Array(adjoints[row: row]), middle))
    }
    ofUnstable = unstable.enumerated().map { index, s in
      bounds.multipliers(
        Functional(unit: s), g(Array(adjoints[row: functionals.count + index]), middle))
    }
  }

  private static func group(_ network: Network, _ s: Int) -> Int {
    let k = Int(network.neuronOfUnit[s])
    return network.layout.locate(neuron: Int(network.fileNeuron[k])).group
  }

  /// D ν with a slope of each unit.
  private func g(_ nu: [Double], _ slopes: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: network.unitCount)
    for run in network.runs {
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      let first = Int(network.unitStarts[neurons.lowerBound])
      if network.evaluations[Int(run.group)].isSoftmax {
        var mean = 0.0
        for k in neurons { mean += slopes[first + k - neurons.lowerBound] * nu[k] }
        for k in neurons {
          let s = first + k - neurons.lowerBound
          result[s] = slopes[s] * (nu[k] - mean)
        }
      } else {
        for s in first..<Int(network.unitStarts[neurons.upperBound]) {
          result[s] = slopes[s] * nu[Int(network.neuronOfUnit[s])]
        }
      }
    }
    return result.map { $0.isFinite ? $0 : 0 }
  }

  /// Narrows the states of unstable units, by slopes and, if wanted, by the dual bound from the same multipliers.
  func narrow(_ bounds: inout SampleBounds, dual: Bool) throws {
    for round in 0..<3 {
      let slopes = try bounds.chordSlopes()
      let spreads = ofUnstable.map { bounds.spread($0, slopes) }
      var radius: [Int: Double] = [:]
      for spread in spreads {
        for s in spread.units where radius[s] == nil { radius[s] = bounds.radius(s) }
      }
      var ownRadius = unstable.map { radius[$0] ?? bounds.radius($0) }
      for _ in 0..<40 {
        var isBetter = false
        for (index, spread) in spreads.enumerated() {
          var sum = Rounding.sumUp(spread.reach, spread.middle.magnitude)
          for (s, factor) in zip(spread.units, spread.factors) {
            sum = Rounding.sumUp(sum, Rounding.productUp(factor, radius[s]!))
          }
          if sum < ownRadius[index] {
            if sum < 0.999 * ownRadius[index] { isBetter = true }
            ownRadius[index] = sum
            radius[unstable[index]] = sum
          }
        }
        if !isBetter { break }
      }
      var gain = 0.0
      for (index, s) in unstable.enumerated() {
        var z = Interval(centre: bounds.center[s], radius: ownRadius[index])
        if dual {
          z = Interval(
            max(z.lower, -bounds.upperBound(ofUnstable[index].negated)),
            min(z.upper, bounds.upperBound(ofUnstable[index])))
        }
        gain = max(gain, try bounds.narrow(s, to: z))
      }
      try bounds.box.activate(0..<Int32(network.runs.count))
      if gain < 0.01 || round == 2 { break }
    }
  }

  /// The functional's enclosure by slopes.
  func enclosure(
    _ index: Int, _ bounds: SampleBounds, _ slopes: SampleBounds.ChordSlopes
  ) -> Interval {
    let spread = bounds.spread(multipliers[index], slopes)
    var sum = spread.reach
    for (s, factor) in zip(spread.units, spread.factors) {
      sum = Rounding.sumUp(sum, Rounding.productUp(factor, bounds.radius(s)))
    }
    return bounds.atCenter(functionals[index]) + spread.middle + Interval(-sum, sum)
  }

  /// Multipliers for an upper bound of the functional times a sign, with slopes of unstable piecewise linear units
  /// by the sign of ν (Zhang, Weng, Chen, Hsieh & Daniel 2018): the chord's where ν f is concave, that of a
  /// tangent where it is convex. `nil` where that changes nothing.
  func refined(_ index: Int, sign: Double, _ bounds: SampleBounds) -> Multipliers? {
    let places = unstable.indices.filter { index in
      let s = unstable[index]
      return Self.curvature(network, s) != 0 && bounds.box.z[s].lower < bounds.box.z[s].upper
    }
    guard !places.isEmpty else { return nil }
    let neurons = places.map { Int(network.neuronOfUnit[unstable[$0]]) }
    let plain = neurons.map { sign * adjoints[index, $0] }
    var nu = plain
    var change = [Double](repeating: 0, count: places.count)
    for _ in 0..<60 {
      for (i, place) in places.enumerated() {
        let s = unstable[place]
        change[i] = slope(s, nu[i], bounds) - middle[s]
      }
      var next = plain
      for (j, place) in places.enumerated() where change[j] != 0 {
        for i in next.indices {
          next[i] += change[j] * nu[j] * adjoints[functionals.count + place, neurons[i]]
        }
      }
      guard next.allSatisfy(\.isFinite) else { return nil }
      var difference = 0.0
      var size = 0.0
      for i in next.indices {
        difference = max(difference, abs(next[i] - nu[i]))
        size = max(size, abs(next[i]))
      }
      nu = next
      if difference <= 1e-14 * size { break }
      if size > 1e100 { return nil }
    }
    var all = adjoints[row: index].map { sign * $0 }
    var slopes = middle
    for (j, place) in places.enumerated() {
      slopes[unstable[place]] = middle[unstable[place]] + change[j]
      let row = functionals.count + place
      for k in all.indices { all[k] += change[j] * nu[j] * adjoints[row, k] }
    }
    let functional = sign < 0 ? functionals[index].negated : functionals[index]
    return bounds.multipliers(functional, g(all, slopes))
  }

  private static func curvature(_ network: Network, _ s: Int) -> Int {
    guard case .single(let activation) = network.evaluations[group(network, s)],
      activation.isPiecewiseLinear, activation.kinks == [0]
    else { return 0 }
    return activation.evaluate(-1).slope < activation.evaluate(1).slope ? 1 : -1
  }

  private func slope(_ s: Int, _ nu: Double, _ bounds: SampleBounds) -> Double {
    let z = bounds.box.z[s]
    guard case .single(let activation) = network.evaluations[Self.group(network, s)] else {
      return middle[s]
    }
    let (least, most) = (activation.evaluate(z.lower), activation.evaluate(z.upper))
    if z.lower >= 0 || z.upper <= 0 { return least.slope == most.slope ? most.slope : middle[s] }
    let isConcave = (nu > 0) == (Self.curvature(network, s) > 0)
    if isConcave { return (most.value - least.value) / (z.upper - z.lower) }
    return z.upper > -z.lower ? most.slope : least.slope
  }
}

extension SampleBounds {
  /// Contains cᵀ A(z̃).
  func atCenter(_ functional: Functional) -> Interval {
    var sum = Interval.zero
    for (k, value) in zip(functional.neurons, functional.values) {
      sum = sum + value * centerActivation[k]
    }
    return sum
  }

  /// g that takes a functional back through identity neurons on no cycle, to where intervals begin to lose something.
  func pulledThroughIdentities(_ functional: Functional) -> [Double] {
    var nu = [Double](repeating: 0, count: network.neuronCount)
    var g = [Double](repeating: 0, count: network.unitCount)
    for (k, value) in zip(functional.neurons, functional.values) { nu[k] += value }
    for stage in network.stages.reversed() where !stage.isCyclic {
      for run in network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)] {
        guard case .single(.identity) = network.evaluations[Int(run.group)] else { continue }
        for k in run.neurons.map(Int.init) where nu[k] != 0 {
          let s = Int(network.unitStarts[k])
          g[s] = nu[k]
          for e in network.inEdges(of: s) {
            nu[network.sourceNeuron(of: e, into: s)] += weights[e] * nu[k]
          }
        }
      }
    }
    return g
  }
}
