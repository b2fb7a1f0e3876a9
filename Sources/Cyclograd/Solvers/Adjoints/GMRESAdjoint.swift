import SparseAlgebra

/// Solves (I − D Wᵀ) d = D g by restarted GMRES, from products alone, and with no need for a spectral radius below 1.
///
/// With d = D λ it is (I − Wᵀ D) λ = g, whose matrix is the transpose of B = I − Dᵀ W. GMRES finds λ − g, so that what
/// g says to neurons without a slope does not count.
public struct GMRESAdjoint: AdjointSolver {
  /// The name on the command line and in reports.
  public var name: String {
    if case .none = preconditioning { "gmres-plain" } else { "gmres" }
  }

  /// How many products are made between restarts.
  public let restart: Int
  /// What stands for the inverse of the matrix.
  public let preconditioning: Preconditioning

  /// Creates the solver.
  public init(restart: Int = 50, preconditioning: Preconditioning = .incomplete) {
    self.restart = restart
    self.preconditioning = preconditioning
  }

  /// Solves for the workspace's d.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    workspace.withNeuronScratch { solve(workspace, options, lambda: $0) }
  }

  private func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, lambda: ComponentWorkspace.Vector
  ) -> SolverOutcome {
    let d = workspace.d
    var system = KrylovSystem(workspace, preconditioning)
    workspace.multiplySlopes(by: workspace.source, into: d)
    lambda.update(repeating: 0)
    workspace.addInnerTransposedProduct(of: d, to: lambda)
    let right = Array(lambda)
    var x = right.map { _ in 0.0 }
    let limit = options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations
    var iterations = 0
    var tolerance = options.tolerance
    // The 2-norm of GMRES is not that of the criterion: where it was not enough, once more.
    for _ in 0..<3 {
      var gmres = RestartedGMRES(
        restart: restart, tolerance: tolerance, limit: max(1, limit - iterations))
      let before = iterations
      if workspace.recorder != nil {
        gmres.record = { workspace.record($1, after: before + $0, by: name) }
      }
      let result = system.solve(right, &x, transposed: true, gmres)
      iterations += result.iterations
      for k in lambda.indices { lambda[k] = workspace.source[k] + x[k] }
      workspace.multiplySlopes(by: lambda, into: d)
      let residual = workspace.adjointResidual()
      workspace.record(residual, after: iterations, by: name)
      if residual <= options.tolerance {
        return SolverOutcome(
          .converged, iterations: iterations, detail: "gmres with \(system.description)")
      }
      guard residual.isFinite else {
        return SolverOutcome(
          .notFinite, iterations: iterations, detail: "a product with D Wᵀ is not finite")
      }
      if iterations >= limit {
        return SolverOutcome(
          .iterationLimit, iterations: iterations,
          detail: "gmres with \(system.description) has not settled after \(iterations) products")
      }
      guard result.hasConverged else { break }
      tolerance /= 100
    }
    return SolverOutcome(
      .stalled, iterations: iterations,
      detail: "gmres with \(system.description) does not get any further")
  }
}
