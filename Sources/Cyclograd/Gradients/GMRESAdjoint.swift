import SparseAlgebra

/// Solves (I − D Wᵀ) d = D g by restarted GMRES, from products alone: no factorization, and no need for
/// a spectral radius below 1.
public struct GMRESAdjoint: AdjointSolver {
  /// The name on the command line and in reports.
  public var name: String { "gmres" }

  /// How many products are made between restarts.
  public let restart: Int

  /// Creates the solver.
  public init(restart: Int = 50) { self.restart = restart }

  /// Solves for the workspace's d.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    let d = workspace.d
    let room = workspace.scratch(1)
    let lambda = workspace.neuronScratch(1)
    workspace.multiplySlopes(by: workspace.source, into: room)
    let right = Array(room)
    var x = right
    let limit = options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations
    var iterations = 0
    var tolerance = options.tolerance
    // The 2-norm of GMRES is not that of the criterion: where it was not enough, once more.
    for _ in 0..<3 {
      let gmres = RestartedGMRES(
        restart: restart, tolerance: tolerance, limit: max(1, limit - iterations))
      let result = gmres.solve(right, &x) { v, product in
        for s in room.indices { room[s] = v[s] }
        lambda.update(repeating: 0)
        workspace.addInnerTransposedProduct(of: room, to: lambda)
        workspace.multiplySlopes(by: lambda, into: room)
        for s in room.indices { product[s] = v[s] - room[s] }
      }
      iterations += result.iterations
      for s in d.indices { d[s] = x[s] }
      let residual = workspace.adjointResidual()
      workspace.record(residual, after: iterations, by: name)
      if residual <= options.tolerance {
        return SolverOutcome(.converged, iterations: iterations, detail: name)
      }
      guard residual.isFinite else {
        return SolverOutcome(
          .notFinite, iterations: iterations, detail: "a product with D Wᵀ is not finite")
      }
      if iterations >= limit {
        return SolverOutcome(
          .iterationLimit, iterations: iterations,
          detail: "gmres has not settled after \(iterations) products")
      }
      guard result.hasConverged else { break }
      tolerance /= 100
    }
    return SolverOutcome(
      .stalled, iterations: iterations, detail: "gmres does not get any further")
  }
}
