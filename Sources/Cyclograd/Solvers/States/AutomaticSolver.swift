/// Starts cheap and escalates: plain sweeps, Anderson mixing where they are slow, Newton's method
/// where that is predicted to be cheaper or where iteration does not get on.
///
/// The prediction is made from the rate at which the residual shrinks, once it can be seen, and from
/// a model of what the component costs. Every method begins from the best iterate of the one before.
///
/// Other starts are the last resort, where nothing is reached from the given one; the detail of the evidence says so.
public struct AutomaticSolver: StateSolver {
  /// The name on the command line and in reports.
  public var name: String { "automatic" }

  /// The cheap start.
  public var beginsWithSweeps: Bool { true }

  /// Factorizations or blocks where they pay.
  public var acceleratesSweeps: Bool { true }

  /// Below this many sweeps it is not worth thinking about Newton's method.
  private static let shortRun = 12.0

  /// After so many iterates that have not halved the residual, it is not waited for any more where Newton's method has failed.
  private static let standstill = 1_000

  /// It is made of factorizations.
  public var mayFactor: Bool { true }

  /// Creates the solver.
  public init() {}

  /// What is done from the given start alone.
  ///
  /// - Parameter start: z at first.
  func escalate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions,
    from start: ComponentWorkspace.Vector
  ) throws -> SolverOutcome {
    try workspace.withScratch { kept, rest in
      let first = sweep(workspace, options, from: start, kept: kept, rest: rest)
      if first.isEnd { return first.outcome }
      return try factor(workspace, options, after: first, kept)
    }
  }

  /// What was reached without a factorization.
  private struct Sweeps {
    var outcome: SolverOutcome
    /// Whether it is the answer, or nothing else can come of it.
    var isEnd: Bool
  }

  /// Iterates until the tolerance is met or Newton's method is predicted to cost less. Where it would be dear, z stays in
  /// mind, and a share of what it would cost goes to the flow dz/dt = −r and to further iterates.
  ///
  /// - Parameters:
  ///   - start: where the flow begins.
  ///   - kept: takes what Newton's method begins from. It finds what is near, and sees where there is no equilibrium, unless
  ///     iteration has run away.
  ///   - rest: for where the flow comes to rest.
  private func sweep(
    _ workspace: ComponentWorkspace, _ options: SolverOptions,
    from start: ComponentWorkspace.Vector, kept: ComponentWorkspace.Vector,
    rest: ComponentWorkspace.Vector
  ) -> Sweeps {
    let limit = options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations
    var patience: Patience?
    var flow: SolverOutcome?
    var progress = iterate(workspace, options, limit: limit) { progress, best in
      if let patience {
        return progress.iterations >= patience.limit || workspace.z.largest > patience.largest
      }
      guard isLong(progress, workspace, options) else { return false }
      kept.copy(from: progress.isBest ? workspace.z : best)
      guard let more = Patience(workspace, after: progress, limit: limit) else { return true }
      patience = more
      let found = follow(workspace, options, from: start, more.steps, into: rest)
      flow = found
      return found.status == .converged
    }
    let steps = flow?.iterations ?? 0
    if var flow, flow.status == .converged {
      workspace.z.copy(from: rest)
      workspace.activate()
      flow.iterations += progress.iterations
      return Sweeps(outcome: flow, isEnd: true)
    }
    if let patience {
      if !progress.hasConverged || workspace.z.largest > patience.largest {
        progress.hasConverged = false
        workspace.z.copy(from: kept)
      }
    } else {
      kept.copy(from: workspace.z)
    }
    var found = outcome(progress)
    let isOver = progress.hasConverged || !progress.residual.isFinite
    found.iterations += steps
    return Sweeps(outcome: found, isEnd: isOver || found.iterations >= limit)
  }

  /// Newton's method, and if it fails iteration from what it had before.
  private func factor(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, after first: Sweeps,
    _ kept: ComponentWorkspace.Vector
  ) throws -> SolverOutcome {
    let limit = options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations
    let left = max(1, limit - first.outcome.iterations)
    var newton = try takeNewtonSteps(workspace, options, limit: left)
    newton.iterations += first.outcome.iterations
    if newton.status == .converged {
      newton.detail = "\(MethodName.newton) with \(newton.detail ?? "")"
      newton.method = MethodName.newton
      return newton
    }
    workspace.z.copy(from: kept)
    // Something of what was asked for is left to the last resort.
    let share = options.maximumIterations == nil ? left : max(1, left / 2)
    var least = (residual: Double.infinity, after: 0)
    let last = iterate(workspace, options, limit: share) { progress, _ in
      if progress.residual <= least.residual / 2 {
        least = (progress.residual, progress.iterations)
      }
      return progress.iterations - least.after >= Self.standstill
    }
    if last.hasConverged {
      var result = outcome(last)
      result.iterations += first.outcome.iterations
      return result
    }
    newton.iterations += last.iterations
    if newton.status == .notApplicable || newton.status == .notFinite {
      var result = outcome(last)
      result.iterations = newton.iterations
      return result
    }
    return newton
  }

  private func takeNewtonSteps(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, limit: Int
  ) throws -> SolverOutcome {
    var options = options
    // Where a factorization takes seconds, one does not wait for what hundreds of them would find.
    options.maximumIterations = min(
      limit,
      Self.factorizations(
        workspace, most: NewtonSolver.defaultMaximumIterations, least: 40, work: 1e9))
    do {
      return try NewtonSolver().solve(workspace, options)
    } catch let error as NotApplicable {
      return SolverOutcome(.notApplicable, detail: error.reason)
    }
  }

  private func iterate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, limit: Int,
    until shouldStop: (FixedPointIteration.Progress, _ best: ComponentWorkspace.Vector) -> Bool
  ) -> FixedPointIteration.Progress {
    let iteration = FixedPointIteration(
      tolerance: options.tolerance, limit: limit, acceleration: .whenSlow)
    defer { workspace.activate() }
    return workspace.withScratch { r, best in
      iteration.run(
        workspace.z, r: r, best: best,
        mixing: { workspace.mixing(AndersonMixing.window(workspace.component)) },
        residual: { workspace.residualWithoutSlopes(into: r) },
        inverseNorm: {
          workspace.activate()
          return workspace.inverseNormEstimate()
        },
        record: {
          workspace.record($0.residual, after: $0.iterations, by: $0.stateMethod)
        },
        shouldStop: { shouldStop($0, best) })
    }
  }

  /// Follows the flow dz/dt = −r, which comes to rest where iteration overshoots; z is as before afterwards.
  private func follow(
    _ workspace: ComponentWorkspace, _ options: SolverOptions,
    from start: ComponentWorkspace.Vector, _ steps: Int, into rest: ComponentWorkspace.Vector
  ) -> SolverOutcome {
    var options = options
    options.maximumIterations = steps
    return workspace.withScratch { before in
      before.copy(from: workspace.z)
      workspace.z.copy(from: start)
      let found = RelaxationSolver().solve(workspace, options)
      rest.copy(from: workspace.z)
      workspace.z.copy(from: before)
      return found
    }
  }

  /// Whether Newton's method is predicted to cost less than what iteration will still take.
  private func isLong(
    _ progress: FixedPointIteration.Progress, _ workspace: ComponentWorkspace,
    _ options: SolverOptions
  ) -> Bool {
    guard progress.isPredictable else { return false }
    let remaining = progress.remaining(to: options.tolerance)
    guard remaining > Self.shortRun else { return false }
    // Mixing gets a chance before a component is analysed that may be large.
    if !progress.isAccelerated && workspace.unitCount > 512 { return false }
    guard CostModel.paysToAnalyse(workspace.component, insteadOf: remaining),
      let factorization = workspace.memory.costModel.factorization
    else { return false }
    let sweeps = remaining * CostModel.sweep(workspace.component)
    return sweeps > CostModel.newtonSteps * factorization
  }

  private func outcome(_ progress: FixedPointIteration.Progress) -> SolverOutcome {
    progress.outcome(named: progress.stateMethod)
  }
}

/// What iteration may take before Newton's method, where that is dear.
private struct Patience {
  /// The last iteration.
  let limit: Int
  /// The steps of the flow.
  let steps: Int
  /// A state beyond this is running away.
  let largest: Double

  /// The share of what Newton's method is predicted to cost that iteration may cost before it. Residuals under mixing
  /// stand still for hundreds of iterates and fall then, which no rate foretells; so much is lost at most.
  private static let share = 0.25
  /// What Newton's method may be predicted to cost, in seconds, without that.
  private static let cheap = 0.1
  /// By what a state that is running away has grown.
  private static let growth = 1e3
  private static let mostSteps = 1_000
  /// What a step of the flow takes, in sweeps.
  private static let sweepsOfStep = 4.0

  /// - Returns: `nil` where Newton's method costs little, or no iterations are left.
  init?(_ workspace: ComponentWorkspace, after progress: FixedPointIteration.Progress, limit: Int) {
    guard let factorization = workspace.memory.costModel.factorization else { return nil }
    let newton = CostModel.newtonSteps * factorization
    let sweeps = Self.share * newton / CostModel.sweep(workspace.component)
    let left = (limit - progress.iterations) / 2
    guard newton >= Self.cheap, left > 0 else { return nil }
    self.limit = progress.iterations + Int(min(Double(left), sweeps))
    // What is left of a limit is for Newton's method.
    steps = Int(min(Double(min(left / 2, Self.mostSteps)), sweeps / Self.sweepsOfStep))
    largest = Self.growth * max(workspace.unitScale, workspace.z.largest)
  }
}
