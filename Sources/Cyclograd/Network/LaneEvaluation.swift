extension UnitEvaluation {
  /// Evaluates `count` neurons of several samples that lie side by side as lanes: element i of lane b
  /// is at i · lanes + b.
  ///
  /// - Parameter isValueOnly: whether slopes are not asked for; they may be computed all the same.
  func evaluate(
    _ count: Int, lanes: Int, isValueOnly: Bool, z: UnsafePointer<Double>,
    activation a: UnsafeMutablePointer<Double>, slope: UnsafeMutablePointer<Double>
  ) {
    if case .single(let activation) = self {
      return activation.evaluate(
        count * lanes, z: z, value: a, slope: isValueOnly ? nil : slope)
    }
    if lanes == 1 { return evaluate(count, z: z, activation: a, slope: slope) }
    switch self {
    case .single: break
    case .softmax: Self.evaluateSoftmax(count, lanes, z, a, slope)
    case .product(let activations):
      Self.evaluateProducts(activations, count, lanes, z, a, slope)
    case .max(let activations):
      withUnsafeTemporaryAllocation(of: Double.self, capacity: lanes) {
        for i in 0..<count {
          Self.evaluateMaximum(
            activations, lanes, z + i * activations.count * lanes, a + i * lanes,
            slope + i * activations.count * lanes, $0.baseAddress!)
        }
      }
    }
  }

  private static func evaluateSoftmax(
    _ count: Int, _ lanes: Int, _ z: UnsafePointer<Double>, _ a: UnsafeMutablePointer<Double>,
    _ slope: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * count) { room in
      let column = room.baseAddress!
      for b in 0..<lanes {
        for i in 0..<count { column[i] = z[i * lanes + b] }
        UnitEvaluation.softmax.evaluate(
          count, z: column, activation: column + count, slope: column + 2 * count)
        for i in 0..<count {
          a[i * lanes + b] = column[count + i]
          slope[i * lanes + b] = column[2 * count + i]
        }
      }
    }
  }

  /// How many neurons' units of one kind are evaluated together.
  private static let together = 16

  /// Product neurons, some at a time: the units of one kind are laid side by side, so that their
  /// activation is evaluated for many at once.
  private static func evaluateProducts(
    _ activations: [Activation], _ count: Int, _ lanes: Int, _ z: UnsafePointer<Double>,
    _ a: UnsafeMutablePointer<Double>, _ slope: UnsafeMutablePointer<Double>
  ) {
    let units = activations.count
    let most = min(count, together) * lanes
    withUnsafeTemporaryAllocation(of: Double.self, capacity: (2 * units + 2) * most) { room in
      let values = room.baseAddress!
      let derivatives = values + units * most
      let gathered = derivatives + units * most
      let running = gathered + most
      for first in stride(from: 0, to: count, by: together) {
        let size = min(together, count - first)
        for (unit, activation) in activations.enumerated() {
          for i in 0..<size {
            (gathered + i * lanes).update(
              from: z + ((first + i) * units + unit) * lanes, count: lanes)
          }
          activation.evaluate(
            size * lanes, z: gathered, value: values + unit * most,
            slope: derivatives + unit * most)
        }
        // Products before and after each unit, so that no division by a zero factor is needed.
        running.update(repeating: 1, count: size * lanes)
        for unit in 0..<units {
          let (value, derivative) = (values + unit * most, derivatives + unit * most)
          for i in 0..<size * lanes {
            derivative[i] *= running[i]
            running[i] *= value[i]
          }
        }
        (a + first * lanes).update(from: running, count: size * lanes)
        running.update(repeating: 1, count: size * lanes)
        for unit in stride(from: units - 1, through: 0, by: -1) {
          let (value, derivative) = (values + unit * most, derivatives + unit * most)
          for i in 0..<size * lanes {
            derivative[i] *= running[i]
            running[i] *= value[i]
          }
          for i in 0..<size {
            (slope + ((first + i) * units + unit) * lanes).update(
              from: derivative + i * lanes, count: lanes)
          }
        }
      }
    }
  }

  /// One max neuron: the first unit of those with the largest value, or the last that is NaN.
  private static func evaluateMaximum(
    _ activations: [Activation], _ lanes: Int, _ z: UnsafePointer<Double>,
    _ a: UnsafeMutablePointer<Double>, _ slope: UnsafeMutablePointer<Double>,
    _ value: UnsafeMutablePointer<Double>
  ) {
    for (unit, activation) in activations.enumerated() {
      activation.evaluate(lanes, z: z + unit * lanes, value: value, slope: slope + unit * lanes)
      for b in 0..<lanes {
        if unit == 0 {
          a[b] = value[b]
        } else if value[b] > a[b] || value[b].isNaN {
          a[b] = value[b]
          for earlier in 0..<unit { slope[earlier * lanes + b] = 0 }
        } else {
          slope[unit * lanes + b] = 0
        }
      }
    }
  }
}
