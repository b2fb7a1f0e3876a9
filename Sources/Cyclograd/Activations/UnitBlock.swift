/// Some neurons of several units, with their units of one kind laid side by side, so that an activation is
/// evaluated for many numbers at once.
///
/// Vectors of a unit number hold an element for each neuron and lane, as activations do.
struct UnitBlock {
  /// The first neuron, counted from where the evaluation begins.
  let firstNeuron: Int
  let neurons: Int
  let lanes: Int
  let units: Int
  /// ``most`` values of each unit number, as many slopes, and a vector of that length for intermediate results.
  fileprivate let buffer: UnsafeMutablePointer<Double>
  fileprivate let most: Int

  private var count: Int { neurons * lanes }

  /// The values of the activations of one unit number.
  func values(_ unit: Int) -> UnsafeMutablePointer<Double> { buffer + unit * most }

  /// Their slopes.
  func slopes(_ unit: Int) -> UnsafeMutablePointer<Double> { buffer + (units + unit) * most }

  fileprivate var running: UnsafeMutablePointer<Double> { buffer + 2 * units * most }

  /// The place of a unit's first lane in a vector over the units of the evaluation.
  func place(_ neuron: Int, _ unit: Int) -> Int {
    ((firstNeuron + neuron) * units + unit) * lanes
  }

  /// Multiplies the units of each neuron. No division by a factor, which may be zero, is needed: slopes are
  /// multiplied by the products before and after their unit.
  func multiply(
    into a: UnsafeMutablePointer<Double>, slope: UnsafeMutablePointer<Double>
  ) {
    running.update(repeating: 1, count: count)
    for unit in 0..<units { accumulate(unit) }
    a.update(from: running, count: count)
    running.update(repeating: 1, count: count)
    for unit in (0..<units).reversed() {
      accumulate(unit)
      storeSlopes(unit, into: slope)
    }
  }

  private func accumulate(_ unit: Int) {
    let (value, derivative, running) = (values(unit), slopes(unit), running)
    for i in 0..<count {
      derivative[i] *= running[i]
      running[i] *= value[i]
    }
  }

  /// Chooses the first of each neuron's units with the largest value, or the last that is NaN. The others'
  /// slopes are 0.
  func choose(
    into a: UnsafeMutablePointer<Double>, slope: UnsafeMutablePointer<Double>
  ) {
    chooseLargest(of: units, into: a)
    storeSlopes(into: slope)
  }

  /// Chooses, by the first half of each neuron's units as ``choose(into:slope:)`` does, one of the second half. Only
  /// its slope is not 0.
  func select(
    into a: UnsafeMutablePointer<Double>, slope: UnsafeMutablePointer<Double>
  ) {
    let keys = units / 2
    // The slopes of keys serve as marks of the largest.
    for unit in 0..<keys { slopes(unit).update(repeating: 1, count: count) }
    chooseLargest(of: keys, into: a)
    for unit in 0..<keys {
      let (mark, value, derivative) = (slopes(unit), values(keys + unit), slopes(keys + unit))
      for i in 0..<count {
        if mark[i] == 0 {
          derivative[i] = 0
        } else if !a[i].isNaN {
          // A key that is not a number leaves nothing to select.
          a[i] = value[i]
        }
      }
      mark.update(repeating: 0, count: count)
    }
    storeSlopes(into: slope)
  }

  /// The first of the first units with the largest value, or the last that is NaN; slopes of the others become 0.
  private func chooseLargest(of units: Int, into a: UnsafeMutablePointer<Double>) {
    a.update(from: values(0), count: count)
    for unit in 1..<units {
      let (value, derivative) = (values(unit), slopes(unit))
      for i in 0..<count {
        if value[i] > a[i] || value[i].isNaN {
          a[i] = value[i]
          for earlier in 0..<unit { slopes(earlier)[i] = 0 }
        } else {
          derivative[i] = 0
        }
      }
    }
  }

  private func storeSlopes(into slope: UnsafeMutablePointer<Double>) {
    for unit in 0..<units { storeSlopes(unit, into: slope) }
  }

  private func storeSlopes(_ unit: Int, into slope: UnsafeMutablePointer<Double>) {
    // Single numbers, for one lane or a few: a call for each would take longer than they do.
    let derivative = slopes(unit)
    for i in 0..<neurons {
      let place = place(i, unit)
      for b in 0..<lanes { slope[place + b] = derivative[i * lanes + b] }
    }
  }
}

extension UnitEvaluation {
  /// How many neurons' units of one kind are evaluated together.
  private static let together = 16

  /// Evaluates the activations of `count` neurons with a unit for each of `activations`, some neurons at a
  /// time, and calls `body` with these.
  static func forEachBlock(
    _ activations: [Activation], _ count: Int, _ lanes: Int, _ z: UnsafePointer<Double>,
    _ body: (UnitBlock) -> Void
  ) {
    let units = activations.count
    let most = Swift.min(count, together) * lanes
    withUnsafeTemporaryAllocation(of: Double.self, capacity: (2 * units + 1) * most) { buffer in
      guard let buffer = buffer.baseAddress else { return }
      for first in stride(from: 0, to: count, by: together) {
        let block = UnitBlock(
          firstNeuron: first, neurons: Swift.min(together, count - first), lanes: lanes,
          units: units, buffer: buffer, most: most)
        for (unit, activation) in activations.enumerated() {
          let gathered = block.running
          for i in 0..<block.neurons {
            let place = block.place(i, unit)
            for b in 0..<lanes { gathered[i * lanes + b] = z[place + b] }
          }
          activation.evaluate(
            block.neurons * lanes, z: gathered, value: block.values(unit),
            slope: block.slopes(unit))
        }
        body(block)
      }
    }
  }
}
