import SparseAlgebra

extension BatchSolver {
  /// Solves the adjoint systems of neighbouring samples at the batch's states.
  ///
  /// - Parameters:
  ///   - g: where they start.
  ///   - d: unit-major, where ∂E/∂z is stored.
  func solveAdjoint(
    _ samples: Range<Int>, _ batch: Batch, _ options: SolverOptions, from g: AdjointSource,
    into d: UnsafeMutablePointer<Double>
  ) throws -> [SampleEvidence] {
    defer { for workspace in workspaces { workspace.factors = nil } }
    return try withEvidence(samples.count, batch) {
      let used = evidence.count
      SparseKernels.copyRows(
        network.unitCount, width: used, from: batch.z + samples.lowerBound, stride: batch.count,
        to: state.z, stride: lanes)
      state.activate(0..<Int32(network.runs.count), isValueOnly: false)
      state.d.update(repeating: 0, count: network.unitCount * lanes)
      setSource(samples, g)
      try solveBackwards(samples, batch, options)
      checkAdjoint()
      SparseKernels.copyRows(
        network.unitCount, width: used, from: state.d, stride: lanes, to: d + samples.lowerBound,
        stride: batch.count)
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

  private func solveBackwards(
    _ samples: Range<Int>, _ batch: Batch, _ options: SolverOptions
  ) throws {
    let downstream = state.measures.downstream
    downstream.update(repeating: 0, count: lanes)
    for stage in schedule.stages[min(batch.firstStage, schedule.stages.count)...].reversed() {
      if let number = stage.component {
        beginTrace(.adjoint, samples, batch, component: number)
        state.addTransposedProduct(
          stage.neurons, .outer(schedule.components[number]), to: state.source)
        try solveComponent(number, samples, batch, options)
        if !evidence.indices.contains(where: isActive) { return }
      } else {
        state.addTransposedProduct(stage.neurons, .outer(nil), to: state.source)
        state.multiplySlopes(stage.runs, by: state.source, into: state.d)
      }
      SweepMeasures.raise(
        downstream, to: state.d + stage.units.lowerBound * lanes, count: stage.units.count,
        lanes: lanes)
    }
  }

  // MARK: Components

  private func solveComponent(
    _ number: Int, _ samples: Range<Int>, _ batch: Batch, _ options: SolverOptions
  ) throws {
    let map = maps[number]
    let component = map.component
    progress.restart(
      tolerance: options.tolerance,
      limit: options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations
    ) { isActive($0) && hasSource($0, map) }
    let runs = progress.runningCount > 0
    if runs, sweeps(component) { adjointSweeps.run(map, options) }
    try state.context.checkCancellation()
    for lane in evidence.indices where isActive(lane) {
      workspaces[number].factors = batch.factors.map {
        .init(kept: $0, sample: samples.lowerBound + lane, samples: batch.count)
      }
      switch progress.status[lane] {
      case .idle:
        // Where nothing arrives from downstream, d stays 0.
        let d = state.d + map.firstUnit + lane
        for s in 0..<component.unitCount { d[s * lanes] = 0 }
        add(SolverOutcome(.converged), residual: 0, lane, component, options)
      case .converged where adjointSweeps.isSuspicious(lane):
        try finishAlone(lane, number, isSolved: false, options)
      case .converged where adjointSweeps.mustBeJudged(lane, map):
        let norm = workspaces[number].stepNorm(
          state.slope + map.firstUnit + lane, stride: lanes)
        if norm < ConditionProbe.clearNorm {
          var known = outcome(lane, adjointSweeps.name)
          known.condition = .estimate(ConditionProbe.condition(ofNorm: norm))
          add(known, residual: progress.residual[lane], lane, component, options)
        } else {
          try finishAlone(lane, number, isSolved: true, options)
        }
      case .converged, .iterationLimit:
        add(
          outcome(lane, adjointSweeps.name), residual: progress.residual[lane], lane, component,
          options)
      case .running, .slow, .notFinite: try finishAlone(lane, number, isSolved: false, options)
      }
    }
  }

  /// Whether adjoints of a component begin with sweeps: a small one that cannot be factored in all lanes at once is
  /// left to a factorization lane by lane, where the solver accelerates sweeps by such.
  private func sweeps(_ component: Component) -> Bool {
    schedule.adjoint.beginsWithSweeps
      && !(schedule.adjoint.acceleratesSweeps && component.hasSoftmax
        && component.neuronCount <= Self.mostFactoredNeurons)
  }

  private func hasSource(_ lane: Int, _ map: ComponentOperator) -> Bool {
    let source = state.source + map.firstNeuron + lane
    return (0..<map.component.neuronCount).contains { source[$0 * lanes] != 0 }
  }

  /// Leaves one lane to the backend's solver, which begins at the start; or judges what sweeps have found.
  private func finishAlone(
    _ lane: Int, _ number: Int, isSolved: Bool, _ options: SolverOptions
  ) throws {
    let workspace = workspaces[number]
    let component = workspace.component
    let adjoint = schedule.adjoint
    let sweeps = schedule.adjoint.beginsWithSweeps ? progress.iterations[lane] : 0
    if state !== single {
      state.extract(lane, component.units, from: state.slope, to: single.slope)
      state.extract(lane, component.neurons, from: state.activation, to: single.activation)
      state.extract(lane, component.neurons, from: state.source, to: single.source)
      if isSolved { state.extract(lane, component.units, from: state.d, to: single.d) }
    }
    single.measures.running[0] = -1
    workspace.beginAdjoint(scale: state.measures.downstream[lane])
    var outcome: SolverOutcome
    if isSolved {
      outcome = self.outcome(lane, adjointSweeps.name)
    } else {
      workspace.d.update(repeating: 0)
      var rest = options
      rest.maximumIterations = options.maximumIterations.map { max(1, $0 - sweeps) }
      outcome = try recording(lane, in: workspace) { try adjoint.solve(workspace, rest) }
      try workspace.checkCancellation()
      outcome.iterations += sweeps
    }
    let residual = workspace.adjointResidual()
    let limit = adjoint.isExact ? options.tolerance : .greatestFiniteMagnitude
    outcome.doubt("adjoint", residual: residual, tolerance: limit)
    if outcome.status == .converged, adjoint.isExact {
      try ConditionProbe(workspace, adjoint, options).judge(&outcome, residual: residual)
      try workspace.checkCancellation()
    }
    add(outcome, residual: residual, lane, component, options)
    if state !== single { state.insert(lane, component.units, from: single.d, to: state.d) }
  }

  // MARK: The end

  /// Marks samples with an adjoint that is not finite.
  private func checkAdjoint() {
    guard Self.hasNonFinite(state.d, network.unitCount * lanes) else { return }
    for lane in evidence.indices where isActive(lane) {
      let broken = (0..<network.unitCount).last { !state.d[$0 * lanes + lane].isFinite }
      guard let broken else { continue }
      evidence[lane].status = .notFinite
      evidence[lane].residual = .nan
      let name = network.name(atPosition: Int(network.neuronOfUnit[broken]))
      evidence[lane].detail = "the derivative by \(name) is \(state.d[broken * lanes + lane])"
    }
  }
}
