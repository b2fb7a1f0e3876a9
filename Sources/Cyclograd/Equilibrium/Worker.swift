/// Computes one sample after another: the sweeps over the condensation, forwards and backwards.
///
/// A worker belongs to one thread at a time and allocates nothing after its first sample.
final class Worker {
  private let plan: SolverPlan
  private let sample: SampleState
  private let workspaces: [ComponentWorkspace]
  private var network: Network { plan.network }

  init(_ plan: SolverPlan) {
    self.plan = plan
    let sample = SampleState(plan.network)
    self.sample = sample
    workspaces = plan.components.map { ComponentWorkspace($0, sample) }
  }

  /// One batch in the layout of ``Equilibrium``, shared by the workers that fill it.
  struct Batch: @unchecked Sendable {
    var count: Int
    var weights: UnsafePointer<Double>
    var biases: UnsafePointer<Double>
    var inputs: Matrix
    /// Rows in condensation order of units, or empty for a cold start.
    var start: UnsafePointer<Double>?
    var startCount: Int
    var z: UnsafeMutablePointer<Double>
    var activations: UnsafeMutablePointer<Double>
  }

  // MARK: Equilibrium

  /// Finds the equilibrium of one sample and stores it in the batch.
  func solve(_ index: Int, _ batch: Batch, _ options: SolverOptions) throws -> SampleEvidence {
    try sample.withWeights(batch.weights) {
      setDrive(index, batch)
      if let start = batch.start {
        let column = batch.startCount == 1 ? 0 : index
        for s in 0..<network.unitCount { sample.z[s] = start[s * batch.startCount + column] }
      }
      var evidence = SampleEvidence(status: .converged)
      if plan.granularity == .network {
        let workspace = workspaces[0]
        try solveComponent(workspace, isWarm: batch.start != nil, options, &evidence)
      } else {
        try sweep(isWarm: batch.start != nil, options, &evidence)
      }
      measure(index, batch, options, &evidence)
      store(index, batch)
      return evidence
    }
  }

  /// Takes a given state as the answer, and measures what it is worth.
  func accept(_ index: Int, _ batch: Batch, _ options: SolverOptions) -> SampleEvidence {
    sample.withWeights(batch.weights) {
      let column = batch.startCount == 1 ? 0 : index
      for s in 0..<network.unitCount {
        sample.z[s] = batch.start.map { $0[s * batch.startCount + column] } ?? 0
      }
      activateAll()
      var evidence = SampleEvidence(status: .converged)
      measure(index, batch, options, &evidence)
      store(index, batch)
      if evidence.status == .stalled {
        evidence.detail = "the given state leaves a residual of \(evidence.residual)"
      }
      return evidence
    }
  }

  private func setDrive(_ index: Int, _ batch: Batch) {
    sample.drive.update(from: batch.biases, count: network.unitCount)
    for (column, s) in network.inputUnits.enumerated() {
      sample.drive[Int(s)] += batch.inputs[index, column]
    }
  }

  private func activateAll() {
    network.activate(
      0..<Int32(network.runs.count), z: sample.z, activation: sample.activation, slope: sample.slope
    )
  }

  private func sweep(
    isWarm: Bool, _ options: SolverOptions, _ evidence: inout SampleEvidence
  ) throws {
    var cyclic = 0
    for stage in network.stages {
      if stage.isCyclic {
        let workspace = workspaces[cyclic]
        cyclic += 1
        let first = workspace.component.units.lowerBound
        sample.addOuterProduct(workspace.component, to: sample.drive + first)
        try solveComponent(workspace, isWarm: isWarm, options, &evidence)
        // What lies downstream has no meaning without this component.
        if evidence.status != .converged { return fillUnreached(from: stage) }
      } else {
        let neurons = Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound)
        let units =
          Int(network.unitStarts[neurons.lowerBound])..<Int(network.unitStarts[neurons.upperBound])
        let z = sample.z + units.lowerBound
        z.update(from: sample.drive + units.lowerBound, count: units.count)
        sample.addProduct(units: units, to: z)
        network.activate(
          stage.runs, z: sample.z, activation: sample.activation, slope: sample.slope)
      }
    }
  }

  private func fillUnreached(from stage: Network.Stage) {
    let end = Int(stage.neurons.upperBound)
    for s in Int(network.unitStarts[end])..<network.unitCount { sample.z[s] = .nan }
    for k in end..<network.neuronCount { sample.activation[k] = .nan }
  }

  private func solveComponent(
    _ workspace: ComponentWorkspace, isWarm: Bool, _ options: SolverOptions,
    _ evidence: inout SampleEvidence
  ) throws {
    if !isWarm {
      // a = 0, so the first z is what comes from outside.
      workspace.z.copy(from: workspace.drive)
    }
    let outcome = try plan.state.solve(workspace, options)
    add(outcome, of: workspace.component, options, to: &evidence)
  }

  private func add(
    _ outcome: SolverOutcome, of component: Component, _ options: SolverOptions,
    to evidence: inout SampleEvidence
  ) {
    evidence.iterations = max(evidence.iterations, outcome.iterations)
    if evidence.status == .converged {
      evidence.status = outcome.status
      if outcome.status == .converged {
        // The methods that were used, each once.
        if let detail = outcome.detail, evidence.detail?.contains(detail) != true {
          evidence.detail = evidence.detail.map { "\($0), \(detail)" } ?? detail
        }
      } else {
        let name = network.name(atPosition: component.neurons.lowerBound)
        let place =
          plan.granularity == .network
          ? ""
          : " (the component of \(name)"
            + (component.neuronCount > 1 ? ", of \(component.neuronCount) neurons)" : ")")
        evidence.detail = outcome.detail.map { $0 + place }
      }
    }
    if options.listsComponents {
      evidence.components.append(
        ComponentEvidence(
          neuron: network.name(atPosition: component.neurons.lowerBound),
          size: component.neuronCount, outcome: outcome))
    }
  }

  /// Measures the residual over the whole network, from z alone and whatever the solvers said.
  private func measure(
    _ index: Int, _ batch: Batch, _ options: SolverOptions, _ evidence: inout SampleEvidence
  ) {
    setDrive(index, batch)
    sample.addProduct(units: 0..<network.unitCount, to: sample.drive)
    var largest = 0.0
    for s in 0..<network.unitCount {
      let scaled = abs(sample.z[s] - sample.drive[s]) / max(1, abs(sample.z[s]))
      if !(scaled <= largest) { largest = scaled.isNaN ? .infinity : scaled }
    }
    evidence.residual = largest.isFinite ? largest : .nan
    guard evidence.status == .converged, !(largest <= options.tolerance) else { return }
    evidence.status = largest.isFinite ? .stalled : .notFinite
    evidence.detail = "the state leaves a residual of \(largest)"
  }

  private func store(_ index: Int, _ batch: Batch) {
    for s in 0..<network.unitCount { batch.z[s * batch.count + index] = sample.z[s] }
    for k in 0..<network.neuronCount {
      batch.activations[k * batch.count + index] = sample.activation[k]
    }
  }

  // MARK: Adjoint

  /// Solves the adjoint system of one sample at the batch's state.
  ///
  /// - Parameters:
  ///   - g: calls back with a position and ∂E/∂a there.
  ///   - d: unit-major, where ∂E/∂z is stored.
  func solveAdjoint(
    _ index: Int, _ batch: Batch, _ options: SolverOptions,
    g: (_ add: (_ neuron: Int, _ value: Double) -> Void) -> Void,
    d: UnsafeMutablePointer<Double>
  ) throws -> SampleEvidence {
    try sample.withWeights(batch.weights) {
      for s in 0..<network.unitCount { sample.z[s] = batch.z[s * batch.count + index] }
      activateAll()
      sample.lambda.update(repeating: 0, count: network.neuronCount)
      sample.d.update(repeating: 0, count: network.unitCount)
      g { k, value in sample.lambda[k] += value }
      var evidence = SampleEvidence(status: .converged)
      if plan.granularity == .network {
        let outcome = try plan.adjoint.solve(workspaces[0], options)
        add(outcome, of: workspaces[0].component, options, to: &evidence)
      } else {
        try sweepBack(options, &evidence)
      }
      measureAdjoint(g, options, &evidence)
      for s in 0..<network.unitCount { d[s * batch.count + index] = sample.d[s] }
      return evidence
    }
  }

  private func sweepBack(_ options: SolverOptions, _ evidence: inout SampleEvidence) throws {
    var cyclic = workspaces.count
    for stage in network.stages.reversed() {
      let neurons = Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound)
      if stage.isCyclic {
        cyclic -= 1
        let workspace = workspaces[cyclic]
        sample.addOuterTransposedProduct(
          workspace.component, to: sample.lambda + neurons.lowerBound)
        let outcome = try plan.adjoint.solve(workspace, options)
        add(outcome, of: workspace.component, options, to: &evidence)
        if evidence.status != .converged { return }
      } else {
        sample.addTransposedProduct(neurons: neurons, to: sample.lambda + neurons.lowerBound)
        network.multiplySlopes(
          stage.runs, slope: sample.slope, by: sample.lambda, into: sample.d)
      }
    }
  }

  /// Measures the adjoint residual over the whole network, whatever the solvers said.
  private func measureAdjoint(
    _ g: (_ add: (Int, Double) -> Void) -> Void, _ options: SolverOptions,
    _ evidence: inout SampleEvidence
  ) {
    sample.lambda.update(repeating: 0, count: network.neuronCount)
    g { k, value in sample.lambda[k] += value }
    sample.addWholeTransposedProduct(to: sample.lambda)
    // The drive is not needed any more and makes room for the step.
    network.multiplySlopes(
      0..<Int32(network.runs.count), slope: sample.slope, by: sample.lambda, into: sample.drive)
    var largest = 0.0
    var scale = network.largestSlopeTerm(
      0..<Int32(network.runs.count), slope: sample.slope, by: sample.lambda)
    for s in 0..<network.unitCount {
      let difference = abs(sample.drive[s] - sample.d[s])
      if !(difference <= largest) { largest = difference.isNaN ? .infinity : difference }
      scale = max(scale, abs(sample.d[s]))
    }
    let residual = largest == 0 ? 0 : largest / scale
    evidence.residual = residual.isFinite ? residual : .nan
    guard evidence.status == .converged, !(residual <= options.tolerance) else { return }
    evidence.status = residual.isFinite ? .stalled : .notFinite
    evidence.detail = "the adjoint leaves a residual of \(residual)"
  }
}
