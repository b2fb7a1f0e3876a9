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
    let d = workspace.d
    let next = workspace.scratch(0)
    d.update(repeating: 0)
    workspace.prepareAdjointSteps()
    for term in 0..<terms {
      // Measuring the residual leaves D (g + Wᵀ d) in the same vector.
      let residual = workspace.adjointResidual()
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
