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
  let products: WeightProducts
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

  var network: Network { products.network }
  var weights: [Double] { products.weights }

  /// A linear function of activations, or the state of one unit.
  struct Functional: Sendable {
    var neurons: [Int] = []
    var values: [Double] = []
    var unit: Int?

    /// The same with the opposite sign; only of activations.
    var negated: Functional { Functional(neurons: neurons, values: values.map { -$0 }) }
  }

  init(
    _ products: WeightProducts, biases: [Double], inputs: InputBox.Row, center: [Double]
  ) throws(NoCertificate) {
    let network = products.network
    self.products = products
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
    let sums = products.sums(of: point.activation)
    residual = (0..<network.unitCount).map { s in
      var sum = Interval(biases[s]) - Interval(center[s])
      if inputOfUnit[s] >= 0 { sum = sum + Interval(inputs.center[Int(inputOfUnit[s])]) }
      return sum + sums[s]
    }
    box = point
  }

  /// A bound of max Σ ν a − Σ g z over the units of some neurons, by ranges and by the mean value theorem from z̃.
  func jointMaximum(
    _ neurons: Range<Int>, _ nu: [Interval], _ g: [Interval], isContinuous: Bool = true
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
    if isIdle, units.allSatisfy({ g[$0] == .zero }) { return 0 }
    let slopes = slopeTimes(neurons, nu, box)
    for (s, slope) in zip(units, slopes) {
      apart = apart - g[s] * box.z[s]
      together = together - g[s] * Interval(center[s])
      let way = box.z[s] - Interval(center[s])
      together = together + (slope - g[s]) * way
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
  func maximumOfUnits(
    _ k: Int, _ activations: [Activation], _ nu: Interval, _ g: [Interval]
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
