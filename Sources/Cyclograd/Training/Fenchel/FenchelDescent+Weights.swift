extension FenchelDescent {
  /// Projected gradients of the mean divergence by all weights and biases but the readout's.
  mutating func updateWeights() throws {
    guard !equations.trained.isEmpty else { return }
    let count = Double(source.count)
    var length = 1.0
    for _ in 0..<options.sweeps {
      let (sum, gradient) = try weightGradient()
      let old = sum / count
      let current = parameters
      var isLower = false
      for _ in 0..<40 where !isLower {
        for p in equations.trained {
          parameters.values[p] = current.values[p] - length * gradient[p]
        }
        for projector in projectors { try projector.project(&parameters.values) }
        var (slope, square) = (0.0, 0.0)
        for p in equations.trained {
          let change = parameters.values[p] - current.values[p]
          slope += gradient[p] * change
          square += change * change
        }
        let new =
          try map { equations, values, block in
            block.measure(equations, values).divergence
          }.reduce(0, +) / count
        isLower = new <= old && new <= old + slope + square / (2 * length)
        if !isLower { length /= 2 }
      }
      guard isLower else {
        parameters = current
        return
      }
      length *= 1.5
    }
  }

  /// The sum of all divergences, and the gradient of their mean by parameters.
  private func weightGradient() throws -> (divergence: Double, gradient: [Double]) {
    // As many sums as parts, whatever the number of threads.
    let parts = min(blocks.count, 16)
    let results = OrderedResults<(Double, [Double])>(count: parts)
    let (blocks, equations, values) = (blocks, equations, parameters.values)
    try Parallel.forEach(parts, threads: simulator.options.threads) { _, part in
      var gradient = [Double](repeating: 0, count: values.count)
      var divergence = 0.0
      for number in stride(from: part, to: blocks.count, by: parts) {
        divergence += blocks[number].addGradient(equations, values, to: &gradient)
      }
      results.set(part, (divergence, gradient))
    }
    var (divergence, gradient) = (0.0, [Double](repeating: 0, count: values.count))
    for part in results.all {
      divergence += part.0
      for p in equations.trained { gradient[p] += part.1[p] / Double(source.count) }
    }
    return (divergence, gradient)
  }
}
