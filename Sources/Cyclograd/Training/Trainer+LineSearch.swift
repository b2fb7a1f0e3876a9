import SparseAlgebra

extension Trainer {
  /// The fraction of the predicted decrease that a step must have (Armijo).
  private static let sufficientDecrease = 1e-4
  private static let mostHalvings = 40

  /// One step of L-BFGS; where no length lowers the loss, the pairs are forgotten and the
  /// parameters stay. Returns the gradient's norm.
  mutating func searchLine(
    _ solved: Solved, _ known: Slope, _ objective: Objective, _ limit: Int, _ rate: Double
  ) throws -> Double {
    let count = simulator.network.parameterCount
    let point = state.parameters.values
    let slope = decayed(known.gradient)
    var memory = QuasiNewtonMemory(
      state.optimizer.memory, limit: limit, count: count, hasLast: state.optimizer.updates > 0)
    memory.add(point, slope)
    var direction = memory.direction(slope)
    var predicted = dot(slope, direction)
    if !(predicted < 0) {
      memory.reset()
      direction = slope.map { -$0 }
      predicted = dot(slope, direction)
    }
    let norm = self.norm(of: known.gradient)
    guard norm.isFinite, predicted.isFinite else {
      throw blowUp(fastestGrowing, "the gradient's norm overflows")
    }
    let used = objective.selecting(solved.rows)
    let value = known.loss + penalty(point)
    // The first direction is a gradient, whose length says nothing.
    var length = memory.steps.isEmpty ? rate * min(1, 1 / max(norm, .leastNormalMagnitude)) : rate
    var accepted: [Double]?
    for _ in 0..<Self.mostHalvings where predicted < 0 {
      let trial = point.indices.map { point[$0] + length * direction[$0] }
      if let loss = try loss(trial, solved, used),
        loss + penalty(trial) <= value + Self.sufficientDecrease * length * predicted
      {
        accepted = trial
        break
      }
      length /= 2
    }
    if accepted == nil { memory.reset() }
    state.optimizer.memory = memory.memory(count: count)
    state.optimizer.updates += 1
    if let accepted { state.parameters.values = accepted }
    return norm
  }

  /// The gradient with that of the weight decay; 0 for what is not trained.
  func decayed(_ gradient: [Double]) -> [Double] {
    var slope = [Double](repeating: 0, count: gradient.count)
    for segment in segments {
      for index in segment.range {
        slope[index] = gradient[index] + segment.decay * state.parameters.values[index]
      }
    }
    return slope
  }

  /// The mean loss of the usable samples with other parameters; `nil` where one of them has no
  /// equilibrium, or a parameter is too large.
  func loss(_ values: [Double], _ solved: Solved, _ objective: Objective) throws -> Double? {
    guard let equilibrium = solved.equilibrium,
      values.allSatisfy({ abs($0) <= options.parameterLimit })
    else { return nil }
    // Where the next step will start from, so that with several equilibria it finds the same ones.
    let trial = try simulator.equilibrium(
      Parameters(values), inputs: equilibrium.inputs,
      start: options.warmStart == .none ? nil : equilibrium.states)
    guard trial.isConverged else { return nil }
    let value = objective.total(objective.values(trial, rows: Array(0..<trial.sampleCount)))
    return value.isFinite ? value : nil
  }

  /// Σ λ/2 ‖w‖² over the groups.
  func penalty(_ values: [Double]) -> Double {
    var sum = 0.0
    for segment in segments where segment.decay > 0 {
      for index in segment.range { sum += 0.5 * segment.decay * values[index] * values[index] }
    }
    return sum
  }
}
