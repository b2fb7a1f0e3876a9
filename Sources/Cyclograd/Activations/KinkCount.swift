extension UnitEvaluation {
  /// Whether a neuron may have no derivative for some pre-activations.
  var mayHaveKinks: Bool {
    switch self {
    case .single(let activation): !activation.kinks.isEmpty
    case .softmax: false
    case .product(let activations): activations.contains { !$0.kinks.isEmpty }
    case .max, .select: true
    }
  }

  /// Adds to `counts`, for each lane, the number of neurons among `count` without a derivative at z.
  ///
  /// A product has one where a factor stands on a kink and the others' product is 0, and the largest of several
  /// units has one where one of those that are equally large is flat and none of them rises.
  func countKinks(
    _ count: Int, lanes: Int, z: UnsafePointer<Double>, into counts: UnsafeMutablePointer<Int>
  ) {
    switch self {
    case .softmax: break
    case .single(let activation):
      for kink in activation.kinks {
        for i in 0..<count {
          for b in 0..<lanes { counts[b] += z[i * lanes + b] == kink ? 1 : 0 }
        }
      }
    case .product(let activations):
      let kinks = activations.map(\.kinks)
      guard kinks.contains(where: { !$0.isEmpty }) else { return }
      for i in 0..<count {
        for b in 0..<lanes {
          func place(_ unit: Int) -> Int { (i * activations.count + unit) * lanes + b }
          let hasKink = activations.indices.contains { unit in
            guard kinks[unit].contains(z[place(unit)]) else { return false }
            return activations.indices.allSatisfy {
              $0 == unit || activations[$0].evaluate(z[place($0)]).value != 0
            }
          }
          if hasKink { counts[b] += 1 }
        }
      }
    case .max(let activations):
      Self.countTies(activations, count, lanes, z, counts)
    case .select(let activations):
      Self.countJumps(activations, count, lanes, z, counts)
    }
  }

  /// Neurons with several largest keys and different values for them, or with a value on a kink.
  private static func countJumps(
    _ activations: [Activation], _ count: Int, _ lanes: Int, _ z: UnsafePointer<Double>,
    _ counts: UnsafeMutablePointer<Int>
  ) {
    let keys = activations.count / 2
    for i in 0..<count {
      for b in 0..<lanes {
        func state(_ unit: Int) -> Double { z[(i * activations.count + unit) * lanes + b] }
        let values = (0..<keys).map { activations[$0].evaluate(state($0)).value }
        let largest = values.max() ?? 0
        let winners = (0..<keys).filter { values[$0] == largest }.map { keys + $0 }
        let selected = Set(winners.map { activations[$0].evaluate(state($0)).value })
        let hasKink = winners.contains { activations[$0].kinks.contains(state($0)) }
        if selected.count > 1 || hasKink { counts[b] += 1 }
      }
    }
  }

  private static func countTies(
    _ activations: [Activation], _ count: Int, _ lanes: Int, _ z: UnsafePointer<Double>,
    _ counts: UnsafeMutablePointer<Int>
  ) {
    let units = activations.count
    let kinks = activations.map(\.kinks)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * units * lanes) { buffer in
      guard let values = buffer.baseAddress else { return }
      let slopes = values + units * lanes
      for i in 0..<count {
        let z = z + i * units * lanes
        for (unit, activation) in activations.enumerated() {
          activation.evaluate(
            lanes, z: z + unit * lanes, value: values + unit * lanes, slope: slopes + unit * lanes)
        }
        for b in 0..<lanes {
          var largest = -Double.infinity
          var winners = 0
          var (rises, isFlat, hasKink) = (false, false, false)
          for unit in 0..<units where values[unit * lanes + b] >= largest {
            let value = values[unit * lanes + b]
            if value > largest { (winners, rises, isFlat, hasKink) = (0, false, false, false) }
            largest = value
            winners += 1
            let z = z[unit * lanes + b]
            var (below, above) = (slopes[unit * lanes + b], slopes[unit * lanes + b])
            if kinks[unit].contains(z) {
              hasKink = true
              below = activations[unit].evaluate(z.nextDown).slope
              above = activations[unit].evaluate(z.nextUp).slope
            }
            rises = rises || above > 0 || below < 0
            isFlat = isFlat || (above == 0 && below == 0)
          }
          if winners > 1 ? rises || !isFlat : hasKink { counts[b] += 1 }
        }
      }
    }
  }
}

extension Network {
  /// For each sample the number of neurons that have no derivative: they stand exactly on a kink of their
  /// activation, or several of their units are the largest.
  ///
  /// - Complexity: O(units · samples), and O(runs) where no activation has a kink.
  /// - Parameter z: over the whole network, with the samples as lanes.
  func kinkCounts(_ z: UnsafePointer<Double>, samples: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: samples)
    guard evaluations.contains(where: \.mayHaveKinks) else { return counts }
    counts.withUnsafeMutableBufferPointer { counts in
      guard let counts = counts.baseAddress else { return }
      forEachRun(0..<Int32(runs.count)) { evaluation, neurons, unit in
        evaluation.countKinks(
          neurons.count, lanes: samples, z: z + unit * samples, into: counts)
      }
    }
    return counts
  }
}

extension Equilibrium {
  /// For each sample the number of neurons whose activation has no derivative at the state: they stand exactly
  /// on one of its ``Activation/kinks``, or several of their units are the largest. ``KinkPolicy`` says what
  /// becomes of derivatives there.
  ///
  /// - Complexity: O(units · samples) for each call.
  public var kinkCounts: [Int] {
    z.withUnsafeBufferPointer { z in
      guard let z = z.baseAddress else { return Array(repeating: 0, count: sampleCount) }
      return network.kinkCounts(z, samples: sampleCount)
    }
  }
}
