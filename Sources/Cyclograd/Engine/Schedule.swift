import Synchronization

/// A backend applied to a network: what is computed one after the other, and everything else that depends on the
/// topology alone. All workers share it.
final class Schedule: Sendable {
  let network: Network
  let state: any StateSolver
  let adjoint: any AdjointSolver
  let granularity: GradientBackend.Granularity
  /// The cyclic components in order, or the whole network.
  let components: [Component]
  let stages: [Stage]
  /// The first stage with parameters that a training changes: those before it need no adjoint for that. The number of
  /// stages where there is none.
  let firstTrainedStage: Int
  private let knownUpdateTopology = Mutex<UpdateTopology?>(nil)

  /// Acyclic neurons of one level, or a component that is solved as one system.
  struct Stage: Sendable {
    let neurons: Range<Int>
    let units: Range<Int>
    let runs: Range<Int32>
    /// The number of the component among ``Schedule/components``; `nil` for acyclic neurons.
    let component: Int?
  }

  /// - Throws: ``NotApplicable`` from the backend's solvers.
  init(_ network: Network, _ backend: GradientBackend) throws {
    self.network = network
    state = backend.state
    adjoint = backend.adjoint
    granularity = backend.granularity
    switch granularity {
    case .network:
      components = [Component(whole: network)]
      stages = [
        Stage(
          neurons: 0..<network.neuronCount, units: 0..<network.unitCount,
          runs: 0..<Int32(network.runs.count), component: 0)
      ]
    case .components:
      components = network.components
      var cyclic = 0
      stages = network.stages.map { stage in
        defer { if stage.isCyclic { cyclic += 1 } }
        return Stage(
          neurons: Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound),
          units: network.units(of: stage), runs: stage.runs,
          component: stage.isCyclic ? cyclic : nil)
      }
    }
    firstTrainedStage =
      network.frozen.isEmpty
      ? 0
      : stages.firstIndex { $0.units.contains(where: network.isTrained) } ?? stages.count
    for component in components {
      try state.analyze(component)
      try adjoint.analyze(component)
    }
  }

  /// What updates know of the topology, found when it is first asked for.
  var updateTopology: UpdateTopology {
    knownUpdateTopology.withLock { known in
      if let known { return known }
      let found = UpdateTopology(network)
      known = found
      return found
    }
  }

  /// Whether components are parts of the network, named in what is reported of them.
  var isSplit: Bool { granularity == .components }
}

extension Network {
  /// Whether a training changes the bias of a unit, or a weight that enters it.
  fileprivate func isTrained(_ unit: Int) -> Bool {
    isTrainable(parameter: Int(biasParameter[unit]))
      || inEdges(of: unit).contains { isTrainable(parameter: parameter(ofEdge: $0)) }
  }
}
