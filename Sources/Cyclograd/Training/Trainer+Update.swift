import SparseAlgebra
import Synchronization

extension Trainer {
  /// Updates the parameters, or leaves them if they blow up; returns the gradient's norm.
  mutating func update(_ gradient: [Double], _ rate: Double) throws -> Double {
    let norm = self.norm(of: gradient)
    guard norm.isFinite else {
      throw blowUp(fastestGrowing, "the gradient's norm overflows")
    }
    var scale = 1.0
    if let limit = options.normLimit, norm > limit { scale = limit / norm }
    let rule = OptimizerUpdate(
      optimizer: options.optimizer, count: state.optimizer.updates + 1, scale: scale,
      limit: options.valueLimit, parameterLimit: options.parameterLimit)
    var new = state.parameters.values
    let exceeding = try apply(rule, gradient, rate, to: &new)
    if let index = exceeding.firstIndex(where: { $0 > 0 }) {
      let size = new[segments[index].range].map { abs($0) }.first {
        !($0 <= options.parameterLimit)
      }
      throw blowUp(
        segments[index].group,
        "a parameter of magnitude \(size ?? .nan) with the learning rate \(rate)")
    }
    for regulariser in regularisers { regulariser.proximalStep(&new, rate: rate) }
    for projector in projectors { try projector.project(&new) }
    state.optimizer.updates += 1
    state.parameters.values = new
    if let limit = options.averageDecay {
      let t = Double(state.optimizer.updates)
      let decay = min(limit, (1 + t) / (10 + t))
      for index in new.indices {
        state.average[index] += (1 - decay) * (new[index] - state.average[index])
      }
    }
    return norm
  }

  /// Runs the fused loop over all segments; returns how many parameters of each exceed the limit.
  private mutating func apply(
    _ rule: OptimizerUpdate, _ gradient: [Double], _ rate: Double, to new: inout [Double]
  ) throws -> [Int] {
    let count = new.count
    let old = state.parameters.values
    let exceeding = Mutex([Int](repeating: 0, count: segments.count))
    let threads = count < 1 << 16 ? 1 : simulator.options.threads
    let (segments, groups) = (segments, groups)
    try withPointer(&state.optimizer.memory) { memory in
      try withPointer(&new) { result in
        try old.withUnsafeBufferPointer { old in
          try gradient.withUnsafeBufferPointer { gradient in
            let task = UpdateTask(
              vectors: OptimizerUpdate.Vectors(
                count: count, parameters: old.baseAddress!, gradient: gradient.baseAddress!,
                memory: memory, result: result))
            try Parallel.forEach(segments.count, threads: threads) { _, index in
              let segment = segments[index]
              let group = groups[segment.group]
              let found = rule.apply(
                to: segment.range, rate: rate * group.rateFactor, decay: segment.decay,
                task.vectors)
              if found > 0 { exceeding.withLock { $0[index] = found } }
            }
          }
        }
      }
    }
    return exceeding.withLock { $0 }
  }

  private struct UpdateTask: @unchecked Sendable {
    var vectors: OptimizerUpdate.Vectors
  }

  func norm(of gradient: [Double]) -> Double {
    let limit = options.valueLimit ?? .infinity
    let sum = gradient.withUnsafeBufferPointer { gradient in
      segments.reduce(0.0) {
        $0
          + UpdateKernels.sumOfSquares(
            $1.range.count, gradient.baseAddress! + $1.range.lowerBound, cut: limit)
      }
    }
    return sum.squareRoot()
  }
}

/// The address of an array's elements; valid and not nil even for an empty one.
private func withPointer<Result>(
  _ array: inout [Double], _ body: (UnsafeMutablePointer<Double>) throws -> Result
) throws -> Result {
  if array.isEmpty {
    var nothing = 0.0
    return try withUnsafeMutablePointer(to: &nothing, body)
  }
  return try array.withUnsafeMutableBufferPointer { try body($0.baseAddress!) }
}
