import SparseAlgebra

extension LaneWorker {
  /// Solves the adjoint systems of neighbouring samples at the batch's states.
  ///
  /// - Parameters:
  ///   - g: ∂E/∂a of the outputs, one row for each sample of the batch.
  ///   - d: unit-major, where ∂E/∂z is stored.
  func solveAdjoint(
    _ samples: Range<Int>, _ batch: Worker.Batch, _ options: SolverOptions, g: Matrix,
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

  private func setSource(_ samples: Range<Int>, _ g: Matrix) {
    state.source.update(repeating: 0, count: network.neuronCount * lanes)
    g.elements.withUnsafeBufferPointer { values in
      for (j, k) in network.outputNeurons.enumerated() {
        let source = state.source + Int(k) * lanes
        for (lane, index) in samples.enumerated() {
          source[lane] += values[index * g.columns + j]
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
    workspace.threads = threads
    workspace.beginAdjoint()
    progress.restart(isActive)
    let isDirect =
      sweepsTogether(component, plan.adjoint.beginsWithSweeps) ? sweep(workspace, options) : false
    for lane in evidence.indices {
      switch progress.status[lane] {
      case .idle: break
      case .converged, .iterationLimit:
        add(
          outcome(lane, isDirect ? Self.directName : "neumann"),
          residual: progress.residual[lane], lane, component, options)
      case .running, .slow, .notFinite: try goOn(lane, workspace, options)
      }
    }
  }

  /// Sums the Neumann series in all running lanes, until each has come to an end. In a small
  /// component it starts from what a factorization gives, which is mostly the end; returns whether it
  /// did.
  private func sweep(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> Bool {
    let component = workspace.component
    let limit = options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations
    let factorization = plan.adjoint.factorsSideBySide ? factorization(component) : nil
    if let factorization {
      solveDirectly(component, factorization)
    } else {
      state.multiplySlopes(component.runs, by: state.source, into: state.d)
      progress.skip(
        LaneFrontier(component, state, term: state.next).run(
          options.tolerance, reach: reach, limit: limit))
    }
    let transposed = lanes == 1 ? workspace.usesTransposedWeights() : nil
    sweep(
      component.units, state.d, state.next, options, limit: limit,
      method: factorization == nil ? "neumann" : Self.directName
    ) {
      d, next in
      if component.isPlain {
        plainStep(component, transposed, d, next)
      } else {
        generalStep(component, d, next)
      }
      for b in 0..<lanes where largest[b] != 0 { largest[b] /= max(scale[b], reach[b]) }
    }
    return factorization != nil
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

  /// next = D (source + Wᵀ d) where every neuron has one unit and a slope of its own.
  private func plainStep(
    _ component: Component, _ transposed: TransposedWeights?, _ d: UnsafeMutablePointer<Double>,
    _ next: UnsafeMutablePointer<Double>
  ) {
    let neurons = component.neurons.lowerBound * lanes
    let units = component.units.lowerBound * lanes
    let pieces = state.pieces(component.units)
    func step(_ rows: SparseRows) {
      Parallel.forEachPart(of: 0..<component.neuronCount, pieces, threads: threads) {
        piece, range in
        SparseKernels.adjointStep(
          rows, rows: range, x: d, source: state.source + neurons, slope: state.slope + units,
          d: d + units, running: running, next: next + units, largest: largest + piece * lanes,
          scale: scale + piece * lanes, lanes: lanes)
      }
    }
    if let transposed {
      transposed.withRows(step)
    } else {
      network.withTransposedRows(component.neurons, .inner(component), state.weights, step)
    }
    reduce(largest, pieces)
    reduce(scale, pieces)
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
