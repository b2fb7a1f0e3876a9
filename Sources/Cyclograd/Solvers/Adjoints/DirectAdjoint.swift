/// Solves (I − D Wᵀ) d = D g by a factorization with iterative refinement (equation 8).
///
/// A matrix that is singular to working precision after its rows and columns have been equilibrated is refused, also
/// where the right-hand side happens to have solutions.
public struct DirectAdjoint: AdjointSolver {
  /// How the linear system is factored.
  public let method: DirectMethod

  /// The name on the command line and in reports.
  public var name: String { "direct" }

  /// It is a factorization.
  public var mayFactor: Bool { true }

  /// Creates the solver.
  public init(_ method: DirectMethod = .automatic) { self.method = method }

  /// Analyses the component's matrix.
  public func analyze(_ component: Component) throws {
    try JacobianFactorization.analyze(component, method)
  }

  /// Solves for the workspace's d.
  public func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    do {
      return try workspace.withFactorization(method) { try solve(workspace, options, $0) }
    } catch let error as JacobianError {
      return SolverOutcome(error.status, detail: error.detail)
    }
  }

  private func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions,
    _ factorization: JacobianFactorization
  ) throws -> SolverOutcome {
    let growth = try workspace.withNeuronScratch { lambda in
      try factorization.solveAdjoint(workspace, g: workspace.source, lambda: lambda)
      workspace.multiplySlopes(by: lambda, into: workspace.d)
      return Self.growth(from: workspace.source, to: lambda)
    }
    let condition = try factorization.condition(
      after: growth, isPrecise: options.listsComponents)
    // Whatever the factorization said, the answer must satisfy the system.
    let residual = workspace.adjointResidual()
    workspace.record(residual, after: 1, by: factorization.description)
    guard condition < ConditionProbe.singularCondition, residual <= options.tolerance else {
      let isSingular = condition >= ConditionProbe.singularCondition || !residual.isFinite
      return SolverOutcome(
        isSingular ? .singular : .stalled, iterations: 1,
        detail: isSingular
          ? ConditionProbe.message(condition)
          : "the solution of \(factorization.description) leaves a residual of \(residual)")
    }
    var outcome = SolverOutcome(.converged, iterations: 1, detail: factorization.description)
    outcome.linearSystem = factorization.quality(condition: condition)
    return outcome
  }

  private static func growth(
    from source: ComponentWorkspace.Vector, to lambda: ComponentWorkspace.Vector
  ) -> Double {
    let largest = source.reduce(0) { max($0, abs($1)) }
    return largest > 0 ? lambda.reduce(0) { max($0, abs($1)) } / largest : 1
  }
}
