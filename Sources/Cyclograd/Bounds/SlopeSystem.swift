import SparseAlgebra

/// Multipliers from one adjoint equilibrium with a slope of each unit, of functionals and of the states of all units
/// whose slope is not known: what bounds by slopes and dual bounds are made of.
///
/// With slopes between z̃ and the box in d_c ± d_r and g the adjoint at d_c, |cᵀδa| ≤ Σ|g|σ + Σ |D ν − g| |δz|, where
/// only units with d_r > 0 count in the second sum. Taken for the unstable units' own states, it bounds them by
/// themselves: r ≤ q + T r, which is applied as often as it helps.
///
/// Multipliers with other slopes of unstable units are sums of these rows (``MultiplierRows``), so nothing is solved
/// again when a box has shrunk or was split.
struct SlopeSystem {
  typealias Functional = SampleBounds.Functional
  typealias Step = MultiplierRows.Step

  /// The units whose slope is not known exactly.
  private(set) var unstable: [Int] = []
  /// Multipliers of the functionals, then of unstable units' states.
  let rows: MultiplierRows
  let functionals: [Functional]
  /// The slopes that the rows have, per unit.
  let middle: [Double]
  let network: Network
  /// ν of each row at the neurons of unstable units.
  let between: [Double]
  /// Unstable units by themselves, by their places in ``unstable``.
  let alone: [Int]

  /// The most unstable units whose states are bounded one by one, and the most numbers of all their rows.
  static let mostUnstable = 400
  private static let mostNumbers = 1 << 27

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
    let middle = slopes.units.indices.map { s in
      let slope = bounds.box.slope[s]
      return slope.lower == slope.upper ? slope.lower : slopes.units[s].middle
    }
    self.middle = middle
    var linearized = LinearizedGraph.Slopes(network)
    for run in network.runs {
      let isSoftmax = network.evaluations[Int(run.group)].isSoftmax
      for k in run.neurons.map(Int.init) {
        for s in Int(network.unitStarts[k])..<Int(network.unitStarts[k + 1]) {
          if bounds.radius(s) > 0, isSoftmax || slopes.units[s].upper - slopes.units[s].lower > 1e-9
          {
            unstable.append(s)
          }
          linearized.own[s] = middle[s]
          if isSoftmax {
            linearized.pooled[s] = middle[s]
            linearized.link[k] = -middle[s]
          }
        }
      }
    }
    let size = (functionals.count + unstable.count) * (network.unitCount + network.neuronCount)
    if unstable.count > Self.mostUnstable || size > Self.mostNumbers { unstable = [] }
    var right = Matrix(rows: functionals.count + unstable.count, columns: network.neuronCount)
    for (row, functional) in functionals.enumerated() {
      for (k, value) in zip(functional.neurons, functional.values) { right[row, k] += value }
    }
    for (index, s) in unstable.enumerated() {
      for e in network.inEdges(of: s) {
        // What inputs give follows from a product with Wᵀ.
        let k = network.sourceNeuron(of: e, into: s)
        if k >= bounds.products.passedCount {
          right[functionals.count + index, k] += bounds.weights[e]
        }
      }
    }
    do {
      let adjoints =
        right.rows == 0
        ? right
        : try linear.solveTransposed(
          linear.parameters(linearized, weights: bounds.weights, absolute: false), right)
      var d = [Double](repeating: 0, count: right.rows * network.unitCount)
      for row in 0..<right.rows {
        Self.multiply(network, middle, adjoints.elements, row * network.neuronCount) {
          d[row * network.unitCount + $0] = $1
        }
      }
      let states = unstable.map { Functional(unit: $0) }
      rows = bounds.products.multipliers(functionals + states, d)
    } catch let error as CyclogradError {
      throw NoCertificate(reason: "no adjoint was found: \(error.message)")
    }
    var between: [Double] = []
    between.reserveCapacity(right.rows * unstable.count)
    for row in 0..<right.rows {
      let first = row * network.neuronCount
      for s in unstable { between.append(rows.nu[first + Int(network.neuronOfUnit[s])]) }
    }
    self.between = between
    let groups = network.groupOfNeuron
    var alone: [Int] = []
    for (place, s) in unstable.enumerated() {
      if case .single = network.evaluations[groups[Int(network.neuronOfUnit[s])]] {
        alone.append(place)
      }
    }
    self.alone = alone
  }

  /// D ν with a slope of each unit.
  private static func multiply(
    _ network: Network, _ slopes: [Double], _ nu: [Double], _ offset: Int,
    into body: (_ unit: Int, Double) -> Void
  ) {
    for run in network.runs {
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      let first = Int(network.unitStarts[neurons.lowerBound])
      if network.evaluations[Int(run.group)].isSoftmax {
        var mean = 0.0
        for k in neurons { mean += slopes[first + k - neurons.lowerBound] * nu[offset + k] }
        for k in neurons {
          let s = first + k - neurons.lowerBound
          body(s, slopes[s] * (nu[offset + k] - mean))
        }
      } else {
        for s in first..<Int(network.unitStarts[neurons.upperBound]) {
          body(s, slopes[s] * nu[offset + Int(network.neuronOfUnit[s])])
        }
      }
    }
  }

  /// The row of an unstable unit's state.
  func row(ofState place: Int) -> Int { functionals.count + place }

  /// The neuron of an unstable unit.
  func neuron(_ place: Int) -> Int { Int(network.neuronOfUnit[unstable[place]]) }

  func activation(_ place: Int) -> Activation? {
    let group = network.entry(atPosition: neuron(place)).group
    return group.units.count == 1 && group.units[0].activation != .softmax
      ? group.units[0].activation : nil
  }

  /// What is to be added to a row, times a sign, for other slopes of some unstable units by themselves; `nil` where
  /// that is not found.
  ///
  /// - Parameter slope: of the unit at a place, where its neuron has some ν.
  func steps(
    _ row: Int, sign: Double, at places: [Int], slope: (_ place: Int, _ nu: Double) -> Double
  ) -> [Step]? {
    let changing = DenseRows(
      places.map { Int32(self.row(ofState: $0)) }, stride: unstable.count, width: unstable.count)
    var nu = nu(row, sign: sign)
    var factors = [Double](repeating: 0, count: places.count)
    for _ in 0..<60 {
      for (i, place) in places.enumerated() {
        factors[i] = (slope(place, nu[place]) - middle[unstable[place]]) * nu[place]
      }
      var next = self.nu(row, sign: sign)
      addBetween(changing, factors, to: &next)
      var difference = 0.0
      var size = 0.0
      for place in places {
        difference = max(difference, abs(next[place] - nu[place]))
        size = max(size, abs(next[place]))
      }
      guard size < 1e100 else { return nil }
      nu = next
      if difference <= 1e-14 * size { break }
    }
    return places.indices.compactMap { i in
      factors[i] == 0 ? nil : Step(row: self.row(ofState: places[i]), factor: factors[i])
    }
  }

  /// A row's ν at the neurons of unstable units, times a sign.
  func nu(_ row: Int, sign: Double) -> [Double] {
    between[row * unstable.count..<(row + 1) * unstable.count].map { sign * $0 }
  }

  /// Adds multiples of rows of ``between``.
  func addBetween(_ rows: DenseRows, _ factors: [Double], to nu: inout [Double]) {
    between.withUnsafeBufferPointer { between in
      nu.withUnsafeMutableBufferPointer { nu in
        guard let first = between.baseAddress, let target = nu.baseAddress else { return }
        rows.add(of: first, times: factors, to: target)
      }
    }
  }

  /// Rows whose unstable units have the slopes of a smaller box; the same rows where that is not found.
  private func centered(_ row: Int, _ slopes: SampleBounds.ChordSlopes) -> Multipliers {
    let steps = steps(row, sign: 1, at: alone) { place, _ in slopes.units[unstable[place]].middle }
    return rows.sum(row, steps ?? [])
  }

  /// Narrows the states of unstable units by slopes.
  ///
  /// - Parameter isCentered: whether multipliers follow the box.
  func narrow(_ bounds: inout SampleBounds, isCentered: Bool) throws {
    var slopes = try bounds.chordSlopes()
    let multipliers = unstable.indices.map { place in
      isCentered ? centered(row(ofState: place), slopes) : rows.sum(row(ofState: place))
    }
    for round in 0..<3 {
      if round > 0 { slopes = try bounds.chordSlopes() }
      let spreads = multipliers.map { bounds.spread($0, slopes, unstable) }
      var radius = unstable.map { bounds.radius($0) }
      for _ in 0..<40 {
        var isBetter = false
        for (index, spread) in spreads.enumerated() {
          var sum = Rounding.sumUp(spread.reach, spread.middle.magnitude)
          for (factor, r) in zip(spread.factors, radius) where factor > 0 {
            sum = Rounding.sumUp(sum, Rounding.productUp(factor, r))
          }
          if sum < radius[index] {
            if sum < 0.999 * radius[index] { isBetter = true }
            radius[index] = sum
          }
        }
        if !isBetter { break }
      }
      var gain = 0.0
      for (index, s) in unstable.enumerated() {
        let z = Interval(centre: bounds.center[s], radius: radius[index])
        gain = max(gain, try bounds.narrow(s, to: z))
      }
      try bounds.box.activate(0..<Int32(network.runs.count))
      if gain < 0.01 { break }
    }
  }

  /// The functional's enclosure by slopes.
  func enclosure(
    _ index: Int, _ bounds: SampleBounds, _ slopes: SampleBounds.ChordSlopes
  ) -> Interval {
    let spread = bounds.spread(centered(index, slopes), slopes, unstable)
    var sum = spread.reach
    for (s, factor) in zip(unstable, spread.factors) where factor > 0 {
      sum = Rounding.sumUp(sum, Rounding.productUp(factor, bounds.radius(s)))
    }
    return bounds.atCenter(functionals[index]) + spread.middle + Interval(-sum, sum)
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
