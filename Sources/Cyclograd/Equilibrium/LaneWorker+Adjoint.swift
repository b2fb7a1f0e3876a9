import SparseAlgebra

extension LaneWorker {
  /// Solves the adjoint systems of neighbouring samples at the batch's states.
  ///
  /// - Parameters:
  ///   - g: ∂E/∂a of some neurons, one row for each sample of the batch.
  ///   - d: unit-major, where ∂E/∂z is stored.
  func solveAdjoint(
    _ samples: Range<Int>, _ batch: Worker.Batch, _ options: SolverOptions, g: AdjointSource,
    d: UnsafeMutablePointer<Double>
  ) throws -> [SampleEvidence] {
    isOnly = batch.count == 1
    return try withEvidence(samples.count, batch) {
      let used = evidence.count
      for s in 0..<network.unitCount {
        (state.z + s * lanes).update(
          from: batch.z + s * batch.count + samples.lowerBound, count: used)
      }
      state.activate(0..<Int32(network.runs.count), isValueOnly: false, threads: threads)
      state.d.update(repeating: 0, count: network.unitCount * lanes)
      setSource(samples, g)
      try sweepBack(samples, batch, options)
      checkFinite(state.d, network.unitCount, "the adjoint")
      for s in 0..<network.unitCount {
        (d + s * batch.count + samples.lowerBound).update(from: state.d + s * lanes, count: used)
      }
    }
  }

  private func setSource(_ samples: Range<Int>, _ g: AdjointSource) {
    state.source.update(repeating: 0, count: network.neuronCount * lanes)
    g.values.elements.withUnsafeBufferPointer { values in
      for (j, k) in g.neurons.enumerated() {
        let source = state.source + Int(k) * lanes
        for (lane, index) in samples.enumerated() {
          source[lane] += values[index * g.values.columns + j]
        }
      }
    }
  }

  /// What adjoints are called that start from a factorization.
  private static let directName = "dense, side by side"

  private func sweepBack(
    _ samples: Range<Int>, _ batch: Worker.Batch, _ options: SolverOptions
  ) throws {
    var cyclic = workspaces.count
    reach.update(repeating: 0, count: lanes)
    for stage in network.stages.reversed() {
      if stage.isCyclic {
        cyclic -= 1
        let component = workspaces[cyclic].component
        beginTrace(.adjoint, samples, batch, component, number: cyclic)
        state.addTransposedProduct(
          component.neurons, .outer(component), to: state.source, threads: threads)
        try solveComponent(workspaces[cyclic], options)
        if !evidence.indices.contains(where: isActive) { return }
        extendReach(component.units)
      } else {
        let neurons = Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound)
        state.addTransposedProduct(neurons, .all, to: state.source, threads: threads)
        state.multiplySlopes(stage.runs, by: state.source, into: state.d)
        extendReach(
          Int(network.unitStarts[neurons.lowerBound])..<Int(network.unitStarts[neurons.upperBound]))
      }
    }
  }

  private func extendReach(_ units: Range<Int>) {
    for s in units {
      let d = state.d + s * lanes
      for b in 0..<lanes { reach[b] = max(reach[b], abs(d[b])) }
    }
  }

  private func solveComponent(
    _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws {
    let component = workspace.component
    // Where nothing arrives from downstream, d stays 0.
    let source = state.source + component.neurons.lowerBound * lanes
    guard (0..<component.neuronCount * lanes).contains(where: { source[$0] != 0 }) else {
      for lane in evidence.indices where isActive(lane) {
        add(SolverOutcome(.converged), residual: 0, lane, component, options)
      }
      return
    }
    workspace.threads = threads
    workspace.beginAdjoint()
    progress.restart(isActive)
    let method =
      sweepsTogether(component, plan.adjoint.beginsWithSweeps) ? sweep(workspace, options) : ""
    for lane in evidence.indices {
      switch progress.status[lane] {
      case .idle: break
      case .converged, .iterationLimit:
        add(
          outcome(lane, method), residual: progress.residual[lane], lane, component, options)
      case .running, .slow, .notFinite: try goOn(lane, workspace, options)
      }
    }
  }

  /// Sums the Neumann series in all running lanes, until each has come to an end. In a small
  /// component it starts from what a factorization gives, which is mostly the end; in a large one it goes on
  /// in Gauss–Seidel's order of blocks. Returns what it was.
  private func sweep(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> String {
    let component = workspace.component
    let limit = options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations
    let factorization = plan.adjoint.acceleratesSweeps ? factorization(component) : nil
    if let factorization {
      solveDirectly(component, factorization)
    } else {
      state.multiplySlopes(component.runs, by: state.source, into: state.d)
      progress.skip(
        LaneFrontier(component, state, term: state.next).run(
          options.tolerance, reach: reach, limit: limit))
    }
    let blocks = plan.adjoint.acceleratesSweeps ? SweepBlocks(component, lanes: lanes) : nil
    let name =
      factorization != nil ? Self.directName : blocks != nil ? SweepBlocks.name : "neumann"
    let run = SweepRun(
      range: component.units, now: state.d, next: state.next, tolerance: options.tolerance,
      limit: limit, alwaysMeasures: blocks == nil)
    let matrix =
      lanes == 1
      ? workspace.transposedSweepMatrix : SweepMatrix(component, isTransposed: true, state.weights)
    sweep(run, matrix, method: name) { rows, d, next, measures, _ in
      if let blocks, !measures {
        blockStep(component, rows, blocks, d, next)
      } else if component.isPlain {
        let pieces = state.pieces(component.units)
        plainStep(component, rows, 0..<component.neuronCount, pieces: 0..<pieces, d, next)
        reduce(largest, pieces)
        reduce(scale, pieces)
      } else {
        generalStep(component, d, next)
      }
      for b in 0..<lanes where largest[b] != 0 { largest[b] /= max(scale[b], reach[b]) }
    }
    return name
  }

  /// d = D B⁻ᵀ source, and d = D source in lanes whose factor is not to be trusted.
  private func solveDirectly(_ component: Component, _ factorization: LaneFactorization) {
    factor(component, factorization)
    let first = component.neurons.lowerBound * lanes
    let (lambda, source) = (state.lambda + first, state.source + first)
    lambda.update(from: source, count: component.neuronCount * lanes)
    factorization.solveTransposed(lambda, order: component.neuronCount)
    for b in 0..<lanes where !(factorization.growth[b] <= Self.mostGrowth) {
      for k in 0..<component.neuronCount { lambda[k * lanes + b] = source[k * lanes + b] }
    }
    state.multiplySlopes(component.runs, by: state.lambda, into: state.d)
  }

  /// next = D (source + Wᵀ d) block by block from the last to the first, each with the d that the blocks before
  /// it have just got; on return d is next.
  private func blockStep(
    _ component: Component, _ rows: SparseRows, _ blocks: SweepBlocks,
    _ d: UnsafeMutablePointer<Double>, _ next: UnsafeMutablePointer<Double>
  ) {
    for (index, range) in blocks.ranges.enumerated().reversed() {
      plainStep(component, rows, range, pieces: blocks.pieces(index), d, next)
      let first = (component.units.lowerBound + range.lowerBound) * lanes
      (d + first).update(from: next + first, count: range.count * lanes)
    }
    reduce(largest, blocks.pieceCount)
    reduce(scale, blocks.pieceCount)
  }

  /// next = D (source + Wᵀ d) for some neurons of a component where every neuron has one unit and a slope of its
  /// own, in pieces that leave what they measure where their numbers say.
  private func plainStep(
    _ component: Component, _ rows: SparseRows, _ part: Range<Int>, pieces: Range<Int>,
    _ d: UnsafeMutablePointer<Double>, _ next: UnsafeMutablePointer<Double>
  ) {
    let neurons = component.neurons.lowerBound * lanes
    let units = component.units.lowerBound * lanes
    Parallel.forEachPart(
      of: part, pieces.count, threads: threads, grain: RowBundles.size
    ) { index, range in
      let piece = (pieces.lowerBound + index) * lanes
      SparseKernels.adjointStep(
        rows, rows: range, x: d, source: state.source + neurons, slope: state.slope + units,
        d: d + units, running: running, next: next + units, largest: largest + piece,
        scale: scale + piece, lanes: lanes)
    }
  }

  /// The same where neurons have several units, or share a softmax.
  private func generalStep(
    _ component: Component, _ d: UnsafeMutablePointer<Double>,
    _ next: UnsafeMutablePointer<Double>
  ) {
    let neurons = component.neurons.lowerBound * lanes
    (state.lambda + neurons).update(
      from: state.source + neurons, count: component.neuronCount * lanes)
    network.withTransposedRows(component.neurons, .inner(component), state.weights) {
      SparseKernels.addProduct(
        $0, rows: 0..<component.neuronCount, x: d, to: state.lambda + neurons, lanes: lanes)
    }
    state.multiplySlopes(component.runs, by: state.lambda, into: next)
    largest.update(repeating: 0, count: lanes)
    scale.update(repeating: 0, count: lanes)
    for s in component.units {
      let (before, after) = (d + s * lanes, next + s * lanes)
      for b in 0..<lanes {
        let change = abs(after[b] - before[b])
        largest[b] = change <= largest[b] ? largest[b] : (change.isNaN ? .infinity : change)
        scale[b] = max(scale[b], abs(before[b]), abs(after[b]))
        if running[b] == 0 { after[b] = before[b] }
      }
    }
    for b in 0..<lanes where !largest[b].isFinite { largest[b] = .nan }
  }

  /// Leaves one lane to the backend's solver, which begins anew.
  private func goOn(
    _ lane: Int, _ workspace: ComponentWorkspace, _ options: SolverOptions
  ) throws {
    let component = workspace.component
    let sweeps = progress.iterations[lane]
    extract(lane, component.units, from: state.z, to: sample.z)
    extract(lane, component.units, from: state.slope, to: sample.slope)
    extract(lane, component.neurons, from: state.activation, to: sample.activation)
    extract(lane, component.neurons, from: state.source, to: sample.lambda)
    workspace.d.update(repeating: 0)
    workspace.adjointScale = reach[lane]
    var rest = options
    rest.maximumIterations = options.maximumIterations.map { max(1, $0 - sweeps) }
    workspace.beginFactors(isOnly: isOnly)
    var outcome = try recording(lane, in: workspace) { try plan.adjoint.solve(workspace, rest) }
    outcome.iterations += sweeps
    let residual = workspace.adjointResidual()
    let limit = plan.adjoint.isExact ? options.tolerance : .greatestFiniteMagnitude
    if outcome.status == .converged, !(residual <= limit) {
      outcome.status = residual.isFinite ? .stalled : .notFinite
      outcome.detail = "the adjoint leaves a residual of \(residual)"
    }
    add(outcome, residual: residual, lane, component, options)
    insert(lane, component.units, from: sample.d, to: state.d)
  }
}
