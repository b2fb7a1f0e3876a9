extension AutomaticSolver {
  /// What is tried where nothing was reached from the given start, in this order.
  private enum Attempt {
    /// The flow dz/dt = −r, and Newton's method from where it has come to, where a component is not too large for that.
    case relaxation
    /// Sweeps neuron by neuron in the order of evaluation, where a component is large: what goes round a long cycle gets
    /// round in one of them.
    case ordered
    /// Anderson mixing of many more iterates than usual, from the given start (0) or another: slow, but what it takes
    /// where many eigenvalues of D Wᵀ lie outside the unit circle.
    case mixing(window: Int, start: Int)
    /// The paths of ``ContinuationSolver``, from the given start (0) or another.
    case continuation(Int)
    /// Newton's method from another start.
    case newton(Int)

    /// Mixing first: where it is tried, thousands of its iterations cost less than hundreds of factorizations.
    static let all: [Attempt] =
      [.relaxation, .ordered] + [20, 50, 100].map { .mixing(window: $0, start: 0) }
      + (1...8).flatMap { [.mixing(window: 20, start: $0), .mixing(window: 50, start: $0)] }
      + [.continuation(0)] + (1...24).map { .newton($0) } + (1...8).map { .continuation($0) }
  }

  private static let mostNewtonSteps = 60
  private static let relaxationLimit = 300
  private static let longRelaxationLimit = 1_000
  private static let orderedLimit = 1_000
  /// Beyond this a component is too expensive to be factored again and again.
  static let largestFactored = 2_000
  /// Beyond this so many iterates would take much memory, and all attempts together minutes.
  private static let largestMixed = 20_000

  /// Solves from the workspace's z. Where neither iteration nor Newton's method reaches an
  /// equilibrium from there, it follows the flow dz/dt = −r for a while, mixes many iterates, follows the paths of
  /// ``ContinuationSolver``, and then mixes, follows paths and takes Newton's steps from other starts, which depend on
  /// nothing but their number. On large components it only follows the flow, sweeps and mixes; on small ones it does not mix.
  public func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    try workspace.withScratch { start, best, r in
      start.copy(from: workspace.z)
      let outcome = try escalate(workspace, options, from: start)
      if outcome.status == .converged {
        return preferStable(workspace, outcome, options, from: start, r)
      }
      guard ![.notApplicable, .notFinite].contains(outcome.status),
        workspace.unitCount <= Self.largestMixed
      else { return outcome }
      best.copy(from: workspace.z)
      defer { workspace.memory.forgetMixings(above: AndersonMixing.window(workspace.component)) }
      return try tryOthers(workspace, options, after: outcome, from: start, best: best, r)
    }
  }

  private func tryOthers(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, after first: SolverOutcome,
    from start: ComponentWorkspace.Vector, best: ComponentWorkspace.Vector,
    _ r: ComponentWorkspace.Vector
  ) throws -> SolverOutcome {
    var outcome = first
    var limit =
      options.maximumIterations
      ?? outcome.iterations + Self.newtonLimit(workspace) + Self.continuationLimit(workspace)
    var isFactored = workspace.unitCount <= Self.largestFactored
    let bestResidual = workspace.residual(into: r)
    for attempt in Attempt.all where outcome.iterations < limit {
      var most = limit - outcome.iterations
      if case .mixing(let window, _) = attempt {
        // On small components factorizations are cheap, and find as much.
        guard window <= workspace.unitCount / 5 else { continue }
        most = Self.mixingLimit(workspace, window)
        // What was asked for is shared with what comes after.
        if options.maximumIterations != nil {
          most = min(most, (limit - outcome.iterations + 7) / 8)
        }
      } else if case .ordered = attempt {
        guard !isFactored else { continue }
        if options.maximumIterations == nil { most = Self.orderedLimit }
      } else if case .relaxation = attempt {
        // Without Newton's method it takes sweeps alone.
        if !isFactored, options.maximumIterations == nil { most = Self.longRelaxationLimit }
      } else if !isFactored {
        continue
      }
      workspace.z.copy(from: start)
      let found = try Self.run(attempt, workspace, options, limit: most)
      outcome.iterations += found.iterations
      // The budget without an option is one of factorizations.
      switch attempt {
      case .mixing, .ordered: if options.maximumIterations == nil { limit += found.iterations }
      case .relaxation:
        if options.maximumIterations == nil, !isFactored { limit += found.iterations }
      case .continuation, .newton: break
      }
      if found.status == .converged {
        // A state is not traded for one that is less of an equilibrium.
        if bestResidual <= options.tolerance, workspace.residual(into: r) > bestResidual {
          continue
        }
        outcome.status = .converged
        outcome.detail = found.detail
        return outcome
      }
      if found.status == .notApplicable { isFactored = false }
    }
    workspace.z.copy(from: best)
    _ = workspace.residual(into: r)
    return outcome
  }

  private static func run(
    _ attempt: Attempt, _ workspace: ComponentWorkspace, _ options: SolverOptions, limit: Int
  ) throws -> SolverOutcome {
    var options = options
    var iterations = 0
    var way = ""
    do {
      switch attempt {
      case .continuation(let number):
        if number > 0 { move(workspace, number) }
        options.maximumIterations = min(continuationLimit(workspace), limit)
        var found = try ContinuationSolver().solve(workspace, options)
        found.detail = "continuation with \(found.detail ?? "")" + place(number)
        return found
      case .mixing(let window, let number):
        if number > 0 { move(workspace, number) }
        options.maximumIterations = min(mixingLimit(workspace, window), limit)
        var found = PicardSolver(window: window).solve(workspace, options)
        found.detail = "\(MethodName.anderson) of \(window) iterates" + place(number)
        return found
      case .ordered:
        options.maximumIterations = min(orderedLimit, limit)
        var found = GaussSeidelSolver().solve(workspace, options)
        found.detail = "sweeps in the order of evaluation"
        return found
      case .relaxation:
        let isFactored = workspace.unitCount <= largestFactored
        options.maximumIterations = min(
          isFactored ? relaxationLimit : longRelaxationLimit, limit)
        var found = RelaxationSolver().solve(workspace, options)
        guard isFactored else {
          found.detail = found.status == .converged ? "relaxation" : found.detail
          return found
        }
        iterations = found.iterations
        way = " after relaxation"
      case .newton(let number):
        move(workspace, number)
        way = place(number)
      }
      guard iterations < limit else {
        return SolverOutcome(.iterationLimit, iterations: iterations)
      }
      options.maximumIterations = min(mostNewtonSteps, limit - iterations)
      var found = try NewtonSolver().solve(workspace, options)
      found.iterations += iterations
      found.detail = "\(MethodName.newton) with \(found.detail ?? "")\(way)"
      return found
    } catch let error as NotApplicable {
      return SolverOutcome(.notApplicable, iterations: iterations, detail: error.reason)
    }
  }

  private static func place(_ start: Int) -> String {
    start == 0 ? "" : " from another start (\(start))"
  }

  /// Some seconds for each attempt, however large the component is.
  private static func mixingLimit(_ workspace: ComponentWorkspace, _ window: Int) -> Int {
    max(500, min(10_000, 2_000_000_000 / max(1, workspace.unitCount * window)))
  }

  /// Paths over many kinks are long.
  private static func continuationLimit(_ workspace: ComponentWorkspace) -> Int {
    factorizations(workspace, most: 10_000, least: 200, work: 3e8)
  }

  /// What all other attempts may take together.
  private static func newtonLimit(_ workspace: ComponentWorkspace) -> Int {
    factorizations(workspace, most: 2_000, least: 200, work: 3e8)
  }

  /// So many factorizations as their number times the square of the size comes to `work`, within limits.
  static func factorizations(
    _ workspace: ComponentWorkspace, most: Int, least: Int, work: Double
  ) -> Int {
    let n = Double(max(1, workspace.unitCount))
    return Int(min(Double(most), max(Double(least), work / (n * n))))
  }

  /// Moves the start by numbers from a stream of the attempt's own, of growing size.
  private static func move(_ workspace: ComponentWorkspace, _ attempt: Int) {
    let random = CounterRandom(seed: 0, purpose: .attempt, index: attempt)
    let size = [0.5, 2, 8][attempt % 3] * workspace.unitScale
    let z = workspace.z
    for s in z.indices { z[s] += size * (2 * random.uniform(s) - 1) }
  }
}
