import SparseAlgebra

/// One cyclic component's systems (I − W Dᵀ) δz = ρ and (I − D Wᵀ) d = D g at a sample: by a factorization, or by
/// sweeps, and GMRES where these would be many, where the factors of a large component would take far longer than so few
/// right-hand sides, or do not fit.
final class LinearizedSolve {
  private let workspace: ComponentWorkspace
  /// `nil` while sweeps do.
  private var lease: FactorLease?

  /// So many sweeps a right-hand side may take.
  private static let sweepsExpected = 100.0
  private static let mostSweeps = 2_000
  /// Sweeps that will take longer give way to GMRES.
  private static let shortRun = 300.0
  private static let mostProducts = 500
  private static let tolerance = 1e-12
  /// Nobody waits for what takes less, in seconds, and factors are exact to rounding.
  private static let shortFactorization = 0.02

  /// - Parameter systems: how many right-hand sides are to come; `nil` for many.
  /// - Throws: ``JacobianError`` or ``NotApplicable``.
  init(_ workspace: ComponentWorkspace, systems: Int?) throws {
    self.workspace = workspace
    if let systems, Self.areSweepsCheaper(workspace, systems) { return }
    lease = try Self.factored(workspace)
  }

  /// The factors go back to where they came from.
  func end() { lease?.end() }

  private static func areSweepsCheaper(_ workspace: ComponentWorkspace, _ systems: Int) -> Bool {
    let component = workspace.component
    let sweeps = sweepsExpected * Double(systems)
    let work = sweeps * CostModel.sweep(component)
    guard CostModel.paysToAnalyse(component, insteadOf: sweeps) else { return true }
    guard let factorization = workspace.memory.costModel.factorization else { return true }
    return factorization > max(work, shortFactorization)
  }

  private static func factored(_ workspace: ComponentWorkspace) throws -> FactorLease {
    do {
      let lease = try workspace.leaseFactorization(.automatic)
      let condition = try lease.factorization.condition()
      if condition >= ConditionProbe.singularCondition {
        lease.endInMemory()
        throw JacobianError(status: .singular, detail: ConditionProbe.message(condition))
      }
      return lease
    } catch let error as JacobianError {
      throw JacobianError(
        status: error.status, detail: error.detail + workspace.component.place)
    }
  }

  private func factorization() throws -> JacobianFactorization {
    if let lease { return lease.factorization }
    let lease = try Self.factored(workspace)
    self.lease = lease
    return lease.factorization
  }

  /// δz with (I − W Dᵀ) δz = ρ.
  func solveState(_ rho: ComponentWorkspace.Vector, into step: ComponentWorkspace.Vector) throws {
    if lease == nil, try sweepState(rho, step) || krylovState(rho, step) { return }
    try factorization().solveState(workspace, rho: rho, step: step)
  }

  /// Leaves in the workspace's d what solves (I − D Wᵀ) d = D source.
  func solveAdjoint() throws {
    if lease == nil, try sweepAdjoint() { return }
    let factorization = try factorization()
    try workspace.withNeuronScratch { lambda in
      try factorization.solveAdjoint(workspace, g: workspace.source, lambda: lambda)
      workspace.multiplySlopes(by: lambda, into: workspace.d)
    }
  }

  private var iteration: FixedPointIteration {
    FixedPointIteration(
      tolerance: Self.tolerance, limit: Self.mostSweeps, acceleration: .whenSlow)
  }

  /// Whether δz ← W Dᵀ δz + ρ has come to an end.
  private func sweepState(
    _ rho: ComponentWorkspace.Vector, _ step: ComponentWorkspace.Vector
  ) throws -> Bool {
    step.copy(from: rho)
    let progress = workspace.withScratch { r, best in
      workspace.withNeuronScratch { change in
        iteration.run(
          step, r: r, best: best,
          mixing: { workspace.mixing(AndersonMixing.window(workspace.component)) },
          residual: {
            if workspace.isCancelled { return .nan }
            workspace.multiplyTransposedSlopes(by: step, into: change)
            r.copy(from: rho)
            workspace.addInnerProduct(of: change, to: r)
            for s in r.indices { r[s] = step[s] - r[s] }
            let error = r.largest
            return error == 0 ? 0 : error / step.largest
          },
          record: { _ in }, shouldStop: Self.isLong)
      }
    }
    try workspace.checkCancellation()
    return progress.hasConverged
  }

  /// The same by GMRES: δz = ρ + W δa, where (I − Dᵀ W) δa = Dᵀ ρ has one row a neuron.
  private func krylovState(
    _ rho: ComponentWorkspace.Vector, _ step: ComponentWorkspace.Vector
  ) throws -> Bool {
    let isSolved = workspace.withNeuronScratch { neurons in
      workspace.multiplyTransposedSlopes(by: rho, into: neurons)
      let right = Array(neurons)
      var change = right.map { _ in 0.0 }
      var system = KrylovSystem(workspace, .incomplete)
      let gmres = RestartedGMRES(tolerance: Self.tolerance, limit: Self.mostProducts)
      guard system.solve(right, &change, transposed: false, gmres).hasConverged else {
        return false
      }
      for k in neurons.indices { neurons[k] = change[k] }
      step.copy(from: rho)
      workspace.addInnerProduct(of: neurons, to: step)
      return true
    }
    try workspace.checkCancellation()
    return isSolved
  }

  private func sweepAdjoint() throws -> Bool {
    workspace.beginAdjoint(scale: 0)
    let progress = NeumannSeries.run(
      workspace, Self.tolerance, limit: Self.mostSweeps, shouldStop: Self.isLong)
    try workspace.checkCancellation()
    if progress.hasConverged { return true }
    let options = SolverOptions(tolerance: Self.tolerance, maximumIterations: Self.mostProducts)
    let outcome = GMRESAdjoint().solve(workspace, options)
    try workspace.checkCancellation()
    return outcome.status == .converged
  }

  private static func isLong(_ progress: FixedPointIteration.Progress) -> Bool {
    progress.isPredictable && progress.remaining(to: tolerance) > shortRun
  }
}
