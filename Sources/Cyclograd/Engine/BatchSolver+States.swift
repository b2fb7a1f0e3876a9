import SparseAlgebra

extension BatchSolver {
  /// Finds the equilibria of neighbouring samples and stores them in the batch.
  func solve(
    _ samples: Range<Int>, _ batch: Batch, _ options: SolverOptions
  ) throws -> [SampleEvidence] {
    var reached = Array(repeating: network.neuronCount, count: samples.count)
    return try withEvidence(samples.count, batch) {
      setDrive(samples, batch)
      setStart(samples, batch)
      for stage in schedule.stages {
        try state.context.checkCancellation()
        guard let number = stage.component else {
          evaluate(stage)
          continue
        }
        beginTrace(.equilibrium, samples, batch, component: number)
        let component = schedule.components[number]
        state.addProduct(component.units, .outer(component), to: state.drive)
        let before = evidence.indices.filter(isActive)
        try solveComponent(number, options)
        for lane in before where !isActive(lane) {
          reached[lane] = component.neurons.upperBound
        }
        if !evidence.indices.contains(where: isActive) { break }
      }
      checkFinite(reached)
      store(samples, batch, reached)
    }
  }

  private func setDrive(_ samples: Range<Int>, _ batch: Batch) {
    for s in 0..<network.unitCount {
      (state.drive + s * lanes).update(repeating: batch.biases[s], count: lanes)
    }
    let columns = batch.inputs.columns
    batch.inputs.elements.withUnsafeBufferPointer { inputs in
      for (column, s) in network.inputUnits.enumerated() {
        let drive = state.drive + Int(s) * lanes
        for (lane, index) in samples.enumerated() {
          drive[lane] += inputs[index * columns + column]
        }
      }
    }
  }

  private func setStart(_ samples: Range<Int>, _ batch: Batch) {
    isWarm = samples.map(batch.isWarm)
    guard let start = batch.start else { return }
    for s in 0..<network.unitCount {
      for (lane, index) in samples.enumerated() where isWarm[lane] {
        state.z[s * lanes + lane] = start[batch.startIndex(s, index)]
      }
    }
  }

  private func evaluate(_ stage: Schedule.Stage) {
    let first = stage.units.lowerBound * lanes
    (state.z + first).update(from: state.drive + first, count: stage.units.count * lanes)
    state.addProduct(stage.units, .all, to: state.z)
    state.activate(stage.runs, isValueOnly: true)
  }

  // MARK: Components

  private func solveComponent(_ number: Int, _ options: SolverOptions) throws {
    let map = maps[number]
    let component = map.component
    beginCold(map)
    guard schedule.state.beginsWithSweeps else {
      for lane in evidence.indices where isActive(lane) {
        try finishAlone(lane, number, options)
      }
      return
    }
    // Where nothing drives a state that starts elsewhere, it may shrink for ever: that is left to the workspace.
    let isPolished = schedule.state.acceleratesSweeps && NewtonPolish.applies(to: component)
    progress.restart(
      tolerance: isPolished ? max(options.tolerance, NewtonPolish.nearby) : options.tolerance,
      limit: options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations
    ) { isActive($0) && !(isWarm[$0] && isUndriven($0, map)) }
    if schedule.state.acceleratesSweeps { linearSweeps.solveState(map, options) }
    stateSweeps.run(map, workspaces[number])
    try state.context.checkCancellation()
    let polish = isPolished ? polished(map) : nil
    for lane in evidence.indices where isActive(lane) {
      switch progress.status[lane] {
      case .converged where polish != nil:
        try finish(polish!, lane, number, options)
      case .converged, .iterationLimit:
        add(
          outcome(lane, stateSweeps.name), residual: progress.residual[lane], lane,
          component, options)
      case .running, .idle: try finishAlone(lane, number, options)
      case .slow:
        try finishAlone(
          lane, number, after: progress.iterations[lane], options)
      case .notFinite:
        try finishAlone(
          lane, number, after: progress.iterations[lane], beginsAtStart: true,
          options)
      }
    }
  }

  /// Lets lanes without a start begin at a = 0: the first z is what comes from outside.
  private func beginCold(_ map: ComponentOperator) {
    let (z, drive) = (state.z + map.firstUnit, state.drive + map.firstUnit)
    let count = map.component.unitCount
    guard isWarm.contains(true) else { return z.update(from: drive, count: count * lanes) }
    for s in 0..<count {
      for lane in 0..<lanes where !(lane < isWarm.count && isWarm[lane]) {
        z[s * lanes + lane] = drive[s * lanes + lane]
      }
    }
  }

  /// Takes what Newton's steps have made of a lane, or leaves it to the solver where that is not enough.
  private func finish(
    _ polish: NewtonPolish, _ lane: Int, _ number: Int, _ options: SolverOptions
  ) throws {
    let (sweeps, steps) = (progress.iterations[lane], polish.steps[lane])
    guard polish.error[lane] <= options.tolerance else {
      return try finishAlone(lane, number, after: sweeps + steps, options)
    }
    let outcome = SolverOutcome(
      .converged, iterations: sweeps + steps,
      detail: steps > 0 ? NewtonPolish.name : stateSweeps.name)
    add(outcome, residual: polish.error[lane], lane, schedule.components[number], options)
  }

  private func isUndriven(_ lane: Int, _ map: ComponentOperator) -> Bool {
    (0..<map.component.unitCount).allSatisfy {
      state.drive[map.firstUnit + $0 * lanes + lane] == 0
    }
  }

  /// Leaves one lane to the backend's solver, which goes on from where the lane is, or from a = 0.
  ///
  /// - Parameter sweeps: how many were made in vain.
  private func finishAlone(
    _ lane: Int, _ number: Int, after sweeps: Int? = nil, beginsAtStart: Bool = false,
    _ options: SolverOptions
  ) throws {
    let workspace = workspaces[number]
    let component = workspace.component
    if state !== single {
      state.extract(lane, component.units, from: state.drive, to: single.drive)
      state.extract(lane, component.units, from: state.z, to: single.z)
    }
    if beginsAtStart { workspace.z.copy(from: workspace.drive) }
    single.measures.running[0] = -1
    var rest = options
    rest.maximumIterations = options.maximumIterations.map { max(1, $0 - (sweeps ?? 0)) }
    workspace.beginState(warmTolerance: isWarm[lane] ? options.tolerance : nil)
    // A start that is an equilibrium to rounding is kept, whatever the solver would make of it.
    let isKept =
      sweeps == nil
      && workspace.withScratch { workspace.measuredResidual(into: $0) } <= SweepProgress.rounding
    var outcome = SolverOutcome(.converged)
    if !isKept {
      outcome = try recording(lane, in: workspace) { try schedule.state.solve(workspace, rest) }
      try workspace.checkCancellation()
      outcome.iterations += sweeps ?? 0
    }
    if schedule.state.mayFactor { try workspace.explainFailure(&outcome) }
    let residual = workspace.withScratch { workspace.measuredResidual(into: $0) }
    outcome.doubt("state", residual: residual, tolerance: options.tolerance)
    add(outcome, residual: residual, lane, component, options)
    guard state !== single else { return }
    state.insert(lane, component.units, from: single.z, to: state.z)
    state.insert(lane, component.units, from: single.slope, to: state.slope)
    state.insert(lane, component.neurons, from: single.activation, to: state.activation)
  }

  // MARK: The end

  /// Marks samples with a number that is not finite, by the first neuron in the order of evaluation that has one.
  ///
  /// - Parameter reached: for each lane the first neuron that has no meaning.
  private func checkFinite(_ reached: [Int]) {
    guard
      Self.hasNonFinite(state.z, network.unitCount * lanes)
        || Self.hasNonFinite(state.activation, network.neuronCount * lanes)
        || evidence.contains(where: { $0.status == .notFinite })
    else { return }
    for lane in evidence.indices where isActive(lane) || evidence[lane].status == .notFinite {
      guard let message = firstBroken(lane, before: reached[lane]) else { continue }
      evidence[lane].status = .notFinite
      evidence[lane].residual = .nan
      evidence[lane].detail = message
    }
  }

  private func firstBroken(_ lane: Int, before end: Int) -> String? {
    for k in 0..<end {
      for s in Int(network.unitStarts[k])..<Int(network.unitStarts[k + 1]) {
        let z = state.z[s * lanes + lane]
        if !z.isFinite { return "the pre-activation of \(network.name(atPosition: k)) is \(z)" }
      }
      let a = state.activation[k * lanes + lane]
      if !a.isFinite { return "the activation of \(network.name(atPosition: k)) is \(a)" }
    }
    return nil
  }

  /// - Parameter reached: for each lane the first neuron that has no meaning.
  private func store(_ samples: Range<Int>, _ batch: Batch, _ reached: [Int]) {
    let count = batch.count
    let used = evidence.count
    SparseKernels.copyRows(
      network.unitCount, width: used, from: state.z, stride: lanes,
      to: batch.z + samples.lowerBound,
      stride: count)
    SparseKernels.copyRows(
      network.neuronCount, width: used, from: state.activation, stride: lanes,
      to: batch.activations + samples.lowerBound, stride: count)
    for (lane, index) in samples.enumerated() where reached[lane] < network.neuronCount {
      for s in Int(network.unitStarts[reached[lane]])..<network.unitCount {
        batch.z[s * count + index] = .nan
      }
      for k in reached[lane]..<network.neuronCount { batch.activations[k * count + index] = .nan }
    }
  }

  // MARK: Given states

  /// Measures the residuals of some units, whose rows have one shift.
  private func measureStep(_ units: Range<Int>) {
    let measures = state.measures
    let pieces = Parallel.pieces((network.rows.edgeCount(units) + 4 * units.count) * lanes)
    let first = units.lowerBound * lanes
    measures.error.update(repeating: 0, count: lanes)
    network.withRows(units, .all, state.weights) { rows in
      state.forEachPart(of: 0..<units.count, pieces, grain: RowBundles.size) {
        piece, range in
        SparseKernels.step(
          rows, rows: range, a: state.activation, drive: state.drive + first, z: state.z + first,
          running: measures.running, next: state.next + first,
          change: StepChange(
            change: measures.change + piece * lanes, size: measures.size + piece * lanes,
            error: (measures.error + piece * lanes, UnsafePointer(measures.least))),
          lanes: lanes)
      }
      measures.reduceStep(pieces, measuresError: true)
    }
  }

  /// Takes given states as the answer, and measures what they are worth over the whole network.
  func accept(_ samples: Range<Int>, _ batch: Batch, _ options: SolverOptions) -> [SampleEvidence] {
    let measures = state.measures
    return withEvidence(samples.count, batch) {
      setDrive(samples, batch)
      setStart(samples, batch)
      // What was not given is no answer, whatever the workspace holds of earlier ones.
      for lane in samples.indices.map({ $0 - samples.lowerBound }) where !isWarm[lane] {
        for s in 0..<network.unitCount { state.z[s * lanes + lane] = .nan }
      }
      state.activate(0..<Int32(network.runs.count), isValueOnly: true)
      measures.running.update(repeating: -1, count: lanes)
      var worst = [Double](repeating: 0, count: lanes)
      for stage in network.stages {
        let units = network.units(of: stage)
        // Errors are relative to the component's own size, as where it is solved.
        for b in 0..<lanes {
          var size = 0.0
          for s in units { size = max(size, abs(state.z[s * lanes + b])) }
          measures.least[b] = ComponentWorkspace.least(size)
        }
        network.rows.forEachRun(of: units) { run in
          measureStep(run)
          for b in 0..<lanes where !(measures.error[b] <= worst[b]) { worst[b] = measures.error[b] }
        }
      }
      for lane in evidence.indices {
        let residual = worst[lane]
        evidence[lane].residual = residual.isFinite ? residual : .nan
        if residual <= options.tolerance { continue }
        evidence[lane].status = residual.isFinite ? .stalled : .notFinite
        evidence[lane].detail = "the given state leaves a residual of \(residual)"
      }
      let whole = Array(repeating: network.neuronCount, count: samples.count)
      checkFinite(whole)
      store(samples, batch, whole)
    }
  }
}
