extension Trainer {
  /// The mean loss over the usable samples, and the gradient of it and of all terms.
  struct Slope {
    var loss: Double
    var gradient: [Double]
    /// What the terms beside the loss are worth.
    var terms: [TermValue] = []
    /// What the loss is made of, if it is a sum.
    var lossTerms: [TermValue] = []
  }

  /// The result of a minibatch.
  struct Solved {
    /// The slope over the usable samples; `nil` where there was none.
    var slope: Slope?
    var used = 0
    var skipped: [StepReport.Skipped] = []
    var forwardIterations = 0
    var backwardIterations = 0
    /// The largest of the usable samples' equilibria.
    var residual: Double?
    /// The equilibrium of the usable samples, and their rows in the batch.
    var equilibrium: Equilibrium?
    var rows: [Int] = []
    /// New states to start from.
    var states: [Int: [Double]] = [:]

    /// Takes the usable samples.
    mutating func use(
      _ equilibrium: Equilibrium, _ rows: [Int], _ slope: Slope, backwardIterations: Int
    ) {
      (self.equilibrium, self.rows, self.slope) = (equilibrium, rows, slope)
      self.backwardIterations = backwardIterations
      used = rows.count
      residual = equilibrium.evidence.map(\.residual).max()
    }
  }

  /// The slope over those samples that have an equilibrium and an adjoint.
  func solve(
    _ inputs: Matrix, _ objective: Objective, _ samples: [Int], _ parameters: Parameters,
    firstRow: Int = 0
  ) throws -> Solved {
    var solved = Solved()
    // From known states a network may come to others than its tangent does from nothing.
    let leading =
      options.warmStart == .none
      ? try leadingTerm?.solution(
        parameters, inputs: inputs, samples: samples, step: state.steps, seed: options.seed) : nil
    let whole = try leading?.primal ?? equilibrium(inputs, samples, parameters, firstRow)
    solved.forwardIterations = whole.evidence.reduce(0) { $0 + $1.iterations }
    try stopIfNeeded(whole.evidence, "equilibrium", samples)
    if options.warmStart != .none { solved.states = states(of: whole, samples, firstRow) }
    guard regularisers.isEmpty else {
      try regularise(&solved, whole, leading, objective, samples)
      return solved
    }
    let outcome = try simulator.differentiate(
      objective, at: whole, kind: options.gradient, skippingFailures: true, trainedOnly: true)
    try stopIfNeeded(outcome.evidence, "gradient", samples)
    for (row, evidence) in outcome.evidence.enumerated() where evidence.status != .converged {
      solved.skipped.append(.init(sample: samples[row], evidence: evidence))
    }
    if let overflow = outcome.overflow { throw blowUp(fastestGrowing, overflow.message) }
    if let gradient = outcome.gradient {
      let rows = gradient.samples
      let part = rows.count == inputs.rows ? whole : whole.selecting(rows)
      solved.use(
        part, rows,
        Slope(
          loss: gradient.loss, gradient: gradient.parameters,
          lossTerms: objective.termMeans(at: part, rows: rows)),
        backwardIterations: rows.reduce(0) { $0 + gradient.evidence[$1].iterations })
    }
    return solved
  }

  /// Ends a training that is not to go on without all samples.
  private func stopIfNeeded(
    _ evidence: [SampleEvidence], _ what: String, _ samples: [Int]
  ) throws(CyclogradError) {
    guard options.failures == .stop,
      let row = evidence.firstIndex(where: { $0.status != .converged })
    else { return }
    throw failure(evidence[row], what, sample: samples[row])
  }

  /// The error of a training that is not to go on without a sample.
  func failure(_ reason: SampleEvidence, _ what: String, sample: Int) -> CyclogradError {
    CyclogradError(
      .notConverged,
      "no \(what) was found for a sample (\(reason.status.rawValue)"
        + "\(reason.detail.map { ": \($0)" } ?? ""))",
      at: .init(subject: "step \(state.steps + 1), sample \(sample)"),
      advice: "leave such samples out, or lower the learning rate")
  }

  private func states(
    of equilibrium: Equilibrium, _ samples: [Int], _ firstRow: Int
  ) -> [Int: [Double]] {
    let states = equilibrium.states
    var result: [Int: [Double]] = [:]
    for row in samples.indices where equilibrium.evidence[row].status == .converged {
      result[key(row, samples, firstRow)] = Array(states[row: row])
    }
    return result
  }

  /// - Parameter firstRow: the place in the batch of the first row of this piece of it.
  private func key(_ row: Int, _ samples: [Int], _ firstRow: Int) -> Int {
    options.warmStart == .row ? firstRow + row : samples[row]
  }

  /// The equilibria where the optimizer wants the gradient; samples that have a state to start
  /// from start there, the others at a = 0.
  private func equilibrium(
    _ inputs: Matrix, _ samples: [Int], _ parameters: Parameters, _ firstRow: Int
  ) throws -> Equilibrium {
    let known = samples.indices.map { row in
      options.warmStart == .none ? nil : state.warmStates[key(row, samples, firstRow)]
    }
    let warm = known.indices.filter { known[$0] != nil }
    guard !warm.isEmpty else { return try simulator.equilibrium(parameters, inputs: inputs) }
    let start = Matrix(
      rows: warm.count, columns: simulator.network.unitCount,
      elements: warm.flatMap { known[$0] ?? [] })
    let started = try simulator.equilibrium(
      parameters, inputs: warm.count == inputs.rows ? inputs : inputs.selecting(rows: warm),
      start: start)
    let failed = warm.indices.filter { started.evidence[$0].status != .converged }
    // Samples that do not converge from the old state are tried from a = 0 as well.
    let cold = known.indices.filter { known[$0] == nil } + failed.map { warm[$0] }
    guard !cold.isEmpty else { return started }
    let fresh = try simulator.equilibrium(
      parameters, inputs: inputs.selecting(rows: cold.sorted()))
    var order: [(isSecond: Bool, row: Int)] = samples.indices.map { _ in (false, 0) }
    for (place, row) in warm.enumerated() { order[row] = (false, place) }
    for (place, row) in cold.sorted().enumerated() { order[row] = (true, place) }
    return .merging(started, fresh, order: order)
  }

  /// w, or w + μ v where the optimizer takes the gradient there.
  var lookedAhead: Parameters {
    guard case .sgd(let momentum, .paper) = options.optimizer else {
      return state.parameters
    }
    var result = state.parameters
    for index in result.values.indices {
      result.values[index] += momentum * state.optimizer.memory[index]
    }
    return result
  }
}
