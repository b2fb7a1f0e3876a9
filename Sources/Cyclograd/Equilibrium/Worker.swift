/// What one thread computes with, sample after sample or group after group; it allocates nothing
/// after the first.
///
/// A backend that treats the network as one system has it solved here; the sweeps over the
/// condensation are ``LaneWorker``'s.
final class Worker {
  private let plan: SolverPlan
  private let sample: SampleState
  private let workspaces: [ComponentWorkspace]
  private var laneWorkers: [Int: LaneWorker] = [:]
  private var network: Network { plan.network }
  /// How many threads may work on one group.
  var threads = 1
  private lazy var reevaluator = Reevaluator(plan, sample, workspaces)

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
    /// Where iterates are taken down.
    var trace: ResidualTrace?
  }

  /// What computes some number of samples side by side; made when it is first needed.
  private func lanes(_ count: Int) -> LaneWorker {
    let worker = laneWorkers[count] ?? LaneWorker(plan, lanes: count, sample, workspaces)
    laneWorkers[count] = worker
    worker.threads = Parallel.isShared(network, samples: count) ? threads : 1
    return worker
  }

  // MARK: Equilibrium

  /// Finds the equilibria of a group and stores them in the batch.
  func solve(
    _ group: SampleGroup, _ batch: Batch, _ options: SolverOptions
  ) throws -> [SampleEvidence] {
    if plan.granularity == .components {
      return try lanes(group.lanes).solve(group.samples, batch, options)
    }
    return try group.samples.map { try solve($0, batch, options) }
  }

  private func solve(_ index: Int, _ batch: Batch, _ options: SolverOptions) throws
    -> SampleEvidence
  {
    try sample.withWeights(batch.weights) {
      setDrive(index, batch)
      if let start = batch.start {
        let column = batch.startCount == 1 ? 0 : index
        for s in 0..<network.unitCount { sample.z[s] = start[s * batch.startCount + column] }
      }
      let workspace = workspaces[0]
      if batch.start == nil {
        // a = 0, so the first z is what comes from outside.
        workspace.z.copy(from: workspace.drive)
      }
      var evidence = SampleEvidence(status: .converged)
      workspace.beginState()
      workspace.recorder = ResidualRecorder(
        batch.trace, .equilibrium, sample: index, workspace.component, number: 0)
      add(try plan.state.solve(workspace, options), options, to: &evidence)
      measure(index, batch, options, &evidence)
      workspace.recorder?.end(
        evidence.residual, after: evidence.iterations, by: plan.state.name)
      store(index, batch)
      return evidence
    }
  }

  /// Moves the state of a sample, which was an equilibrium before some units' rows, biases or inputs changed.
  func update(
    _ problem: Reevaluator.Problem, changed units: [Int], after known: SampleEvidence,
    _ options: SolverOptions
  ) throws -> Reevaluator.Outcome {
    reevaluator.threads = Parallel.isShared(network, samples: 1) ? threads : 1
    return try reevaluator.update(problem, changed: units, after: known, options)
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

  private func add(
    _ outcome: SolverOutcome, _ options: SolverOptions, to evidence: inout SampleEvidence
  ) {
    evidence.add(
      outcome, of: workspaces[0].component, isWhole: true, listsComponents: options.listsComponents)
  }

  /// Measures the residual over the whole network, from z alone and whatever the solvers said.
  private func measure(
    _ index: Int, _ batch: Batch, _ options: SolverOptions, _ evidence: inout SampleEvidence
  ) {
    setDrive(index, batch)
    sample.addWholeProduct(to: sample.drive)
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

  /// Solves the adjoint systems of a group at the batch's states.
  ///
  /// - Parameters:
  ///   - g: ∂E/∂a of some neurons, one row for each sample of the batch.
  ///   - d: unit-major, where ∂E/∂z is stored.
  func solveAdjoint(
    _ group: SampleGroup, _ batch: Batch, _ options: SolverOptions, g: AdjointSource,
    d: UnsafeMutablePointer<Double>
  ) throws -> [SampleEvidence] {
    if plan.granularity == .components {
      return try lanes(group.lanes).solveAdjoint(group.samples, batch, options, g: g, d: d)
    }
    return try group.samples.map { try solveAdjoint($0, batch, options, g, d) }
  }

  private func solveAdjoint(
    _ index: Int, _ batch: Batch, _ options: SolverOptions, _ g: AdjointSource,
    _ d: UnsafeMutablePointer<Double>
  ) throws -> SampleEvidence {
    try sample.withWeights(batch.weights) {
      for s in 0..<network.unitCount { sample.z[s] = batch.z[s * batch.count + index] }
      activateAll()
      sample.d.update(repeating: 0, count: network.unitCount)
      setSource(index, g)
      workspaces[0].beginAdjoint()
      var evidence = SampleEvidence(status: .converged)
      workspaces[0].beginFactors(isOnly: false)
      workspaces[0].recorder = ResidualRecorder(
        batch.trace, .adjoint, sample: index, workspaces[0].component, number: 0)
      add(try plan.adjoint.solve(workspaces[0], options), options, to: &evidence)
      measureAdjoint(index, g, options, &evidence)
      workspaces[0].recorder?.end(
        evidence.residual, after: evidence.iterations, by: plan.adjoint.name)
      for s in 0..<network.unitCount { d[s * batch.count + index] = sample.d[s] }
      return evidence
    }
  }

  private func setSource(_ index: Int, _ g: AdjointSource) {
    sample.lambda.update(repeating: 0, count: network.neuronCount)
    for (j, k) in g.neurons.enumerated() { sample.lambda[Int(k)] += g.values[index, j] }
  }

  /// Measures the adjoint residual over the whole network, whatever the solvers said.
  private func measureAdjoint(
    _ index: Int, _ g: AdjointSource, _ options: SolverOptions, _ evidence: inout SampleEvidence
  ) {
    setSource(index, g)
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
    let limit = plan.adjoint.isExact ? options.tolerance : .greatestFiniteMagnitude
    guard evidence.status == .converged, !(residual <= limit) else { return }
    evidence.status = residual.isFinite ? .stalled : .notFinite
    evidence.detail = "the adjoint leaves a residual of \(residual)"
  }
}
