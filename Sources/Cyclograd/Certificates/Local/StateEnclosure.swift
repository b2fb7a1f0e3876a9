/// Intervals for everything that belongs to one sample: z, a and D, in condensation order.
///
/// ``slope`` holds what ``UnitEvaluation`` does: ∂a/∂z_s, and for softmax a_s.
struct StateEnclosure {
  let network: Network
  /// Per unit.
  var z: [Interval]
  /// Per unit.
  private(set) var slope: [Interval]
  /// Per neuron.
  private(set) var activation: [Interval]
  /// A unit whose activation may have a kink within its interval, per run; -1 where there is none.
  private(set) var kinks: [Int]

  init(_ network: Network) {
    self.network = network
    z = Array(repeating: .zero, count: network.unitCount)
    slope = z
    activation = Array(repeating: .zero, count: network.neuronCount)
    kinks = Array(repeating: -1, count: network.runs.count)
  }

  /// Encloses activations and slopes on the z of some runs.
  ///
  /// - Throws: ``NoCertificate`` where z comes near a pole or is not finite.
  mutating func activate(_ runs: Range<Int32>) throws(NoCertificate) {
    for index in runs.map(Int.init) {
      let run = network.runs[index]
      kinks[index] = -1
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      let evaluation = network.evaluations[Int(run.group)]
      if case .softmax = evaluation {
        try activateSoftmax(neurons)
        continue
      }
      if case .single(.identity) = evaluation {
        for k in neurons {
          let s = Int(network.unitStarts[k])
          guard z[s].isFinite else {
            _ = try enclose(.identity, s)
            continue
          }
          (activation[k], slope[s]) = (z[s], .one)
        }
        continue
      }
      for k in neurons {
        let units = Int(network.unitStarts[k])..<Int(network.unitStarts[k + 1])
        switch evaluation {
        case .single(let activation): try activateSingle(k, units.lowerBound, activation, index)
        case .product(let activations): try activateProduct(k, units, activations, index)
        case .max(let activations): try activateMaximum(k, units, activations, index)
        case .select(let activations): try activateSelection(k, units, activations, index)
        case .softmax: break
        }
      }
    }
  }

  /// Takes what activations can be at all for their enclosures, whatever z is.
  ///
  /// - Throws: ``NoCertificate`` where one is unbounded.
  mutating func takeRanges(_ runs: Range<Int32>) throws(NoCertificate) {
    for index in runs.map(Int.init) {
      let run = network.runs[index]
      let range = try network.layout.entries[Int(run.group)].group.range()
      for k in run.neurons { activation[Int(k)] = range }
    }
  }

  private func enclose(_ activation: Activation, _ s: Int) throws(NoCertificate)
    -> ActivationEnclosure
  {
    guard let found = activation.enclosure(on: z[s]), found.value.isFinite, found.slope.isFinite
    else {
      throw NoCertificate(
        reason:
          "\(activation.name) of \(network.name(atPosition: Int(network.neuronOfUnit[s]))) is not finite "
          + "near the state")
    }
    return found
  }

  private mutating func activateSingle(
    _ k: Int, _ s: Int, _ function: Activation, _ run: Int
  ) throws(NoCertificate) {
    let found = try enclose(function, s)
    activation[k] = found.value
    slope[s] = found.slope
    if !found.isSmooth { kinks[run] = s }
  }

  private mutating func activateProduct(
    _ k: Int, _ units: Range<Int>, _ functions: [Activation], _ run: Int
  ) throws(NoCertificate) {
    var factors: [Interval] = []
    var product = Interval.one
    for (function, s) in zip(functions, units) {
      let found = try enclose(function, s)
      // Slopes are completed below, when all values are known.
      slope[s] = found.slope * product
      product = product * found.value
      factors.append(found.value)
      if !found.isSmooth { kinks[run] = s }
    }
    activation[k] = product
    var after = Interval.one
    for (factor, s) in zip(factors, units).reversed() {
      slope[s] = slope[s] * after
      after = after * factor
    }
  }

  private mutating func activateMaximum(
    _ k: Int, _ units: Range<Int>, _ functions: [Activation], _ run: Int
  ) throws(NoCertificate) {
    var least = -Double.infinity
    var most = -Double.infinity
    var all: [ActivationEnclosure] = []
    for (function, s) in zip(functions, units) {
      let found = try enclose(function, s)
      all.append(found)
      least = max(least, found.value.lower)
      most = max(most, found.value.upper)
    }
    activation[k] = Interval(least, most)
    let isUnique = all.count { $0.value.upper >= least } == 1
    for (found, s) in zip(all, units) {
      guard found.value.upper >= least else {
        slope[s] = .zero
        continue
      }
      // Where several units may be the largest, each has a part of its slope.
      slope[s] = isUnique ? found.slope : .hull(.zero, found.slope)
      if !isUnique || !found.isSmooth { kinks[run] = s }
    }
  }

  private mutating func activateSelection(
    _ k: Int, _ units: Range<Int>, _ functions: [Activation], _ run: Int
  ) throws(NoCertificate) {
    var all: [ActivationEnclosure] = []
    for (function, s) in zip(functions, units) { all.append(try enclose(function, s)) }
    let keys = all.count / 2
    let least = all[..<keys].reduce(-Double.infinity) { max($0, $1.value.lower) }
    let winners = (0..<keys).filter { all[$0].value.upper >= least }
    guard winners.count == 1 else {
      throw NoCertificate(
        reason: "\(network.name(atPosition: k)) may jump near the state: two keys are equally large"
      )
    }
    let winner = keys + winners[0]
    for (unit, s) in units.enumerated() {
      slope[s] = unit == winner ? all[unit].slope : .zero
    }
    activation[k] = all[winner].value
    if !all[winner].isSmooth { kinks[run] = units.lowerBound + winner }
  }

  private mutating func activateSoftmax(_ neurons: Range<Int>) throws(NoCertificate) {
    let first = Int(network.unitStarts[neurons.lowerBound])
    let top = neurons.indices.map { z[first + $0 - neurons.lowerBound].upper }.max() ?? 0
    guard top.isFinite else { throw NoCertificate(reason: "a state of softmax is not finite") }
    let powers = neurons.map { Interval.exp(z[first + $0 - neurons.lowerBound] - Interval(top)) }
    for (i, k) in neurons.enumerated() {
      var rest = Interval.zero
      for (j, power) in powers.enumerated() where j != i { rest = rest + power }
      // Increasing in its own power and decreasing in the others.
      let least = Interval(powers[i].lower)
      let most = Interval(powers[i].upper)
      let low = least.upper == 0 ? .zero : least / (least + Interval(max(0, rest.upper)))
      let high = most / (most + Interval(max(0, rest.lower)))
      activation[k] = Interval(low.lower, high.upper).clipped(0, 1)
      slope[first + i] = activation[k]
    }
  }

  /// The first unit that may be at a kink, over some runs.
  func kink(in runs: Range<Int32>) -> Int? {
    runs.map { kinks[Int($0)] }.first { $0 >= 0 }
  }

  /// D v over some runs, for intervals v over all neurons: (D v)_s = Σₖ ∂aₖ/∂z_s vₖ.
  func multiplySlopes(
    _ runs: Range<Int32>, by v: (Int) -> Interval, into body: (_ unit: Int, Interval) -> Void
  ) {
    for index in runs {
      let run = network.runs[Int(index)]
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      let first = Int(network.unitStarts[neurons.lowerBound])
      if case .softmax = network.evaluations[Int(run.group)] {
        var mean = Interval.zero
        for k in neurons { mean = mean + slope[first + k - neurons.lowerBound] * v(k) }
        for k in neurons {
          let s = first + k - neurons.lowerBound
          body(s, slope[s] * (v(k) - mean))
        }
      } else {
        for s in first..<Int(network.unitStarts[neurons.upperBound]) {
          body(s, slope[s] * v(Int(network.neuronOfUnit[s])))
        }
      }
    }
  }

  /// For each neuron of a run an upper bound of Σ_s |∂aₖ/∂z_s| r_s.
  func reach(
    _ runs: Range<Int32>, of radius: (Int) -> Double, into body: (_ neuron: Int, Double) -> Void
  ) {
    for index in runs {
      let run = network.runs[Int(index)]
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      let first = Int(network.unitStarts[neurons.lowerBound])
      if case .softmax = network.evaluations[Int(run.group)] {
        let values = neurons.map { slope[first + $0 - neurons.lowerBound] }
        for (i, k) in neurons.enumerated() {
          var sum = Interval.zero
          for (j, value) in values.enumerated() {
            let entry = values[i] * (i == j ? .one - value : value)
            sum = sum + radius(first + j) * Interval(entry.magnitude)
          }
          body(k, sum.upper)
        }
      } else {
        for k in neurons {
          var sum = Interval.zero
          for s in Int(network.unitStarts[k])..<Int(network.unitStarts[k + 1]) {
            sum = sum + radius(s) * Interval(slope[s].magnitude)
          }
          body(k, sum.upper)
        }
      }
    }
  }
}

extension Group {
  /// Contains every activation that a neuron can have.
  ///
  /// - Throws: ``NoCertificate`` where it is unbounded. Keys need no bound: they are compared and not passed on.
  fileprivate func range() throws(NoCertificate) -> Interval {
    let values = combine == .select ? units.dropFirst(units.count / 2) : units[...]
    var result: Interval?
    for unit in values {
      guard let next = unit.activation.range else {
        throw NoCertificate(reason: "\(unit.activation.name) in group \(name) is unbounded")
      }
      guard let last = result else {
        result = next
        continue
      }
      result =
        switch combine {
        case .product: last * next
        case .max: Interval(max(last.lower, next.lower), max(last.upper, next.upper))
        case .select: Interval.hull(last, next)
        }
    }
    return result ?? .zero
  }
}
