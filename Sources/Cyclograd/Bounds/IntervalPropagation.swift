/// The box holds no equilibrium at all, for certain.
struct EmptyBox: Error {}

extension SampleBounds {
  /// Narrows the box by z = W a + b + x̂ in intervals, component after component; a cyclic component until that does
  /// not help any more.
  ///
  /// The box that results lies within the one before, and loses no equilibrium.
  ///
  /// - Parameter sweeps: how often a cyclic component is swept at most.
  /// - Throws: ``EmptyBox``, or ``NoCertificate`` where an activation is not finite on the box.
  mutating func propagate(sweeps: Int = 60) throws {
    // Where few inputs change, sums are taken one by one.
    let isPlain = inputs.changes == nil
    var spans = WeightProducts.Spans(isPlain ? network.neuronCount : 0)
    for stage in network.stages {
      let units = network.units(of: stage)
      let neurons = Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound)
      var drives = isPlain ? products.times(units, .before, spans) : []
      if isPlain {
        for s in units where biases[s] != 0 || inputOfUnit[s] >= 0 {
          let j = Int(inputOfUnit[s])
          let drive = j < 0 ? Interval(biases[s]) : inputs.interval(j) + Interval(biases[s])
          drives[s - units.lowerBound] = drives[s - units.lowerBound] + drive
        }
      } else {
        drives = units.map { upstream($0, below: neurons.lowerBound) }
      }
      for sweep in 0..<(stage.isCyclic ? sweeps : 1) {
        var sums = drives
        if stage.isCyclic {
          let inner = isPlain ? innerSums(units, neurons, &spans) : innerSums(units, neurons)
          for index in sums.indices { sums[index] = sums[index] + inner[index] }
        }
        var gain = 0.0
        for (s, sum) in zip(units, sums) { gain = max(gain, try narrow(s, to: sum)) }
        try box.activate(stage.runs)
        if gain < 1e-6 || sweep == sweeps - 1 { break }
      }
      if isPlain { products.take(box.activation, neurons, into: &spans) }
    }
  }

  private func innerSums(
    _ units: Range<Int>, _ neurons: Range<Int>, _ spans: inout WeightProducts.Spans
  ) -> [Interval] {
    products.take(box.activation, neurons, into: &spans)
    return products.times(units, .within, spans)
  }

  private func innerSums(_ units: Range<Int>, _ neurons: Range<Int>) -> [Interval] {
    units.map { s in
      network.inEdges(of: s).reduce(Interval.zero) { sum, e in
        let j = network.sourceNeuron(of: e, into: s)
        return j < neurons.lowerBound ? sum : sum + weights[e] * box.activation[j]
      }
    }
  }

  /// Takes the states of a stage from activations that are known to hold, its own included.
  mutating func enter(_ stage: Network.Stage) throws(NoCertificate) {
    let first = Int(stage.neurons.lowerBound)
    for s in network.units(of: stage) {
      var sum = upstream(s, below: first)
      for e in network.inEdges(of: s) {
        let j = network.sourceNeuron(of: e, into: s)
        if j >= first { sum = sum + weights[e] * box.activation[j] }
      }
      box.z[s] = sum
    }
    try box.activate(stage.runs)
  }

  /// Intersects the interval of a unit with another; by which share of its width it shrank.
  @discardableResult mutating func narrow(_ s: Int, to z: Interval) throws -> Double {
    let lower = max(box.z[s].lower, z.lower)
    let upper = min(box.z[s].upper, z.upper)
    guard lower <= upper else { throw EmptyBox() }
    let before = box.z[s].upper - box.z[s].lower
    box.z[s] = Interval(lower, upper)
    return before > 0 ? 1 - (upper - lower) / before : 0
  }

  /// b + x̂ and what comes from the neurons before `first`. Where few inputs change, those that feed a unit directly
  /// change it by the largest of their parts at most.
  func upstream(_ s: Int, below first: Int) -> Interval {
    var sum = Interval(biases[s])
    let j = Int(inputOfUnit[s])
    if j >= 0 { sum = sum + inputs.interval(j) }
    var up: [Double] = []
    var down: [Double] = []
    for e in network.inEdges(of: s) {
      let k = network.sourceNeuron(of: e, into: s)
      guard k < first else { break }
      let unit = Int(network.unitStarts[k])
      let input = Int(inputOfUnit[unit])
      if inputs.changes != nil, input >= 0, network.passesInputOn(k) {
        sum = sum + weights[e] * (Interval(inputs.center[input]) + Interval(biases[unit]))
        up.append(inputs.support(Interval(weights[e]), input))
        down.append(inputs.support(Interval(-weights[e]), input))
      } else {
        sum = sum + weights[e] * box.activation[k]
      }
    }
    if inputs.changes != nil, !up.isEmpty {
      sum = sum + Interval(-inputs.total(down), inputs.total(up))
    }
    return sum
  }
}
