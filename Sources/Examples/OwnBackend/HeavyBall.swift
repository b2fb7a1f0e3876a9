import Cyclograd

/// The heavy-ball iteration z ← z − α r + β (z − z₋₁) (Polyak 1964): steps with momentum.
///
/// A solver is a value without state; its vectors live in the workspace.
struct HeavyBall: StateSolver {
  var step = 0.8
  var momentum = 0.3

  var name: String { "heavy-ball" }

  func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    // Vectors of one's own are lent for the length of a closure; what they hold at first is undefined.
    workspace.withScratch { r, velocity in
      velocity.update(repeating: 0)
      return iterate(workspace, options, r: r, velocity: velocity)
    }
  }

  private func iterate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, r: ComponentWorkspace.Vector,
    velocity: ComponentWorkspace.Vector
  ) -> SolverOutcome {
    let z = workspace.z
    let limit = options.maximumIterations ?? 10_000
    for iteration in 0..<limit {
      let residual = workspace.residual(into: r)
      workspace.record(residual, after: iteration, by: name)
      if residual <= options.tolerance {
        return SolverOutcome(.converged, iterations: iteration, detail: name)
      }
      guard residual.isFinite else {
        return SolverOutcome(.notFinite, iterations: iteration, detail: "the iterates overflow")
      }
      for s in 0..<workspace.unitCount {
        velocity[s] = momentum * velocity[s] - step * r[s]
        z[s] += velocity[s]
      }
    }
    return SolverOutcome(.iterationLimit, iterations: limit, detail: "\(name) has not settled")
  }
}
