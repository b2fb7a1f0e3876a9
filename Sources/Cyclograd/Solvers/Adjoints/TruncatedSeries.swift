/// A polynomial in D Wᵀ that stands for (I − D Wᵀ)⁻¹ in d = (I − D Wᵀ)⁻¹ D g: `terms` damped sweeps
/// d ← (1 − τ) d + τ D (g + Wᵀ d) from d = 0, which is τ Σₖ (τ D Wᵀ + (1 − τ) I)ᵏ D g.
///
/// A sweep costs O(edges). See ``GradientKind``.
struct TruncatedSeries: AdjointSolver {
  let terms: Int
  let damping: Double

  var name: String { damping == 1 ? "neumann:\(terms)" : "phantom:\(terms):\(damping)" }

  var isExact: Bool { false }

  func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    workspace.withScratch { sum(workspace, next: $0) }
  }

  private func sum(
    _ workspace: ComponentWorkspace, next: ComponentWorkspace.Vector
  ) -> SolverOutcome {
    let d = workspace.d
    d.update(repeating: 0)
    for term in 0..<terms {
      let residual = workspace.adjointStep(into: next)
      workspace.record(residual, after: term, by: name)
      guard residual.isFinite else {
        return SolverOutcome(
          .notFinite, iterations: term, detail: "the terms of the series grow without bound")
      }
      for s in d.indices { d[s] += damping * (next[s] - d[s]) }
    }
    return SolverOutcome(.converged, iterations: terms, detail: name)
  }
}
