extension Updater {
  /// The share of a component's neurons in one round from which on sweeps are cheaper, and how many neurons a
  /// component has at least to which that applies.
  private static let fullShare = 0.08
  private static let fewestNeurons = 1024
  /// After more rounds, or the inverse root of the tolerance, sweeps take over. Where an equilibrium has vanished,
  /// residuals fall at most as one over the square of the rounds, and are not taken for small by then.
  private static let mostRounds = 1000.0

  /// Evaluates what waits in a cyclic component by rounds until nothing does, or leaves the component to the backend's
  /// solver; `false` where that is too much.
  func settleComponent(
    _ index: Int, _ problem: Problem, _ options: SolverOptions, _ evidence: inout SampleEvidence
  ) throws -> Bool {
    let neuronCount = network.stages[index].neurons.count
    let isSplit = schedule.isSplit
    let workspace = isSplit ? workspaces[topology.workspaceOfStage[index]] : workspaces[0]
    let component = workspace.component
    work = 0
    let mostRounds = min(
      Int(min(Self.mostRounds, (1 / options.tolerance).squareRoot())),
      options.maximumIterations ?? .max)
    let mostWork =
      isSplit ? component.edgeCount + 4 * component.unitCount : network.edgeCount
    var rounds = 0
    var before = Int.max / 3
    let capacity =
      neuronCount >= Self.fewestNeurons ? Int(Self.fullShare * Double(neuronCount)) : .max
    while active.isWaiting(stage: index) {
      try state.context.checkCancellation()
      active.dequeue(stage: index, into: &waiting)
      // What grows this fast is about to fill the component.
      let fills = Frontier.isFull(waiting.count, before: before, capacity: capacity, share: 8)
      if fills || work > mostWork || rounds >= mostRounds {
        guard isSplit, 2 * component.edgeCount < network.edgeCount else { return false }
        return try solve(workspace, problem, after: rounds, options, &evidence)
      }
      before = waiting.count
      for k in waiting { guard move(Int(k), problem, options) else { return false } }
      rounds += 1
    }
    add(
      SolverOutcome(.converged, iterations: rounds, detail: Self.name), of: component, options,
      to: &evidence)
    return true
  }

  /// Leaves a component to the backend's solver, from where it is, and tells what is downstream of it.
  private func solve(
    _ workspace: ComponentWorkspace, _ problem: Problem, after rounds: Int,
    _ options: SolverOptions, _ evidence: inout SampleEvidence
  ) throws -> Bool {
    let component = workspace.component
    var rest = options
    rest.maximumIterations = options.maximumIterations.map { max(1, $0 - rounds) }
    for (index, s) in component.units.enumerated() {
      state.drive[s] = drive(s, upTo: component.innerEdges(of: index).lowerBound, problem).sum
      state.z[s] = problem.z[s * problem.stride]
    }
    workspace.recorder = nil
    workspace.beginState(warmTolerance: options.tolerance)
    var outcome: SolverOutcome
    do {
      outcome = try schedule.state.solve(workspace, rest)
      outcome.iterations += rounds
    } catch is NotApplicable {
      return false
    }
    let residual = workspace.withScratch { workspace.measuredResidual(into: $0) }
    guard outcome.status == .converged, residual <= options.tolerance else { return false }
    let (transpose, starts) = (network.transpose, component.outRows.outerStarts)
    for (index, k) in component.neurons.enumerated() {
      let change = state.activation[k] - problem.activation[k * problem.stride]
      if change != 0 {
        let edges = Int(starts[index])..<transpose.edges(of: k).upperBound
        push(change, from: k, along: edges, problem, options)
      }
    }
    for k in component.neurons { problem.activation[k * problem.stride] = state.activation[k] }
    for s in component.units {
      problem.z[s * problem.stride] = state.z[s]
      _ = active.touch(s)
      (active.residual[s], active.scale[s]) = (0, abs(state.z[s]))
    }
    outcome.detail = outcome.detail ?? schedule.state.name
    add(outcome, of: component, options, to: &evidence)
    return true
  }

  /// Takes in what became of a component, in place of what was known of it before.
  private func add(
    _ outcome: SolverOutcome, of component: Component, _ options: SolverOptions,
    to evidence: inout SampleEvidence
  ) {
    let listed = evidence.components
    evidence.add(
      outcome, of: component, isWhole: !schedule.isSplit,
      listsComponents: options.listsComponents)
    guard options.listsComponents, let new = evidence.components.last,
      let place = listed.firstIndex(where: { $0.neuron == new.neuron })
    else { return }
    evidence.components = listed
    evidence.components[place] = new
  }
}
