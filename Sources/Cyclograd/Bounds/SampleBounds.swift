/// What bounds of one sample are computed from: a point near an equilibrium, a box of states that contains the
/// equilibria in question, and the inputs' box. Everything is in condensation order, per unit or per neuron.
///
/// For every equilibrium and every g (a number for each unit) a linear function of activations is
///
///     cᵀa = cᵀa + gᵀ(W a + b + x̂ − z) = νᵀ a − gᵀz + gᵀ(b + x̂),    ν = c + Wᵀ g,
///
/// so that bounds of each term over the boxes bound it: weak duality (El Ghaoui, Gu, Travacca, Askari & Tsai 2021,
/// Theorem 4.3, for any activation). g is trusted in nothing; all that follows from it is rounded outward.
struct SampleBounds {
  let network: Network
  let weights: [Double]
  let biases: [Double]
  let inputs: InputBox.Row
  /// z̃, near the equilibrium of the box's centre.
  let center: [Double]
  /// A(z̃)
  let centerActivation: [Interval]
  /// W A(z̃) + b + x̂ − z̃ at the centre of the inputs.
  let residual: [Interval]
  /// The number of the input that drives a unit, or −1.
  let inputOfUnit: [Int32]
  /// The box of states, with activations and slopes on it.
  var box: StateEnclosure

  /// A linear function of activations, or the state of one unit.
  struct Functional: Sendable {
    var neurons: [Int] = []
    var values: [Double] = []
    var unit: Int?

    /// The same with the opposite sign; only of activations.
    var negated: Functional { Functional(neurons: neurons, values: values.map { -$0 }) }
  }

  /// g of a bound, and ν that follows from it.
  struct Multipliers: Sendable {
    /// What multiplies W a + b + x̂ − z.
    var g: [Double]
    /// What remains of −z: g without the 1 that belongs to the state of a functional's unit.
    var ofStates: [Double]
    var nu: [Interval]

    var negated: Multipliers {
      Multipliers(g: g.map { -$0 }, ofStates: ofStates.map { -$0 }, nu: nu.map { -$0 })
    }
  }

  init(
    _ network: Network, weights: [Double], biases: [Double], inputs: InputBox.Row,
    center: [Double]
  ) throws(NoCertificate) {
    self.network = network
    self.weights = weights
    self.biases = biases
    self.inputs = inputs
    self.center = center
    var inputOfUnit = [Int32](repeating: -1, count: network.unitCount)
    for (j, s) in network.inputUnits.enumerated() { inputOfUnit[Int(s)] = Int32(j) }
    self.inputOfUnit = inputOfUnit
    guard center.allSatisfy(\.isFinite) else {
      throw NoCertificate(reason: "the state is not finite")
    }
    var point = StateEnclosure(network)
    for s in 0..<network.unitCount { point.z[s] = Interval(center[s]) }
    try point.activate(0..<Int32(network.runs.count))
    centerActivation = point.activation
    residual = (0..<network.unitCount).map { s in
      var sum = Interval(biases[s]) - Interval(center[s])
      if inputOfUnit[s] >= 0 { sum = sum + Interval(inputs.center[Int(inputOfUnit[s])]) }
      for e in network.inEdges(of: s) {
        sum = sum + weights[e] * point.activation[network.sourceNeuron(of: e, into: s)]
      }
      return sum
    }
    box = point
  }

  /// Multipliers of a functional, with ν = c + Wᵀ g.
  ///
  /// Sums are to nearest, beside the sums of magnitudes that bound their errors: m products and additions of p₁ … p_m
  /// are wrong by at most γ_m Σ|p|, γ_m = m u / (1 − m u) (Higham 2002, section 3.1), and by underflow.
  ///
  /// - Parameter d: g, without the functional's own unit.
  /// - Complexity: O(edges into units with g ≠ 0).
  func multipliers(_ c: Functional, _ d: [Double]) -> Multipliers {
    var g = d
    var ofStates = d
    if let unit = c.unit {
      // So that 1 + d and d differ by exactly 1.
      ofStates[unit] = d[unit].magnitude < 0x1p12 ? (d[unit] * 0x1p40).rounded() * 0x1p-40 : 0
      g[unit] = 1 + ofStates[unit]
    }
    var sums = [Double](repeating: 0, count: network.neuronCount)
    var sizes = sums
    for (k, value) in zip(c.neurons, c.values) {
      sums[k] += value
      sizes[k] += value.magnitude
    }
    var terms = c.neurons.count
    sums.withUnsafeMutableBufferPointer { sums in
      sizes.withUnsafeMutableBufferPointer { sizes in
        weights.withUnsafeBufferPointer { weights in
          for (s, g) in g.enumerated() where g != 0 {
            let edges = network.inEdges(of: s)
            // A neuron feeds a unit along one edge at most.
            if !edges.isEmpty { terms += 1 }
            for e in edges {
              let j = network.sourceNeuron(of: e, into: s)
              let product = g * weights[e]
              sums[j] += product
              // Never 0, as a product may have vanished by underflow.
              sizes[j] += max(product.magnitude, 0x1p-1000)
            }
          }
        }
      }
    }
    // Twice what is needed, so that rounding here does not matter.
    let share = Double(terms + 2) * Double.ulpOfOne
    let least = Double(terms + 2) * Double.leastNonzeroMagnitude
    let nu = zip(sums, sizes).map { sum, size in
      size == 0 ? Interval(sum) : Interval(centre: sum, radius: share * size + least)
    }
    return Multipliers(g: g, ofStates: ofStates, nu: nu)
  }

  /// An upper bound, over all equilibria in the box, of the functional that the multipliers belong to.
  func upperBound(_ multipliers: Multipliers) -> Double {
    let nu = multipliers.nu
    var fixed = Interval.zero
    var moved: [Double] = []
    for (s, g) in multipliers.g.enumerated() where g != 0 {
      fixed = fixed + g * Interval(biases[s])
      let j = Int(inputOfUnit[s])
      if j >= 0 {
        fixed = fixed + g * Interval(inputs.center[j])
        moved.append(inputs.support(Interval(g), j))
      }
    }
    let g = multipliers.ofStates
    var sum = (fixed + Interval(inputs.total(moved))).upper
    for run in network.runs {
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      switch network.evaluations[Int(run.group)] {
      case .single(let activation):
        for k in neurons {
          let s = Int(network.unitStarts[k])
          if nu[k] == .zero, g[s] == 0 { continue }
          sum = (sum + activation.maximum(of: nu[k], minus: g[s], on: box.z[s])).nextUp
        }
      case .softmax:
        sum = (sum + jointMaximum(neurons, nu, g)).nextUp
      case .product:
        for k in neurons { sum = (sum + jointMaximum(k..<k + 1, nu, g)).nextUp }
      case .select:
        // Where another unit is selected the activation jumps, so slopes say nothing.
        for k in neurons {
          sum = (sum + jointMaximum(k..<k + 1, nu, g, isContinuous: false)).nextUp
        }
      case .max(let activations):
        for k in neurons {
          let exact = maximumOfUnits(k, activations, nu[k], g)
          sum = (sum + min(exact, jointMaximum(k..<k + 1, nu, g))).nextUp
        }
      }
    }
    return sum.isNaN ? .infinity : sum
  }

  /// A bound of max Σ ν a − Σ g z over the units of some neurons, by ranges and by the mean value theorem from z̃.
  func jointMaximum(
    _ neurons: Range<Int>, _ nu: [Interval], _ g: [Double], isContinuous: Bool = true
  ) -> Double {
    var apart = Interval.zero
    var together = Interval.zero
    let units =
      Int(network.unitStarts[neurons.lowerBound])..<Int(network.unitStarts[neurons.upperBound])
    var isIdle = true
    for k in neurons {
      apart = apart + nu[k] * box.activation[k]
      together = together + nu[k] * centerActivation[k]
      if nu[k] != .zero { isIdle = false }
    }
    if isIdle, units.allSatisfy({ g[$0] == 0 }) { return 0 }
    let slopes = slopeTimes(neurons, nu, box)
    for (s, slope) in zip(units, slopes) {
      apart = apart - g[s] * box.z[s]
      together = together - g[s] * Interval(center[s])
      let way = box.z[s] - Interval(center[s])
      together = together + (slope - Interval(g[s])) * way
    }
    // The mean value theorem needs slopes between z̃ and the box.
    let isNear = isContinuous && units.allSatisfy { box.z[$0].contains(center[$0]) }
    let bound = isNear ? min(apart.upper, together.upper) : apart.upper
    return bound.isNaN ? .infinity : bound
  }

  /// D ν over the units of some neurons, with slopes on a box.
  func slopeTimes(
    _ neurons: Range<Int>, _ nu: [Interval], _ box: StateEnclosure
  ) -> [Interval] {
    let first = Int(network.unitStarts[neurons.lowerBound])
    let group = network.entry(atPosition: neurons.lowerBound).group
    if group.units[0].activation == .softmax {
      // a lies in the simplex, so a mean is bounded by the extremes as well.
      var mean = Interval.zero
      var least = Double.infinity
      var most = -Double.infinity
      for k in neurons {
        mean = mean + box.slope[first + k - neurons.lowerBound] * nu[k]
        least = min(least, nu[k].lower)
        most = max(most, nu[k].upper)
      }
      mean = mean.clipped(least, most)
      return neurons.map { box.slope[first + $0 - neurons.lowerBound] * (nu[$0] - mean) }
    }
    return (first..<Int(network.unitStarts[neurons.upperBound])).map {
      box.slope[$0] * nu[Int(network.neuronOfUnit[$0])]
    }
  }

  /// max ν max_s f_s(z_s) − Σ g z: for ν ≥ 0 the largest over the units, of which each may be the largest alone; for
  /// ν < 0 the least of the same bounds.
  private func maximumOfUnits(
    _ k: Int, _ activations: [Activation], _ nu: Interval, _ g: [Double]
  ) -> Double {
    let first = Int(network.unitStarts[k])
    let alone = activations.indices.map { (-g[first + $0] * box.z[first + $0]).upper }
    var bounds: [Double] = []
    for (unit, activation) in activations.enumerated() {
      var bound = activation.maximum(of: nu, minus: g[first + unit], on: box.z[first + unit])
      for other in activations.indices where other != unit {
        bound = (bound + alone[other]).nextUp
      }
      bounds.append(bound)
    }
    if nu.lower >= 0 { return bounds.max() ?? .infinity }
    if nu.upper <= 0 { return bounds.min() ?? .infinity }
    return .infinity
  }
}
