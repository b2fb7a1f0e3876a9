import SparseAlgebra

extension LaneWorker {
  /// Finds the equilibria of neighbouring samples and stores them in the batch.
  func solve(
    _ samples: Range<Int>, _ batch: Worker.Batch, _ options: SolverOptions
  ) throws -> [SampleEvidence] {
    var reached = Array(repeating: network.neuronCount, count: samples.count)
    isOnly = batch.count == 1
    return try withEvidence(samples.count, batch) {
      setDrive(samples, batch)
      if batch.start != nil { setStart(samples, batch) }
      var cyclic = 0
      for stage in network.stages {
        if stage.isCyclic {
          let workspace = workspaces[cyclic]
          let component = workspace.component
          beginTrace(.equilibrium, samples, batch, component, number: cyclic)
          cyclic += 1
          state.addProduct(component.units, .outer(component), to: state.drive, threads: threads)
          let before = evidence.indices.filter(isActive)
          try solveComponent(workspace, isWarm: batch.start != nil, options)
          for lane in before where !isActive(lane) {
            reached[lane] = component.neurons.upperBound
          }
          if !evidence.indices.contains(where: isActive) { break }
        } else {
          evaluate(stage)
        }
      }
      checkFinite(state.z, network.unitCount, "the state")
      store(samples, batch, reached)
    }
  }

  private func setDrive(_ samples: Range<Int>, _ batch: Worker.Batch) {
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

  private func setStart(_ samples: Range<Int>, _ batch: Worker.Batch) {
    guard let start = batch.start else { return }
    for s in 0..<network.unitCount {
      for (lane, index) in samples.enumerated() {
        let column = batch.startCount == 1 ? 0 : index
        state.z[s * lanes + lane] = start[s * batch.startCount + column]
      }
    }
  }

  private func evaluate(_ stage: Network.Stage) {
    let units =
      Int(
        network.unitStarts[Int(stage.neurons.lowerBound)])..<Int(
        network.unitStarts[Int(stage.neurons.upperBound)])
    let first = units.lowerBound * lanes
    (state.z + first).update(from: state.drive + first, count: units.count * lanes)
    state.addProduct(units, .all, to: state.z, threads: threads)
    state.activate(stage.runs, isValueOnly: true, threads: threads)
  }

  private func solveComponent(
    _ workspace: ComponentWorkspace, isWarm: Bool, _ options: SolverOptions
  ) throws {
    let component = workspace.component
    if !isWarm {
      // a = 0, so the first z is what comes from outside.
      let first = component.units.lowerBound * lanes
      (state.z + first).update(from: state.drive + first, count: component.unitCount * lanes)
    }
    workspace.threads = threads
    progress.restart(isActive)
    if sweepsTogether(component, plan.state.beginsWithSweeps) { sweep(component, options) }
    for lane in evidence.indices {
      switch progress.status[lane] {
      case .idle: break
      case .converged, .iterationLimit:
        add(outcome(lane, "picard"), residual: progress.residual[lane], lane, component, options)
      case .running, .slow, .notFinite: try goOn(lane, workspace, isWarm: isWarm, options)
      }
    }
  }

  /// Plain sweeps of all running lanes, until each has come to an end.
  private func sweep(_ component: Component, _ options: SolverOptions) {
    let limit = options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations
    let units = component.units
    let first = units.lowerBound * lanes
    let pieces = state.pieces(units)
    sweep(units, state.z, state.next, options, limit: limit, method: "picard") { z, next in
      state.activate(component.runs, z: z, isValueOnly: true, threads: threads)
      network.withRows(units, .inner(component), state.weights) { rows in
        Parallel.forEachPart(of: 0..<units.count, pieces, threads: threads) { piece, range in
          SparseKernels.step(
            rows, rows: range, a: state.activation, drive: state.drive + first, z: z + first,
            running: running, next: next + first, largest: largest + piece * lanes, lanes: lanes)
        }
      }
      reduce(largest, pieces)
    }
  }

  /// Leaves one lane to the backend's solver, which goes on from where the lane is.
  private func goOn(
    _ lane: Int, _ workspace: ComponentWorkspace, isWarm: Bool, _ options: SolverOptions
  ) throws {
    let component = workspace.component
    let sweeps = progress.iterations[lane]
    extract(lane, component.units, from: state.drive, to: sample.drive)
    extract(lane, component.units, from: state.z, to: sample.z)
    if progress.status[lane] == .notFinite { workspace.z.copy(from: workspace.drive) }
    var rest = options
    rest.maximumIterations = options.maximumIterations.map { max(1, $0 - sweeps) }
    workspace.beginState()
    var outcome = try recording(lane, in: workspace) { try plan.state.solve(workspace, rest) }
    outcome.iterations += sweeps
    let residual = workspace.residual(into: workspace.scratch(0))
    workspace.endState(isOnly: isOnly)
    if outcome.status == .converged, !(residual <= options.tolerance) {
      outcome.status = residual.isFinite ? .stalled : .notFinite
      outcome.detail = "the state leaves a residual of \(residual)"
    }
    add(outcome, residual: residual, lane, component, options)
    insert(lane, component.units, from: sample.z, to: state.z)
    insert(lane, component.units, from: sample.slope, to: state.slope)
    insert(lane, component.neurons, from: sample.activation, to: state.activation)
  }

  /// - Parameter reached: for each lane the first neuron that has no meaning.
  private func store(_ samples: Range<Int>, _ batch: Worker.Batch, _ reached: [Int]) {
    let count = batch.count
    let used = evidence.count
    for s in 0..<network.unitCount {
      (batch.z + s * count + samples.lowerBound).update(from: state.z + s * lanes, count: used)
    }
    for k in 0..<network.neuronCount {
      (batch.activations + k * count + samples.lowerBound).update(
        from: state.activation + k * lanes, count: used)
    }
    for (lane, index) in samples.enumerated() where reached[lane] < network.neuronCount {
      for s in Int(network.unitStarts[reached[lane]])..<network.unitCount {
        batch.z[s * count + index] = .nan
      }
      for k in reached[lane]..<network.neuronCount { batch.activations[k * count + index] = .nan }
    }
  }
}
