/// Follows paths from where z starts to an equilibrium at λ = 1, by their arc length, so that they may turn back:
///
/// - H = z − λ (W f(z) + drive) − (1 − λ) z₀ = 0, from λ = 0. Where activations are bounded, it leads to an
///   equilibrium from almost every z₀ (Chow, Mallet-Paret & Yorke, Math. Comp. 32, 1978); with others it may run away.
/// - H = F(z) − (1 − λ) F(z₀) = 0 with F(z) = z − W f(z) − drive (Smale, J. Math. Econ. 3, 1976), if the first has
///   failed, in both directions. It cannot run away at bounded λ where F grows in all directions.
///
/// Each correction needs a factorization; (I − λ W Dᵀ) is the matrix of the shifted Newton step with 1 + σ = 1/λ. At
/// a kink of an activation a path has a corner: it is followed up to there, and on with the slope of the other
/// side, in the direction in which the unit leaves the kink.
public struct ContinuationSolver: StateSolver {
  /// The name on the command line and in reports.
  public var name: String { "continuation" }

  /// How the linear systems are factored.
  public let method: DirectMethod

  /// The cap on factorizations where none is given.
  public static let defaultMaximumIterations = 10_000

  private static let corrections = 8
  private static let shortestStep = 1e-7
  private static let longestStep = 1.0
  /// A path that gets so far does not come back.
  private static let horizon = 1e8

  /// It is made of factorizations.
  public var mayFactor: Bool { true }

  /// Creates the solver.
  public init(_ method: DirectMethod = .automatic) { self.method = method }

  /// Analyses the component's matrix.
  public func analyze(_ component: Component) throws {
    try JacobianFactorization.analyze(component, method)
  }

  /// Follows the paths from the workspace's z; Newton's method makes the last step. An iteration is a
  /// factorization.
  public func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    // Eight vectors: more than are lent together.
    try workspace.withScratch { a, b, c in
      try workspace.withScratch { d, e, f in
        try workspace.withScratch { g, h in
          try followAll(
            ContinuationPath(workspace, method, [a, b, c, d, e, f, g, h]), workspace, options)
        }
      }
    }
  }

  private func followAll(
    _ path: ContinuationPath, _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    let limit = options.maximumIterations ?? Self.defaultMaximumIterations
    guard workspace.residual(into: path.r).isFinite else {
      return SolverOutcome(.notFinite, detail: "the state is not finite at the start")
    }
    var iterations = 0
    var ends: [Double] = []
    for kind in ContinuationPath.Kind.allCases where iterations < limit {
      guard path.begin(kind) else { continue }
      let share = kind == .fixedPoint ? (limit + 1) / 2 : limit
      if let found = try follow(path, workspace, options, limit: share, &iterations) {
        return found
      }
      ends.append(path.lambda)
      path.returnToStart()
    }
    _ = workspace.residual(into: path.r)
    return SolverOutcome(
      iterations < limit ? .stalled : .iterationLimit, iterations: iterations,
      detail: "paths from the start end at λ = \(ends.map { "\($0)" }.joined(separator: ", "))")
  }

  /// Follows one path; `nil` where it leads nowhere.
  private func follow(
    _ path: ContinuationPath, _ workspace: ComponentWorkspace, _ options: SolverOptions, limit: Int,
    _ iterations: inout Int
  ) throws -> SolverOutcome? {
    var length = 0.1
    while iterations < limit {
      if path.isAtKink {
        iterations += 1
        guard path.cross() else { return nil }
        length = max(length, 1e-3)
      }
      path.predict(length)
      var isGood = false
      if path.lambda < 1 {
        var used = 0
        isGood = path.correct(Self.corrections) { residual in
          workspace.record(residual, after: iterations, by: name)
          iterations += 1
          used += 1
        }
        if isGood, used <= 3 { length = min(Self.longestStep * path.relativeSize, 2 * length) }
      } else {
        // What Newton's method does not reach from here is tried from nearer.
        path.arrive()
        var rest = options
        rest.maximumIterations = max(1, min(20, limit - iterations))
        let found = try NewtonSolver(method).solve(workspace, rest)
        iterations += found.iterations
        if found.status == .converged {
          return SolverOutcome(.converged, iterations: iterations, detail: found.detail)
        }
      }
      if isGood {
        path.accept()
        if path.relativeSize > Self.horizon || path.isClosed { return nil }
      } else {
        path.reject()
        length /= 4
        if length < Self.shortestStep { return nil }
      }
    }
    return nil
  }
}
