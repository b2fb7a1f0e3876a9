/// A backend applied to a network: everything that depends on the topology alone.
struct SolverPlan: Sendable {
  let network: Network
  let state: any StateSolver
  let adjoint: any AdjointSolver
  let granularity: GradientBackend.Granularity
  /// The cyclic components in order, or the whole network.
  let components: [Component]

  /// - Throws: ``NotApplicable`` from the backend's solvers.
  init(_ network: Network, _ backend: GradientBackend) throws {
    self.network = network
    state = backend.state
    adjoint = backend.adjoint
    granularity = backend.granularity
    switch granularity {
    case .network: components = [Component(whole: network)]
    case .components:
      components = network.stages.filter(\.isCyclic).map { Component(network, stage: $0) }
    }
    for component in components {
      try state.analyze(component)
      try adjoint.analyze(component)
    }
  }
}
