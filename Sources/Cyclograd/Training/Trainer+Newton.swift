import SparseAlgebra

extension Trainer {
  /// Of the predicted decrease, the part that a step must have.
  private static let leastRatio = 1e-4
  private static let mostTrials = 20
  /// Beyond it, a step is too short to change anything.
  private static let largestDamping = 1e16

  /// One step of Newton's method, damped until it lowers the loss; where none does, the parameters stay. Returns the
  /// gradient's norm.
  mutating func stepOfNewton(
    _ solved: Solved, _ known: Slope, _ objective: Objective, _ rate: Double,
    iterations: Int, damping first: Double
  ) throws -> Double {
    guard let equilibrium = solved.equilibrium,
      let (loss, targets) = objective.selecting(solved.rows).meanLoss
    else { return .nan }
    let slope = decayed(known.gradient)
    let norm = self.norm(of: known.gradient)
    guard norm.isFinite else { throw blowUp(fastestGrowing, "the gradient's norm overflows") }
    // What is multiplied to grow must not be 0.
    let kept = state.optimizer.updates > 0 ? state.optimizer.memory.first ?? 0 : 0
    var damping = kept > 0 ? kept : first
    let point = state.parameters.values
    let value = known.loss + penalty(point)
    let used = objective.selecting(solved.rows)
    let size = dot(slope, slope).squareRoot()
    // Directions of small curvature come last, and they decide how fast the loss falls near a minimum.
    let method = ConjugateGradients(tolerance: min(1e-3, size), limit: iterations)
    var accepted: [Double]?
    for _ in 0..<Self.mostTrials where size > 0 && damping < Self.largestDamping {
      let found = try method.solve(slope) { direction in
        try curved(direction, loss, targets, equilibrium, damping)
      }
      // The model without the damping, which only limits the step.
      let length = dot(found.step, found.step)
      let promised =
        -rate * dot(slope, found.step)
        - 0.5 * rate * rate
        * (dot(found.step, found.image) - damping * length)
      let trial = point.indices.map { point[$0] + rate * found.step[$0] }
      let reached = try self.loss(trial, solved, used).map { $0 + penalty(trial) }
      let ratio = reached.map { (value - $0) / promised } ?? -.infinity
      if promised > 0, ratio >= Self.leastRatio {
        accepted = trial
        if ratio > 0.75, !found.isIndefinite { damping = max(damping / 3, 1e-15) }
        if ratio < 0.25 { damping *= 2 }
        break
      }
      damping *= 4
    }
    state.optimizer.memory = [Double](repeating: damping, count: point.count)
    state.optimizer.updates += 1
    if let accepted { state.parameters.values = accepted }
    return norm
  }

  /// (B + decay + μ I) times a direction of the trained parameters.
  private func curved(
    _ direction: [Double], _ loss: any Loss, _ targets: Matrix, _ equilibrium: Equilibrium,
    _ damping: Double
  ) throws -> [Double] {
    let product =
      if let curvature {
        try curvature.hessianProduct(
          of: loss, prepared: targets, along: direction, at: equilibrium
        ).parameters
      } else {
        try equilibrium.gaussNewtonProduct(
          of: loss, prepared: targets, along: direction, threads: simulator.options.threads)
      }
    var result = [Double](repeating: 0, count: direction.count)
    for segment in segments {
      let shift = damping + segment.decay
      for index in segment.range { result[index] = product[index] + shift * direction[index] }
    }
    return result
  }
}
