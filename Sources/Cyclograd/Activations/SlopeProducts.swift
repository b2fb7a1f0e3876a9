// D is the derivative of activations with respect to pre-activations, transposed: a row a unit, a column a
// neuron, D_sk = ∂aₖ/∂z_s. It is given by the slopes of `UnitEvaluation`.

extension UnitEvaluation {
  /// d = D λ for `count` neurons: d_s = Σₖ ∂aₖ/∂z_s λₖ.
  func multiply(
    _ count: Int, lanes: Int, slope: UnsafePointer<Double>, by lambda: UnsafePointer<Double>,
    into d: UnsafeMutablePointer<Double>
  ) {
    switch self {
    case .single:
      for i in 0..<count * lanes { d[i] = slope[i] * lambda[i] }
    case .softmax:
      for b in 0..<lanes {
        let (slope, lambda, d) = (slope + b, lambda + b, d + b)
        // λ counts from where a is largest, so that a saturated group's d does not cancel.
        let origin = lambda[Self.largest(count, lanes, slope) * lanes]
        var mean = 0.0
        for i in 0..<count { mean += slope[i * lanes] * (lambda[i * lanes] - origin) }
        for i in 0..<count {
          d[i * lanes] = slope[i * lanes] * ((lambda[i * lanes] - origin) - mean)
        }
      }
    case .product(let activations), .max(let activations), .select(let activations):
      let units = activations.count
      for k in 0..<count {
        let factor = lambda + k * lanes
        for s in k * units..<(k + 1) * units {
          for b in 0..<lanes { d[s * lanes + b] = slope[s * lanes + b] * factor[b] }
        }
      }
    }
  }

  /// δa = Dᵀ δz for `count` neurons: δaₖ = Σ_s ∂aₖ/∂z_s δz_s.
  func multiplyTransposed(
    _ count: Int, lanes: Int, slope: UnsafePointer<Double>, by change: UnsafePointer<Double>,
    into activation: UnsafeMutablePointer<Double>
  ) {
    switch self {
    case .single:
      for i in 0..<count * lanes { activation[i] = slope[i] * change[i] }
    case .softmax:
      for b in 0..<lanes {
        let (slope, change, activation) = (slope + b, change + b, activation + b)
        var mean = 0.0
        for i in 0..<count { mean += slope[i * lanes] * change[i * lanes] }
        for i in 0..<count {
          activation[i * lanes] = slope[i * lanes] * (change[i * lanes] - mean)
        }
      }
    case .product(let activations), .max(let activations), .select(let activations):
      let units = activations.count
      for k in 0..<count {
        let sum = activation + k * lanes
        sum.update(repeating: 0, count: lanes)
        for s in k * units..<(k + 1) * units {
          for b in 0..<lanes { sum[b] += slope[s * lanes + b] * change[s * lanes + b] }
        }
      }
    }
  }

  /// largest = max(largest, max_s Σₖ |∂aₖ/∂z_s| |λₖ|) over `count` neurons whose D λ has terms that may cancel, for
  /// each lane: those of softmax.
  func extendCancelling(
    _ largest: UnsafeMutablePointer<Double>, _ count: Int, lanes: Int,
    slope: UnsafePointer<Double>, by lambda: UnsafePointer<Double>
  ) {
    guard isSoftmax else { return }
    for b in 0..<lanes {
      let (slope, lambda) = (slope + b, lambda + b)
      var mean = 0.0
      for i in 0..<count { mean += slope[i * lanes] * abs(lambda[i * lanes]) }
      for i in 0..<count {
        largest[b] = Swift.max(largest[b], slope[i * lanes] * (abs(lambda[i * lanes]) + mean))
      }
    }
  }

  private static func largest(
    _ count: Int, _ lanes: Int, _ activations: UnsafePointer<Double>
  ) -> Int {
    var best = 0
    for i in 0..<count where activations[i * lanes] > activations[best * lanes] { best = i }
    return best
  }
}

/// All vectors are over the whole network, in condensation order and with several samples side by side as lanes.
extension Network {
  /// d = D λ for the runs of a range.
  func multiplySlopes(
    _ runs: Range<Int32>, slope: UnsafePointer<Double>, by lambda: UnsafePointer<Double>,
    into d: UnsafeMutablePointer<Double>, lanes: Int = 1
  ) {
    forEachRun(runs) { evaluation, neurons, unit in
      evaluation.multiply(
        neurons.count, lanes: lanes, slope: slope + unit * lanes,
        by: lambda + neurons.lowerBound * lanes, into: d + unit * lanes)
    }
  }

  /// δa = Dᵀ δz for the runs of a range: how activations change when pre-activations do.
  func multiplyTransposedSlopes(
    _ runs: Range<Int32>, slope: UnsafePointer<Double>, by change: UnsafePointer<Double>,
    into activation: UnsafeMutablePointer<Double>, lanes: Int = 1
  ) {
    forEachRun(runs) { evaluation, neurons, unit in
      evaluation.multiplyTransposed(
        neurons.count, lanes: lanes, slope: slope + unit * lanes, by: change + unit * lanes,
        into: activation + neurons.lowerBound * lanes)
    }
  }

  /// max_s Σₖ |∂aₖ/∂z_s| |λₖ| for each lane over the softmax groups of some runs: what rounding errors in D λ are
  /// relative to where its terms cancel. Elsewhere they are relative to ‖D λ‖∞.
  func setLargestCancelling(
    _ runs: Range<Int32>, slope: UnsafePointer<Double>, by lambda: UnsafePointer<Double>,
    into largest: UnsafeMutablePointer<Double>, lanes: Int
  ) {
    largest.update(repeating: 0, count: lanes)
    forEachRun(runs) { evaluation, neurons, unit in
      evaluation.extendCancelling(
        largest, neurons.count, lanes: lanes, slope: slope + unit * lanes,
        by: lambda + neurons.lowerBound * lanes)
    }
  }
}
