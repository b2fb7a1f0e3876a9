/// Chooses between the Neumann series, GMRES and a factorization by what they are predicted to cost.
///
/// GMRES comes in where the series is long and a factorization takes so much time that products cost little beside it, or
/// cannot be had.
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
    let iterative = Self.outcome(progress)
    if iterative.status == .converged { return iterative }
    var iterations = iterative.iterations
    func counted(_ outcome: SolverOutcome) -> SolverOutcome {
      var outcome = outcome
      iterations += outcome.iterations
      outcome.iterations = iterations
      return outcome
    }
    if let most = Self.products(workspace), iterations < limit {
      var fewer = options
      fewer.maximumIterations = min(most, limit - iterations)
      let outcome = counted(GMRESAdjoint().solve(workspace, fewer))
      if outcome.status == .converged { return outcome }
    }
    do {
      let outcome = counted(try DirectAdjoint().solve(workspace, options))
      if outcome.status != .notApplicable { return outcome }
    } catch is NotApplicable {}
    // The series was left for a factorization that there is not.
    guard iterations < limit else { return iterative }
    let rest = NeumannSeries.run(workspace, options.tolerance, limit: limit - iterations)
    return counted(Self.outcome(rest))
  }

  private static func outcome(_ progress: FixedPointIteration.Progress) -> SolverOutcome {
    progress.outcome(named: progress.adjointMethod)
  }

  /// How many products GMRES may take before a factorization; `nil` where that takes no time.
  private static func products(_ workspace: ComponentWorkspace) -> Int? {
    guard let factorization = workspace.memory.costModel.factorization else { return mostProducts }
    guard factorization > shortFactorization else { return nil }
    // A product of GMRES costs more than a sweep: it is made orthogonal to those before.
    let product = productCost * CostModel.sweep(workspace.component)
    return min(mostProducts, max(1, Int(patience * factorization / product)))
  }

  private static let mostProducts = 1_000
  /// The share of what a factorization is predicted to cost that GMRES may cost before it.
  private static let patience = 0.25
  /// Nobody waits for a factorization that takes less, in seconds.
  private static let shortFactorization = 0.02
  /// What a product costs with all around it, in sweeps.
  private static let productCost = 4.0
}
