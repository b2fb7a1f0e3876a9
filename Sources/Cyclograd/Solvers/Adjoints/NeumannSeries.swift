/// The Neumann series d = Σₖ (D Wᵀ)ᵏ D g, with Anderson mixing where it converges slowly (on this
/// linear problem equivalent to GMRES).
///
/// Its first terms are summed for several samples at once, over an active set while few units have
/// any: see ``AdjointSolver/beginsWithSweeps``.
public struct NeumannSeries: AdjointSolver {
  /// The name on the command line and in reports.
  public var name: String { MethodName.neumann }

  /// The series itself.
  public var beginsWithSweeps: Bool { true }

  /// Creates the solver.
  public init() {}

  /// Sums the series into the workspace's d.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    let limit = options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations
    let progress = Self.run(workspace, options.tolerance, limit: limit)
    return progress.outcome(named: name)
  }

  static func run(
    _ workspace: ComponentWorkspace, _ tolerance: Double, limit: Int,
    shouldStop: (FixedPointIteration.Progress) -> Bool = { _ in false }
  ) -> FixedPointIteration.Progress {
    let d = workspace.d
    workspace.multiplySlopes(by: workspace.source, into: d)
    let iteration = FixedPointIteration(
      tolerance: tolerance, limit: limit, acceleration: .whenSlow)
    return workspace.withScratch { r, best in
      iteration.run(
        d, r: r, best: best,
        mixing: { workspace.mixing(AndersonMixing.window(workspace.component)) },
        residual: {
          let relative = workspace.adjointStep(into: r)
          for s in 0..<d.count { r[s] = d[s] - r[s] }
          return relative
        },
        record: {
          workspace.record($0.residual, after: $0.iterations, by: $0.adjointMethod)
        },
        shouldStop: { $0.residual > AlgorithmOne.divergenceBound || shouldStop($0) })
    }
  }
}
