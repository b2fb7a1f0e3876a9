import Cyclograd

/// The same iteration for the adjoint system d = D (source + Wᵀ d).
struct HeavyBallAdjoint: AdjointSolver {
  var step = 0.8
  var momentum = 0.3

  var name: String { "heavy-ball" }

  func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    workspace.withScratch { next, velocity in
      velocity.update(repeating: 0)
      return iterate(workspace, options, next: next, velocity: velocity)
    }
  }

  private func iterate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, next: ComponentWorkspace.Vector,
    velocity: ComponentWorkspace.Vector
  ) -> SolverOutcome {
    let d = workspace.d
    workspace.multiplySlopes(by: workspace.source, into: d)
    let limit = options.maximumIterations ?? 10_000
    for iteration in 0..<limit {
      // It leaves D (source + Wᵀ d) in `next`.
      let residual = workspace.adjointStep(into: next)
      workspace.record(residual, after: iteration, by: name)
      if residual <= options.tolerance {
        return SolverOutcome(.converged, iterations: iteration, detail: name)
      }
      guard residual.isFinite else {
        return SolverOutcome(.notFinite, iterations: iteration, detail: "the iterates overflow")
      }
      for s in 0..<workspace.unitCount {
        velocity[s] = momentum * velocity[s] + step * (next[s] - d[s])
        d[s] += velocity[s]
      }
    }
    return SolverOutcome(.iterationLimit, iterations: limit, detail: "\(name) has not settled")
  }
}
