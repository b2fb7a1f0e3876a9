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
    let method =
      sweepsTogether(component, plan.state.beginsWithSweeps) ? sweep(workspace, options) : ""
    for lane in evidence.indices {
      switch progress.status[lane] {
      case .idle: break
      case .converged, .iterationLimit:
        add(
          outcome(lane, method), residual: progress.residual[lane], lane, component, options)
      case .running: try goOn(lane, workspace, options)
      case .slow:
        let isNear = progress.residual[lane] <= Self.nearby
        try goOn(lane, workspace, beginsAnew: method == Self.newtonName && !isNear, options)
      case .notFinite: try goOn(lane, workspace, beginsAnew: true, options)
      }
    }
  }

  /// What states are called that Newton steps of all lanes have led to.
  private static let newtonName = "newton, side by side"

  /// Sweeps of all running lanes, until each has come to an end; Newton steps, or an order of blocks, where
  /// those are cheaper. Returns what they were.
  private func sweep(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> String {
    let component = workspace.component
    let factorization = plan.state.acceleratesSweeps ? factorization(component) : nil
    let blocks = plan.state.acceleratesSweeps ? SweepBlocks(component, lanes: lanes) : nil
    var isNewton = false
    var name: String {
      isNewton ? Self.newtonName : blocks == nil ? "picard" : SweepBlocks.name
    }
    // Whether a belongs to the present z already.
    var isActivated = false
    let run = SweepRun(
      range: component.units, now: state.z, next: state.next, tolerance: options.tolerance,
      limit: options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations,
      alwaysMeasures: blocks == nil)
    let matrix =
      lanes == 1
      ? workspace.sweepMatrix : SweepMatrix(component, isTransposed: false, state.weights)
    sweep(run, matrix, method: name) { rows, z, next, measures, isLong in
      if factorization != nil, isLong { isNewton = true }
      if !isActivated {
        state.activate(component.runs, z: z, isValueOnly: !isNewton, threads: threads)
      }
      if let blocks, !measures {
        step(component, rows, blocks, z, next)
        isActivated = true
        return
      }
      isActivated = false
      let pieces = state.pieces(component.units)
      step(component, rows, 0..<component.unitCount, pieces: 0..<pieces, z, next)
      reduce(largest, pieces)
      if let factorization, isNewton { takeNewtonStep(component, factorization, z, next) }
    }
    return name
  }

  /// next = W a + drive for some rows of the component, in pieces that leave what has changed where their
  /// numbers say.
  private func step(
    _ component: Component, _ matrix: SparseRows, _ rows: Range<Int>, pieces: Range<Int>,
    _ z: UnsafePointer<Double>, _ next: UnsafeMutablePointer<Double>
  ) {
    let first = component.units.lowerBound * lanes
    Parallel.forEachPart(
      of: rows, pieces.count, threads: threads, grain: RowBundles.size
    ) { piece, range in
      SparseKernels.step(
        matrix, rows: range, a: state.activation, drive: state.drive + first, z: z + first,
        running: running, next: next + first,
        largest: largest + (pieces.lowerBound + piece) * lanes, lanes: lanes)
    }
  }

  /// The same block by block, each with the activations that the blocks before it have just got; on return all
  /// activations are those of `next`.
  private func step(
    _ component: Component, _ matrix: SparseRows, _ blocks: SweepBlocks,
    _ z: UnsafePointer<Double>, _ next: UnsafeMutablePointer<Double>
  ) {
    for (index, range) in blocks.ranges.enumerated() {
      step(component, matrix, range, pieces: blocks.pieces(index), z, next)
      let first = component.neurons.lowerBound
      state.activate(
        component.runs, within: first + range.lowerBound..<first + range.upperBound, z: next,
        threads: threads)
    }
    reduce(largest, blocks.pieceCount)
  }

  /// Further away Newton's steps may lead anywhere, while plain ones come nearer.
  private static let nearby = 0.03

  /// Turns a plain step into Newton's: with ρ = W a + drive − z, next = z + ρ + W B⁻¹ Dᵀ ρ. Lanes that
  /// do not run have ρ = 0; those that are far away, or whose factor is not to be trusted, keep the plain
  /// step.
  private func takeNewtonStep(
    _ component: Component, _ factorization: LaneFactorization, _ z: UnsafePointer<Double>,
    _ next: UnsafeMutablePointer<Double>
  ) {
    factor(component, factorization)
    let room = state.lambda + component.neurons.lowerBound * lanes
    room.update(repeating: 0, count: component.neuronCount * lanes)
    for s in component.units {
      let sum = state.lambda + Int(network.neuronOfUnit[s]) * lanes
      for b in 0..<lanes {
        let i = s * lanes + b
        sum[b] += state.slope[i] * (next[i] - z[i])
      }
    }
    factorization.solve(room, order: component.neuronCount)
    for b in 0..<lanes {
      if factorization.growth[b] <= Self.mostGrowth, largest[b] <= Self.nearby { continue }
      for k in 0..<component.neuronCount { room[k * lanes + b] = 0 }
    }
    network.withRows(component.units, .inner(component), state.weights) {
      SparseKernels.addProduct(
        $0, rows: 0..<component.unitCount, x: state.lambda,
        to: next + component.units.lowerBound * lanes, lanes: lanes)
    }
  }

  /// Leaves one lane to the backend's solver, which goes on from where the lane is, or from a = 0.
  private func goOn(
    _ lane: Int, _ workspace: ComponentWorkspace, beginsAnew: Bool = false,
    _ options: SolverOptions
  ) throws {
    let component = workspace.component
    let sweeps = progress.iterations[lane]
    extract(lane, component.units, from: state.drive, to: sample.drive)
    extract(lane, component.units, from: state.z, to: sample.z)
    if beginsAnew { workspace.z.copy(from: workspace.drive) }
    var rest = options
    rest.maximumIterations = options.maximumIterations.map { max(1, $0 - sweeps) }
    workspace.beginState()
    var outcome = try recording(lane, in: workspace) { try plan.state.solve(workspace, rest) }
    outcome.iterations += sweeps
    let residual = workspace.measuredAgain(into: workspace.scratch(0))
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
