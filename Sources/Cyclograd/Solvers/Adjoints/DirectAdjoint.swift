/// Solves (I − D Wᵀ) d = D g by a factorization with iterative refinement (equation 8).
public struct DirectAdjoint: AdjointSolver {
  /// How the linear system is factored.
  public let method: DirectMethod

  /// The name on the command line and in reports.
  public var name: String { "direct" }

  /// Creates the solver.
  public init(_ method: DirectMethod = .automatic) { self.method = method }

  /// Analyses the component's matrix.
  public func analyze(_ component: Component) throws {
    try Linearization.analyze(component, method)
  }

  /// Solves for the workspace's d.
  public func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    let linearization = try workspace.linearization(method)
    let lambda = workspace.neuronScratch(2)
    do {
      if !workspace.reusesFactor(method) { try linearization.factor(workspace) }
      try linearization.solveAdjoint(workspace, g: workspace.source, lambda: lambda)
    } catch let error as LinearizationError {
      return SolverOutcome(error.status, detail: error.detail)
    }
    workspace.multiplySlopes(by: lambda, into: workspace.d)
    // Whatever the factorization said, the answer must satisfy the system.
    let residual = workspace.adjointResidual()
    workspace.record(residual, after: 1, by: linearization.description)
    guard residual <= options.tolerance else {
      let isSingular = linearization.reciprocalCondition < .ulpOfOne || !residual.isFinite
      return SolverOutcome(
        isSingular ? .singular : .stalled, iterations: 1,
        detail: "the solution of \(linearization.description) leaves a residual of \(residual)")
    }
    var outcome = SolverOutcome(.converged, iterations: 1, detail: linearization.description)
    outcome.linearSystem = linearization.quality(options)
    return outcome
  }
}
