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
  public var name: String { "newton" }

  /// The cap on iterations where none is given.
  public static let defaultMaximumIterations = 200

  /// Without a line search Newton's method converges soon or not at all.
  private static let undampedIterations = 50
  private static let smallestStep = 0x1p-10
  private static let largestShift = 1e8

  /// Creates the solver.
  public init(_ method: DirectMethod = .automatic) { self.method = method }

  /// Analyses the component's matrix.
  public func analyze(_ component: Component) throws {
    try Linearization.analyze(component, method)
  }

  /// Iterates from the workspace's z; where the line search ends in a local minimum of the residual,
  /// once more from the start without it.
  public func solve(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws -> SolverOutcome {
    let start = workspace.scratch(5)
    start.copy(from: workspace.z)
    let damped = try iterate(workspace, options, isDamped: true)
    let limit = options.maximumIterations ?? Self.defaultMaximumIterations
    guard damped.status == .stalled, damped.iterations < limit else { return damped }
    let best = workspace.scratch(6)
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

  private func iterate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, isDamped: Bool
  ) throws -> SolverOutcome {
    let linearization = try workspace.linearization(method)
    let z = workspace.z
    let r = workspace.scratch(0)
    let step = workspace.scratch(1)
    let before = workspace.scratch(2)
    let limit = options.maximumIterations ?? Self.defaultMaximumIterations
    var residual = workspace.residual(into: r)
    guard residual.isFinite else {
      return SolverOutcome(.notFinite, detail: "the state is not finite at the start")
    }
    var norm = Self.norm(r)
    var shift = 0.0
    var lastFailure = ""
    var iteration = 0
    while iteration < limit {
      workspace.record(residual, after: iteration, by: name)
      iteration += 1
      let hasArrived = residual <= options.tolerance
      do {
        if hasArrived { shift = 0 }
        try linearization.factor(workspace, shift: shift)
        for s in r.indices { r[s] = -r[s] }
        try linearization.solveState(workspace, rho: r, shift: shift, step: step)
      } catch let error as LinearizationError {
        if error.status != .singular || hasArrived || shift >= Self.largestShift {
          return SolverOutcome(error.status, iterations: iteration, detail: error.detail)
        }
        lastFailure = error.detail
        shift = max(10 * shift, 1e-3)
        residual = workspace.residual(into: r)
        continue
      }
      before.copy(from: z)
      if hasArrived {
        let quality = linearization.quality(options)
        let distance = try Self.distance(workspace, linearization)
        var outcome = confirm(
          workspace, residual, distance, options, iteration, linearization.description)
        outcome.linearSystem = quality
        return outcome
      }
      var length = 1.0
      var isAccepted = false
      while length >= Self.smallestStep {
        for s in z.indices { z[s] = before[s] + length * step[s] }
        residual = workspace.residual(into: r)
        let newNorm = Self.norm(r)
        if residual.isFinite && (!isDamped || newNorm <= (1 - 1e-4 * length) * norm) {
          norm = newNorm
          isAccepted = true
          break
        }
        length /= 2
      }
      if isAccepted {
        shift = shift < 1e-6 ? 0 : shift / 10
        continue
      }
      z.copy(from: before)
      residual = workspace.residual(into: r)
      guard shift < Self.largestShift else {
        return SolverOutcome(
          .stalled, iterations: iteration,
          detail: lastFailure.isEmpty ? "no step lowers the residual" : lastFailure)
      }
      shift = max(10 * shift, 1e-3)
    }
    return residual <= options.tolerance
      ? SolverOutcome(.converged, iterations: iteration, detail: linearization.description)
      : SolverOutcome(
        .iterationLimit, iterations: iteration,
        detail: "Newton's method has not settled after \(iteration) steps")
  }

  /// How far the equilibrium may be from here: the present step, and the one that rounding errors of
  /// the residual alone would cause; relative to max(1, |z|).
  private static func distance(
    _ workspace: ComponentWorkspace, _ linearization: Linearization
  ) throws -> Double {
    let z = workspace.z
    let step = workspace.scratch(1)
    let rounding = workspace.scratch(0)
    let reach = workspace.scratch(3)
    for s in z.indices { rounding[s] = .ulpOfOne * max(1, abs(z[s])) }
    do {
      try linearization.solveState(workspace, rho: rounding, step: reach)
    } catch is LinearizationError {
      return .infinity
    }
    var largest = 0.0
    for s in z.indices {
      let relative = max(abs(step[s]), abs(reach[s])) / max(1, abs(z[s]))
      if !(relative <= largest) { largest = relative.isNaN ? .infinity : relative }
    }
    return largest
  }

  /// Takes the last step if it is small, and keeps the better of the two states.
  private func confirm(
    _ workspace: ComponentWorkspace, _ residual: Double, _ distance: Double,
    _ options: SolverOptions, _ iteration: Int, _ description: String
  ) -> SolverOutcome {
    let z = workspace.z
    let r = workspace.scratch(0)
    let step = workspace.scratch(1)
    let before = workspace.scratch(2)
    guard distance <= options.tolerance.squareRoot() else {
      _ = workspace.residual(into: r)
      return SolverOutcome(
        .stalled, iterations: iteration,
        detail: "the residual is small, but the next step is not: the state is running away")
    }
    for s in z.indices { z[s] += step[s] }
    if !(workspace.residual(into: r) <= residual) {
      z.copy(from: before)
      _ = workspace.residual(into: r)
    }
    return SolverOutcome(.converged, iterations: iteration, detail: description)
  }

  private static func norm(_ r: UnsafeMutableBufferPointer<Double>) -> Double {
    var sum = 0.0
    for value in r { sum += value * value }
    return sum.squareRoot()
  }
}
