/// Algorithm 2 of Szekeres & Izsák 2024, line by line: the Neumann series
/// d = Σₖ (D Wᵀ)ᵏ d^(∞) with d^(∞) = D g (equation 16).
///
/// f′ is generalised to the sparse D of product, max and softmax neurons, and the error is relative
/// to the largest entry of d^(∞), because the series is linear in it. A last check demands that the
/// sum itself meets the tolerance, which it need not where it is smaller than d^(∞). Each term costs
/// O(edges).
public struct AlgorithmTwo: AdjointSolver {
  /// The name on the command line and in reports.
  public var name: String { "algorithm-2" }

  /// The cap on terms where none is given.
  public static let defaultMaximumIterations = 10_000

  /// Creates the solver.
  public init() {}

  /// Sums the series into the workspace's d.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    workspace.withScratch { dh in
      workspace.withNeuronScratch { back in sum(workspace, options, dh, back) }
    }
  }

  private func sum(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, _ dh: ComponentWorkspace.Vector,
    _ back: ComponentWorkspace.Vector
  ) -> SolverOutcome {
    let d = workspace.d
    let limit = options.maximumIterations ?? Self.defaultMaximumIterations

    // d^(∞) = D g
    workspace.multiplySlopes(by: workspace.source, into: d)
    var scale = 0.0
    for value in d {
      if !value.isFinite { return SolverOutcome(.notFinite, detail: "a slope is not finite") }
      scale = max(scale, abs(value))
    }
    if scale == 0 { return SolverOutcome(.converged) }
    dh.copy(from: d)
    var iteration = 0
    while iteration < limit, !workspace.isCancelled {
      iteration += 1
      // dh ← D Wᵀ dh
      back.update(repeating: 0)
      workspace.forEachEdge { j, k, weight in back[j] += dh[k] * weight }
      workspace.multiplySlopes(by: back, into: dh)
      var error = 0.0
      for s in 0..<dh.count {
        d[s] += dh[s]
        if !(abs(dh[s]) <= error) { error = abs(dh[s]) }
      }
      // The term is the residual of the sum before, here relative to D g.
      workspace.record(error / scale, after: iteration - 1, by: name)
      if !error.isFinite || error > AlgorithmOne.divergenceBound * max(scale, 1) {
        return SolverOutcome(
          .diverged, iterations: iteration, detail: "the terms of the series grow without bound")
      }
      if error <= options.tolerance * scale {
        if workspace.adjointResidual() <= options.tolerance {
          return SolverOutcome(.converged, iterations: iteration)
        }
        if error == 0 {
          return SolverOutcome(
            .stalled, iterations: iteration, detail: "rounding errors exceed the tolerance")
        }
      }
    }
    return SolverOutcome(
      .iterationLimit, iterations: iteration,
      detail: "the series has not settled after \(iteration) terms")
  }
}
