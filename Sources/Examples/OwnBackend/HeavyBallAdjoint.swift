import Cyclograd

/// The same iteration for the adjoint system d = D (source + Wᵀ d).
struct HeavyBallAdjoint: AdjointSolver {
  var step = 0.8
  var momentum = 0.3

  var name: String { "heavy-ball" }

  func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    let d = workspace.d
    // The check below leaves D (source + Wᵀ d) in scratch 0.
    let next = workspace.scratch(0)
    let velocity = workspace.scratch(1)
    velocity.update(repeating: 0)
    workspace.multiplySlopes(by: workspace.source, into: d)
    let limit = options.maximumIterations ?? 10_000
    for iteration in 0..<limit {
      let residual = workspace.adjointResidual()
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
