extension AutomaticSolver {
  /// How many starts of its own it tries where nothing was reached from the given one.
  private static let starts = 24
  private static let newtonLimit = 60
  private static let relaxationLimit = 300
  /// Iterations on top of those from the given start, where no cap is given.
  private static let extraLimit = 2_000
  /// Beyond this a component is too expensive to be tried again and again.
  private static let largestSize = 2_000

  /// Solves from the workspace's z. Where neither iteration nor Newton's method reaches an
  /// equilibrium from there, it follows the flow dz/dt = −r for a while, and then tries other starts,
  /// which depend on nothing but their number.
  public func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    let start = workspace.scratch(7)
    start.copy(from: workspace.z)
    var outcome = try escalate(workspace, options)
    let limit = options.maximumIterations ?? outcome.iterations + Self.extraLimit
    guard ![.converged, .notApplicable, .notFinite].contains(outcome.status),
      workspace.unitCount <= Self.largestSize, outcome.iterations < limit
    else { return outcome }
    let best = workspace.scratch(8)
    best.copy(from: workspace.z)
    for attempt in 0...Self.starts {
      workspace.z.copy(from: start)
      var rest = options
      if attempt == 0 {
        rest.maximumIterations = min(Self.relaxationLimit, limit - outcome.iterations)
        outcome.iterations += RelaxationSolver().solve(workspace, rest).iterations
      } else {
        Self.move(workspace, attempt)
      }
      guard outcome.iterations < limit else { break }
      rest.maximumIterations = min(Self.newtonLimit, limit - outcome.iterations)
      let found = try NewtonSolver().solve(workspace, rest)
      outcome.iterations += found.iterations
      if found.status == .converged {
        outcome.status = .converged
        let way = attempt == 0 ? "after relaxation" : "from another start (\(attempt))"
        outcome.detail = "newton with \(found.detail ?? "") \(way)"
        return outcome
      }
      if found.status == .notApplicable || outcome.iterations >= limit { break }
    }
    workspace.z.copy(from: best)
    _ = workspace.residual(into: workspace.scratch(0))
    return outcome
  }

  /// Moves the start by numbers from a stream of the attempt's own, of growing size.
  private static func move(_ workspace: ComponentWorkspace, _ attempt: Int) {
    var state = UInt64(attempt) &* 0x9E37_79B9_7F4A_7C15
    let size = [0.5, 2, 8][attempt % 3]
    let z = workspace.z
    for s in z.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      z[s] += size * (Double(state >> 11) * 0x1p-52 - 1)
    }
  }
}
