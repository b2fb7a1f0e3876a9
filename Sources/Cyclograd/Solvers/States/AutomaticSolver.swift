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

  /// The share of what Newton's method is predicted to cost that iteration may cost before it. Residuals under mixing
  /// stand still for hundreds of iterates and fall then, which no rate foretells; so much is lost at most.
  private static let patience = 0.25
  /// What Newton's method may be predicted to cost, in seconds, without that.
  private static let cheap = 0.1
  /// A state that has grown so much in that time is running away.
  private static let growth = 1e3

  /// It is made of factorizations.
  public var mayFactor: Bool { true }

  /// Creates the solver.
  public init() {}

  /// What is done from the given start alone.
  func escalate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    let limit = options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations
    var first = iterate(workspace, options, limit: limit) { isLong($0, workspace, options) }
    guard !first.hasConverged, first.residual.isFinite, first.iterations < limit else {
      return outcome(first, options)
    }
    if first.rate.isFinite,
      let more = wait(workspace, options, limit: (limit - first.iterations) / 2)
    {
      first.iterations += more.iterations
      if more.hasConverged {
        var result = outcome(more, options)
        result.iterations = first.iterations
        return result
      }
    }
    let rest = limit - first.iterations
    // Newton's method moves z; where it fails, iteration goes on from what it had before.
    var newton = try workspace.withScratch { kept in
      kept.copy(from: workspace.z)
      let newton = try takeNewtonSteps(workspace, options, limit: rest)
      if newton.status != .converged { workspace.z.copy(from: kept) }
      return newton
    }
    newton.iterations += first.iterations
    if newton.status == .converged {
      newton.detail = "newton with \(newton.detail ?? "")"
      return newton
    }
    let last = iterate(workspace, options, limit: rest) { _ in false }
    if last.hasConverged {
      var result = outcome(last, options)
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
    until shouldStop: (FixedPointIteration.Progress) -> Bool
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
          workspace.record(
            $0.residual, after: $0.iterations, by: $0.isAccelerated ? "anderson" : "picard")
        },
        shouldStop: shouldStop)
    }
  }

  /// What iteration comes to in a share of what Newton's method would cost; `nil` where that is little. Where it does not
  /// converge, z is as before: Newton's method finds what is near, and sees where there is no equilibrium, unless iteration
  /// has run away.
  private func wait(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, limit: Int
  ) -> FixedPointIteration.Progress? {
    guard let factorization = workspace.memory.costModel.factorization else { return nil }
    let newton = CostModel.newtonSteps * factorization
    let share = Self.patience * newton / CostModel.sweep(workspace.component)
    guard newton >= Self.cheap, limit > 0 else { return nil }
    let largest = Self.growth * max(workspace.unitScale, workspace.z.largest)
    return workspace.withScratch { kept in
      kept.copy(from: workspace.z)
      var more = iterate(workspace, options, limit: Int(min(Double(limit), share))) { _ in
        workspace.z.largest > largest
      }
      more.hasConverged = more.hasConverged && workspace.z.largest <= largest
      if !more.hasConverged { workspace.z.copy(from: kept) }
      return more
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

  private func outcome(
    _ progress: FixedPointIteration.Progress, _ options: SolverOptions
  ) -> SolverOutcome {
    progress.outcome(named: progress.isAccelerated ? "anderson" : "picard")
  }
}
