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
  public init(preconditioning: Preconditioning = .automatic) {
    self.preconditioning = preconditioning
  }

  /// Iterates from the workspace's z.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    let z = workspace.z
    let r = workspace.scratch(0)
    let before = workspace.scratch(1)
    let limit = options.maximumIterations ?? NewtonSolver.defaultMaximumIterations
    var residual = workspace.residual(into: r)
    guard residual.isFinite else {
      return SolverOutcome(.notFinite, detail: "the state is not finite at the start")
    }
    for iteration in 1...max(1, limit) {
      workspace.record(residual, after: iteration - 1, by: name)
      let hasArrived = residual <= options.tolerance
      let right = r.map { -$0 }
      let (step, isSolved, way) = step(workspace, right, hasArrived ? 1e-8 : Self.forcing)
      before.copy(from: z)
      if hasArrived {
        return Self.confirm(
          workspace, step, isSolved, residual, options, iteration, "newton-krylov with \(way)")
      }
      let norm = Self.norm(right)
      var length = 1.0
      var isAccepted = false
      while length >= Self.smallestStep, !isAccepted {
        for s in z.indices { z[s] = before[s] + length * step[s] }
        residual = workspace.residual(into: r)
        isAccepted = residual.isFinite && Self.norm(Array(r)) <= (1 - 1e-4 * length) * norm
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
    return SolverOutcome(
      .iterationLimit, iterations: limit, detail: "\(name) has not settled after \(limit) steps")
  }

  private func step(
    _ workspace: ComponentWorkspace, _ right: [Double], _ tolerance: Double
  ) -> (step: [Double], isSolved: Bool, way: String) {
    let units = workspace.scratch(2)
    let neurons = workspace.neuronScratch(2)
    for s in units.indices { units[s] = right[s] }
    workspace.multiplyTransposedSlopes(by: units, into: neurons)
    var change = neurons.map { _ in 0.0 }
    var system = KrylovSystem(workspace, preconditioning)
    let gmres = RestartedGMRES(restart: 50, tolerance: tolerance, limit: 500)
    let result = system.solve(Array(neurons), &change, transposed: false, gmres)
    for k in neurons.indices { neurons[k] = change[k] }
    workspace.addInnerProduct(of: neurons, to: units)
    return (Array(units), result.hasConverged, system.description)
  }

  private static func confirm(
    _ workspace: ComponentWorkspace, _ step: [Double], _ isSolved: Bool, _ residual: Double,
    _ options: SolverOptions, _ iteration: Int, _ detail: String
  ) -> SolverOutcome {
    let z = workspace.z
    let before = workspace.scratch(1)
    let r = workspace.scratch(0)
    var distance = 0.0
    for s in z.indices { distance = max(distance, abs(step[s]) / max(1, abs(z[s]))) }
    guard isSolved || residual == 0, distance <= options.tolerance.squareRoot() else {
      return SolverOutcome(
        .stalled, iterations: iteration,
        detail: "the residual is small, but the next step is not: the state is running away")
    }
    for s in z.indices { z[s] += step[s] }
    if !(workspace.residual(into: r) <= residual) {
      z.copy(from: before)
      _ = workspace.residual(into: r)
    }
    return SolverOutcome(.converged, iterations: iteration, detail: detail)
  }

  private static func norm(_ v: [Double]) -> Double {
    v.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

extension ComponentWorkspace {
  /// result = Dᵀ v per neuron for a vector v over units, with the slopes as they are: how activations
  /// change when pre-activations do.
  func multiplyTransposedSlopes(
    by v: UnsafeMutableBufferPointer<Double>, into result: UnsafeMutableBufferPointer<Double>
  ) {
    guard let v = v.baseAddress, let result = result.baseAddress else { return }
    component.network.multiplyTransposedSlopes(
      component.runs, slope: sample.slope, by: v - component.units.lowerBound,
      into: result - component.neurons.lowerBound)
  }
}
