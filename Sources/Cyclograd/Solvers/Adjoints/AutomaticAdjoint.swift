/// Chooses between the Neumann series and a factorization by what they are predicted to cost.
public struct AutomaticAdjoint: AdjointSolver {
  /// The name on the command line and in reports.
  public var name: String { "automatic" }

  /// The cheap start.
  public var beginsWithSweeps: Bool { true }

  /// Factorizations or blocks where they pay.
  public var acceleratesSweeps: Bool { true }

  /// It ends with one.
  public var mayFactor: Bool { true }

  private static let shortRun = 12.0
  /// Up to this size a factorization costs no more than a few sweeps.
  private static let factoredSize = 32

  /// Creates the solver.
  public init() {}

  /// Solves for the workspace's d.
  public func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    if workspace.neuronCount <= Self.factoredSize {
      let outcome = try DirectAdjoint().solve(workspace, options)
      if outcome.status == .converged || outcome.status == .singular { return outcome }
    }
    let limit = options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations
    let progress = NeumannSeries.run(workspace, options.tolerance, limit: limit) { progress in
      let remaining = progress.remaining(to: options.tolerance)
      guard progress.isPredictable, remaining > Self.shortRun else { return false }
      if !progress.isAccelerated && workspace.unitCount > 512 { return false }
      guard CostModel.paysToAnalyse(workspace.component, insteadOf: remaining),
        let factorization = workspace.memory.costModel.factorization
      else { return false }
      return remaining * CostModel.sweep(workspace.component) > factorization
    }
    let iterative = PicardSolver.outcome(
      progress, options, progress.isAccelerated ? "neumann with anderson" : "neumann")
    if iterative.status == .converged { return iterative }
    do {
      var outcome = try DirectAdjoint().solve(workspace, options)
      outcome.iterations += iterative.iterations
      if outcome.status == .notApplicable { return iterative }
      return outcome
    } catch is NotApplicable {
      return iterative
    }
  }
}
