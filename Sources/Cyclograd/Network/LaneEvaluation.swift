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
      withUnsafeTemporaryAllocation(of: Double.self, capacity: (activations.count + 1) * lanes) {
        for i in 0..<count {
          Self.evaluateProduct(
            activations, lanes, z + i * activations.count * lanes, a + i * lanes,
            slope + i * activations.count * lanes, $0.baseAddress!)
        }
      }
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

  /// One product neuron; `room` holds the units' values and a running product.
  private static func evaluateProduct(
    _ activations: [Activation], _ lanes: Int, _ z: UnsafePointer<Double>,
    _ a: UnsafeMutablePointer<Double>, _ slope: UnsafeMutablePointer<Double>,
    _ room: UnsafeMutablePointer<Double>
  ) {
    // Products before and after each unit, so that no division by a zero factor is needed.
    let running = room + activations.count * lanes
    for b in 0..<lanes { running[b] = 1 }
    for (unit, activation) in activations.enumerated() {
      let value = room + unit * lanes
      let derivative = slope + unit * lanes
      activation.evaluate(lanes, z: z + unit * lanes, value: value, slope: derivative)
      for b in 0..<lanes {
        derivative[b] *= running[b]
        running[b] *= value[b]
      }
    }
    for b in 0..<lanes {
      a[b] = running[b]
      running[b] = 1
    }
    for unit in stride(from: activations.count - 1, through: 0, by: -1) {
      for b in 0..<lanes {
        slope[unit * lanes + b] *= running[b]
        running[b] *= room[unit * lanes + b]
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
