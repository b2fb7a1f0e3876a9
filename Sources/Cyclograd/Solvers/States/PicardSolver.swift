/// Picard's iteration z ← z − α (z − W f(z) − drive), with or without Anderson mixing.
///
/// With α = 1 it takes the steps of ``AlgorithmOne``, but row by row over W. Damped steps are the
/// explicit Euler relaxation of dz/dt = W f(z) + drive − z.
public struct PicardSolver: StateSolver {
  /// The damping α.
  public let damping: Double
  /// How many earlier iterates Anderson mixing combines; 0 for plain steps.
  public let window: Int

  /// The name on the command line and in reports.
  public var name: String {
    window > 0
      ? MethodName.anderson : damping == 1 ? MethodName.picard : "\(MethodName.picard)-damped"
  }

  /// Creates the plain iteration.
  public init(damping: Double = 1) {
    self.damping = damping
    window = 0
  }

  /// Creates the iteration with Anderson mixing.
  public init(window: Int) {
    damping = 1
    self.window = window
  }

  /// Iterates from the workspace's z.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    solve(workspace, options) { _ in false }
  }

  /// The same, which may be stopped on the way.
  func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions,
    until shouldStop: (FixedPointIteration.Progress) -> Bool
  ) -> SolverOutcome {
    let iteration = FixedPointIteration(
      tolerance: options.tolerance,
      limit: options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations,
      acceleration: window > 0 ? .always : .never, damping: damping)
    defer { workspace.activate() }
    let progress = workspace.withScratch { r, best in
      iteration.run(
        workspace.z, r: r, best: best, mixing: { workspace.mixing(window) },
        residual: { workspace.residualWithoutSlopes(into: r) },
        inverseNorm: {
          workspace.activate()
          return workspace.inverseNormEstimate()
        },
        record: { workspace.record($0.residual, after: $0.iterations, by: name) },
        shouldStop: shouldStop)
    }
    return progress.outcome(named: name)
  }
}

extension FixedPointIteration.Progress {
  /// What iterates of a state are ascribed to that are mixed once plain steps are slow.
  package var stateMethod: String { isAccelerated ? MethodName.anderson : MethodName.picard }

  /// What partial sums of an adjoint are ascribed to that are mixed once the series is slow.
  var adjointMethod: String { isAccelerated ? MethodName.mixedNeumann : MethodName.neumann }

  /// How the iteration of a method has ended.
  package func outcome(named name: String) -> SolverOutcome {
    if hasConverged {
      var outcome = SolverOutcome(.converged, iterations: iterations, detail: name)
      outcome.method = name
      return outcome
    }
    if !residual.isFinite {
      return SolverOutcome(
        .notFinite, iterations: iterations, detail: "an activation or a sum is not finite")
    }
    if rate == .infinity {
      return SolverOutcome(
        .diverged, iterations: iterations, detail: "the iterates of \(name) grow without bound")
    }
    return SolverOutcome(
      .iterationLimit, iterations: iterations,
      detail: "\(name) has not settled after \(iterations) steps")
  }
}
