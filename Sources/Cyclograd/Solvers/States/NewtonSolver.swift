/// Newton's method on z − W f(z) − drive = 0, with a line search and, where that fails or the
/// matrix is singular, a shift (pseudo-transient continuation, Kelley & Keyes 1998).
///
/// A state that meets the tolerance is accepted only after one more Newton step has confirmed it:
/// where the matrix is singular, or the step is large although the residual is small, z is running
/// away and there is no equilibrium near it. That step also brings the error to rounding level.
public struct NewtonSolver: StateSolver {
  /// How the linear systems are factored.
  public let method: DirectMethod

  /// The name on the command line and in reports.
  public var name: String { MethodName.newton }

  /// The cap on iterations where none is given.
  public static let defaultMaximumIterations = 200

  /// Without a line search Newton's method converges soon or not at all.
  private static let undampedIterations = 50

  /// It is made of factorizations.
  public var mayFactor: Bool { true }

  /// Creates the solver.
  public init(_ method: DirectMethod = .automatic) { self.method = method }

  /// Analyses the component's matrix.
  public func analyze(_ component: Component) throws {
    try JacobianFactorization.analyze(component, method)
  }

  /// Iterates from the workspace's z; where the line search ends in a local minimum of the residual,
  /// once more from the start without it.
  public func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    try workspace.withScratch { start, best in
      start.copy(from: workspace.z)
      let damped = try iterate(workspace, options, isDamped: true)
      let limit = options.maximumIterations ?? Self.defaultMaximumIterations
      guard damped.status == .stalled, damped.iterations < limit else { return damped }
      best.copy(from: workspace.z)
      workspace.z.copy(from: start)
      var rest = options
      rest.maximumIterations = min(limit - damped.iterations, Self.undampedIterations)
      var undamped = try iterate(workspace, rest, isDamped: false)
      undamped.iterations += damped.iterations
      if undamped.status == .converged { return undamped }
      workspace.z.copy(from: best)
      return SolverOutcome(.stalled, iterations: undamped.iterations, detail: damped.detail)
    }
  }

  private func iterate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, isDamped: Bool
  ) throws -> SolverOutcome {
    try workspace.withScratch { r, step, before in
      var iteration = try NewtonIteration(
        workspace, options, workspace.memory.factorization(method), isDamped: isDamped, r: r,
        step: step, before: before)
      return try iteration.run()
    }
  }
}

/// One run of Newton's method.
private struct NewtonIteration {
  private let workspace: ComponentWorkspace
  private let options: SolverOptions
  private let factorization: JacobianFactorization
  private let isDamped: Bool
  private let r: ComponentWorkspace.Vector
  private let step: ComponentWorkspace.Vector
  private let before: ComponentWorkspace.Vector
  private var residual = 0.0
  private var norm = 0.0
  private var shift = 0.0
  private var count = 0

  private static let smallestStep = 0x1p-10
  private static let largestShift = 1e8

  init(
    _ workspace: ComponentWorkspace, _ options: SolverOptions,
    _ factorization: JacobianFactorization, isDamped: Bool, r: ComponentWorkspace.Vector,
    step: ComponentWorkspace.Vector, before: ComponentWorkspace.Vector
  ) {
    self.workspace = workspace
    self.options = options
    self.factorization = factorization
    self.isDamped = isDamped
    self.r = r
    self.step = step
    self.before = before
  }

  mutating func run() throws -> SolverOutcome {
    residual = workspace.residual(into: r)
    guard residual.isFinite else {
      return SolverOutcome(.notFinite, detail: "the state is not finite at the start")
    }
    norm = r.norm
    let limit = options.maximumIterations ?? NewtonSolver.defaultMaximumIterations
    var lastFailure: String?
    var earlier = Double.infinity
    while count < limit {
      // In a local minimum of the norm ever shorter steps are found that lower it a little, one factorization for each.
      if isDamped, count > 0, count % Self.standstill == 0, residual > options.tolerance {
        guard norm <= Self.leastProgress * earlier else {
          return SolverOutcome(
            .stalled, iterations: count, detail: "steps hardly lower the residual any more")
        }
        earlier = norm
      }
      workspace.record(residual, after: count, by: MethodName.newton)
      if workspace.hasReachedZero { return SolverOutcome(.converged, iterations: count) }
      count += 1
      let hasArrived = residual <= options.tolerance
      if hasArrived { shift = 0 }
      do {
        try computeStep(shift: shift)
      } catch let error as JacobianError {
        if error.status != .singular || hasArrived || shift >= Self.largestShift {
          return SolverOutcome(error.status, iterations: count, detail: error.detail)
        }
        lastFailure = error.detail
        raiseShift()
        residual = workspace.residual(into: r)
        continue
      }
      if hasArrived { return try confirm() }
      if takeStep() {
        shift = shift < 1e-6 ? 0 : shift / 10
      } else if shift < Self.largestShift {
        raiseShift()
      } else {
        return SolverOutcome(
          .stalled, iterations: count, detail: lastFailure ?? "no step lowers the residual")
      }
    }
    guard residual <= options.tolerance else {
      return SolverOutcome(
        .iterationLimit, iterations: count,
        detail: "Newton's method has not settled after \(count) steps")
    }
    return try confirmLast()
  }

  /// Leaves in `step` where the linearized equations are solved; `r` changes its sign.
  private func computeStep(shift: Double) throws {
    try factorization.factor(workspace, shift: shift)
    for s in r.indices { r[s] = -r[s] }
    try factorization.solveState(workspace, rho: r, shift: shift, step: step)
  }

  /// Asks of the last state that the limit allows whether it is running away, as of any other.
  private mutating func confirmLast() throws -> SolverOutcome {
    do {
      try computeStep(shift: 0)
    } catch let error as JacobianError {
      return SolverOutcome(error.status, iterations: count, detail: error.detail)
    }
    return try confirm()
  }

  /// Damped steps that lower the norm by less than a tenth, all of them together, lead nowhere.
  private static let standstill = 40
  private static let leastProgress = 0.9

  private mutating func raiseShift() { shift = max(10 * shift, 1e-3) }

  /// Goes along the step as far as the residual falls enough; false, and back where it was, if that is nowhere.
  private mutating func takeStep() -> Bool {
    let z = workspace.z
    before.copy(from: z)
    var length = 1.0
    while length >= Self.smallestStep {
      for s in z.indices { z[s] = before[s] + length * step[s] }
      residual = workspace.residual(into: r)
      let newNorm = r.norm
      if residual.isFinite && (!isDamped || newNorm <= (1 - 1e-4 * length) * norm) {
        norm = newNorm
        return true
      }
      length /= 2
    }
    z.copy(from: before)
    residual = workspace.residual(into: r)
    return false
  }

  /// Takes the last step if it is small, and keeps the better of the two states.
  private mutating func confirm() throws -> SolverOutcome {
    let z = workspace.z
    guard try distance() <= options.tolerance.squareRoot() else {
      _ = workspace.residual(into: r)
      return SolverOutcome(
        .stalled, iterations: count,
        detail: "the residual is small, but the next step is not: the state is running away")
    }
    before.copy(from: z)
    for s in z.indices { z[s] += step[s] }
    if !(workspace.residual(into: r) <= residual) {
      z.copy(from: before)
      _ = workspace.residual(into: r)
    }
    var outcome = SolverOutcome(
      .converged, iterations: count, detail: factorization.description)
    outcome.linearSystem = factorization.quality(
      condition: options.listsComponents ? try factorization.condition(isPrecise: true) : nil)
    return outcome
  }

  /// How far the equilibrium may be from here: the present step, and the one that rounding errors of the residual
  /// alone would cause; relative to the largest |z|.
  private mutating func distance() throws -> Double {
    let z = workspace.z
    let size = z.largest
    if size == 0 { return step.largest == 0 ? 0 : .infinity }
    let factorization = factorization
    return try workspace.withScratch { rounding, reach in
      for s in z.indices {
        rounding[s] = .ulpOfOne * max(abs(z[s]), ComponentWorkspace.least(size))
      }
      do {
        try factorization.solveState(workspace, rho: rounding, step: reach)
      } catch is JacobianError {
        return .infinity
      }
      return max(step.largest, reach.largest) / size
    }
  }
}
