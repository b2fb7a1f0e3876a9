/// Starts cheap and escalates: plain sweeps, Anderson mixing where they are slow, Newton's method
/// where that is predicted to be cheaper or where iteration does not get on.
///
/// The prediction is made from the rate at which the residual shrinks, once it can be seen, and from
/// a model of what the component costs. Every method begins from the best iterate of the one before.
public struct AutomaticSolver: StateSolver {
  /// The name on the command line and in reports.
  public var name: String { "automatic" }

  /// The cheap start.
  public var beginsWithSweeps: Bool { true }

  /// Factorizations or blocks where they pay.
  public var acceleratesSweeps: Bool { true }

  /// Up to this size a factorization costs no more than a few sweeps. It then confirms what iteration
  /// has found, brings it to rounding level, and is there for the adjoint.
  static let confirmedSize = 16
  /// Below this many sweeps it is not worth thinking about Newton's method.
  private static let shortRun = 12.0

  /// Creates the solver.
  public init() {}

  /// What is done from the given start alone.
  func escalate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    let limit = options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations
    let first = iterate(workspace, options, limit: limit, mayStop: true)
    if first.hasConverged {
      if workspace.neuronCount > Self.confirmedSize { return outcome(first, options) }
      return try confirm(workspace, options, first)
    }
    guard first.residual.isFinite else { return outcome(first, options) }
    let rest = limit - first.iterations
    guard rest > 0 else { return outcome(first, options) }

    // Newton's method moves z; where it fails, iteration goes on from what it had before.
    let kept = workspace.scratch(4)
    kept.copy(from: workspace.z)
    var newtonOptions = options
    // Where a factorization takes seconds, one does not wait for what hundreds of them would find.
    newtonOptions.maximumIterations = min(
      rest,
      Self.factorizations(
        workspace, most: NewtonSolver.defaultMaximumIterations, least: 40, work: 1e9))
    var newton = SolverOutcome(.notApplicable)
    do {
      newton = try NewtonSolver().solve(workspace, newtonOptions)
    } catch let error as NotApplicable {
      newton.detail = error.reason
    }
    newton.iterations += first.iterations
    if newton.status == .converged {
      newton.detail = "newton with \(newton.detail ?? "")"
      return newton
    }
    workspace.z.copy(from: kept)
    let last = iterate(workspace, options, limit: rest, mayStop: false)
    if last.hasConverged {
      var result =
        workspace.neuronCount > Self.confirmedSize
        ? outcome(last, options) : try confirm(workspace, options, last)
      result.iterations += first.iterations
      return result
    }
    newton.iterations += last.iterations
    if newton.status == .notApplicable || newton.status == .notFinite {
      var result = outcome(last, options)
      result.iterations = newton.iterations
      return result
    }
    return newton
  }

  private func confirm(
    _ workspace: ComponentWorkspace, _ options: SolverOptions,
    _ progress: FixedPointIteration.Progress
  ) throws -> SolverOutcome {
    let found = outcome(progress, options)
    var newton = try NewtonSolver().solve(workspace, options)
    newton.iterations += found.iterations
    if newton.status == .converged { newton.detail = found.detail }
    return newton
  }

  private func iterate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, limit: Int, mayStop: Bool
  ) -> FixedPointIteration.Progress {
    let r = workspace.scratch(0)
    let iteration = FixedPointIteration(
      tolerance: options.tolerance, limit: limit, acceleration: .whenSlow)
    return iteration.run(
      workspace.z, r: r, best: workspace.scratch(1),
      mixing: { workspace.mixing(AndersonMixing.window(workspace.component)) },
      residual: { workspace.residual(into: r) }, stretch: { workspace.stretch() },
      record: {
        workspace.record(
          $0.residual, after: $0.iterations, by: $0.isAccelerated ? "anderson" : "picard")
      },
      shouldStop: { progress in
        if progress.residual > AlgorithmOne.divergenceBound { return true }
        guard mayStop, progress.isPredictable else { return false }
        let remaining = progress.remaining(to: options.tolerance)
        guard remaining > Self.shortRun else { return false }
        // Mixing gets a chance before a component is analysed that may be large.
        let sweeps = remaining * CostModel.sweep(workspace.component)
        if !progress.isAccelerated && workspace.unitCount > 512 { return false }
        let model = workspace.costModel
        guard let factorization = model.factorization else { return false }
        return sweeps > CostModel.newtonSteps * factorization
      })
  }

  private func outcome(
    _ progress: FixedPointIteration.Progress, _ options: SolverOptions
  ) -> SolverOutcome {
    PicardSolver.outcome(progress, options, progress.isAccelerated ? "anderson" : "picard")
  }
}

/// Chooses between the Neumann series and a factorization by what they are predicted to cost; a
/// factorization left by the state's solver is used where it is still valid.
public struct AutomaticAdjoint: AdjointSolver {
  /// The name on the command line and in reports.
  public var name: String { "automatic" }

  /// The cheap start.
  public var beginsWithSweeps: Bool { true }

  /// Factorizations or blocks where they pay.
  public var acceleratesSweeps: Bool { true }

  private static let shortRun = 12.0

  /// Creates the solver.
  public init() {}

  /// Solves for the workspace's d.
  public func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    if workspace.neuronCount <= AutomaticSolver.confirmedSize || workspace.reusesFactor(.automatic)
    {
      let outcome = try DirectAdjoint().solve(workspace, options)
      if outcome.status == .converged { return outcome }
    }
    let limit = options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations
    let progress = NeumannSeries.run(workspace, options.tolerance, limit: limit) { progress in
      let remaining = progress.remaining(to: options.tolerance)
      guard progress.isPredictable, remaining > Self.shortRun else { return false }
      if !progress.isAccelerated && workspace.unitCount > 512 { return false }
      guard let factorization = workspace.costModel.factorization else { return false }
      return remaining * CostModel.sweep(workspace.component) > factorization
    }
    let iterative = PicardSolver.outcome(
      progress, options, progress.isAccelerated ? "neumann with anderson" : "neumann")
    if iterative.status == .converged { return iterative }
    do {
      var outcome = try DirectAdjoint().solve(workspace, options)
      outcome.iterations += iterative.iterations
      if outcome.status == .notApplicable { return iterative }
      return outcome
    } catch is NotApplicable {
      return iterative
    }
  }
}
