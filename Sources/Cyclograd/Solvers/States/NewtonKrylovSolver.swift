import SparseAlgebra

/// Newton's method whose steps (I − W Dᵀ) δ = −r are found by GMRES from products alone, with a line
/// search (Knoll & Keyes, J. Comput. Phys. 193, 2004).
///
/// δ = −r + W δa, where (I − Dᵀ W) δa = −Dᵀ r has one row a neuron.
///
/// A state is accepted only after one more step, solved to full precision, has confirmed it, as in
/// ``NewtonSolver``.
public struct NewtonKrylovSolver: StateSolver {
  /// The name on the command line and in reports.
  public var name: String {
    if case .none = preconditioning { "newton-krylov-plain" } else { "newton-krylov" }
  }

  /// What stands for the inverse of the matrix.
  public let preconditioning: Preconditioning

  private static let smallestStep = 0x1p-10
  /// How far the linear residual is brought down before a state is near.
  private static let forcing = 1e-3

  /// Creates the solver.
  public init(preconditioning: Preconditioning = .incomplete) {
    self.preconditioning = preconditioning
  }

  /// Iterates from the workspace's z.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    workspace.withScratch { r, before, step in
      iterate(workspace, options, r, before, step)
    }
  }

  private func iterate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, _ r: ComponentWorkspace.Vector,
    _ before: ComponentWorkspace.Vector, _ step: ComponentWorkspace.Vector
  ) -> SolverOutcome {
    let z = workspace.z
    let limit = options.maximumIterations ?? NewtonSolver.defaultMaximumIterations
    var residual = workspace.residual(into: r)
    guard residual.isFinite else {
      return SolverOutcome(.notFinite, detail: "the state is not finite at the start")
    }
    for iteration in 1...max(1, limit) {
      workspace.record(residual, after: iteration - 1, by: name)
      if workspace.hasReachedZero { return SolverOutcome(.converged, iterations: iteration - 1) }
      if residual <= options.tolerance {
        return confirm(workspace, options, residual, after: iteration, r, before, step)
      }
      let norm = r.norm
      for s in r.indices { step[s] = -r[s] }
      let isSolved = solve(workspace, Self.forcing, step).isSolved
      before.copy(from: z)
      var length = 1.0
      var isAccepted = false
      while length >= Self.smallestStep, !isAccepted {
        for s in z.indices { z[s] = before[s] + length * step[s] }
        residual = workspace.residual(into: r)
        isAccepted = residual.isFinite && r.norm <= (1 - 1e-4 * length) * norm
        length /= 2
      }
      guard isAccepted else {
        z.copy(from: before)
        _ = workspace.residual(into: r)
        return SolverOutcome(
          .stalled, iterations: iteration,
          detail: isSolved ? "no step lowers the residual" : "gmres finds no step")
      }
    }
    // The last state that the limit allows is asked as any other.
    if workspace.hasReachedZero { return SolverOutcome(.converged, iterations: limit) }
    if residual <= options.tolerance {
      return confirm(workspace, options, residual, after: limit, r, before, step)
    }
    return SolverOutcome(
      .iterationLimit, iterations: limit, detail: "\(name) has not settled after \(limit) steps")
  }

  /// Takes one more step, solved to full precision, from a state that meets the tolerance, and keeps the better of the
  /// two; that step is large where the state is running away.
  private func confirm(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, _ residual: Double,
    after iterations: Int, _ r: ComponentWorkspace.Vector, _ before: ComponentWorkspace.Vector,
    _ step: ComponentWorkspace.Vector
  ) -> SolverOutcome {
    let z = workspace.z
    for s in r.indices { step[s] = -r[s] }
    let (isSolved, way) = solve(workspace, 1e-8, step)
    before.copy(from: z)
    let isNear =
      isSolved && step.largest <= options.tolerance.squareRoot() * z.largest
      && isRegular(workspace, r, options)
    guard isNear else {
      return SolverOutcome(
        .stalled, iterations: iterations,
        detail: "the residual is small, but the next step is not: the state is running away")
    }
    for s in z.indices { z[s] += step[s] }
    if !(workspace.residual(into: r) <= residual) {
      z.copy(from: before)
      _ = workspace.residual(into: r)
    }
    return SolverOutcome(.converged, iterations: iterations, detail: "newton-krylov with \(way)")
  }

  /// Whether rounding errors of the residual alone would not move the state far.
  private func isRegular(
    _ workspace: ComponentWorkspace, _ r: ComponentWorkspace.Vector, _ options: SolverOptions
  ) -> Bool {
    let z = workspace.z
    for s in z.indices { r[s] = .ulpOfOne * max(abs(z[s]), ComponentWorkspace.least(z.largest)) }
    let isSolved = solve(workspace, 1e-2, r).isSolved
    return isSolved && r.largest <= options.tolerance.squareRoot() * z.largest
  }

  /// Replaces ρ = −r by the step ρ + W δa.
  private func solve(
    _ workspace: ComponentWorkspace, _ tolerance: Double, _ step: ComponentWorkspace.Vector
  ) -> (isSolved: Bool, way: String) {
    workspace.withNeuronScratch { neurons in
      workspace.multiplyTransposedSlopes(by: step, into: neurons)
      var change = neurons.map { _ in 0.0 }
      var system = KrylovSystem(workspace, preconditioning)
      let gmres = RestartedGMRES(restart: 50, tolerance: tolerance, limit: 500)
      let result = system.solve(Array(neurons), &change, transposed: false, gmres)
      for k in neurons.indices { neurons[k] = change[k] }
      workspace.addInnerProduct(of: neurons, to: step)
      return (result.hasConverged, system.description)
    }
  }
}
