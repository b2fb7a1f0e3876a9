extension Trainer {
  /// The slope at some parameters, piece by piece if the options say so.
  ///
  /// - Returns: what was solved; its slope is `nil` where no sample is usable. Of several pieces it has the counts, states
  ///   and the slope alone.
  func slope(
    _ inputs: Matrix, _ objective: Objective, _ samples: [Int], _ parameters: Parameters
  ) throws -> Solved {
    let size = options.pieceSize ?? inputs.rows
    guard size < inputs.rows else { return try solve(inputs, objective, samples, parameters) }
    var whole = Solved()
    for first in stride(from: 0, to: inputs.rows, by: size) {
      let rows = Array(first..<min(first + size, inputs.rows))
      let solved = try solve(
        inputs.selecting(rows: rows), objective.selecting(rows), rows.map { samples[$0] },
        parameters, firstRow: first)
      whole.skipped += solved.skipped
      whole.forwardIterations += solved.forwardIterations
      whole.backwardIterations += solved.backwardIterations
      whole.states.merge(solved.states) { $1 }
      whole.residual = [whole.residual, solved.residual].compactMap { $0 }.max()
      guard let piece = solved.slope else { continue }
      whole.used += solved.used
      // A running mean: each piece counts by its usable samples.
      let share = Double(solved.used) / Double(whole.used)
      guard var mean = whole.slope else {
        whole.slope = piece
        continue
      }
      mean.loss += share * (piece.loss - mean.loss)
      for index in piece.gradient.indices {
        mean.gradient[index] += share * (piece.gradient[index] - mean.gradient[index])
      }
      mean.terms.average(with: piece.terms, share: share)
      mean.lossTerms.average(with: piece.lossTerms, share: share)
      whole.slope = mean
    }
    return whole
  }

  /// The slope of the loss and all terms over those samples for which all of them have a value and a gradient.
  func regularise(
    _ solved: inout Solved, _ whole: Equilibrium, _ leading: LeadingSolution?,
    _ objective: Objective, _ samples: [Int]
  ) throws {
    func skip(_ row: Int, _ reason: SampleEvidence) {
      solved.skipped.append(.init(sample: samples[row], evidence: reason))
    }
    var rows: [Int] = []
    for (row, evidence) in whole.evidence.enumerated() {
      if evidence.status == .converged { rows.append(row) } else { skip(row, evidence) }
    }
    while !rows.isEmpty {
      let leading = leading?.selecting(rows)
      let part =
        leading?.primal ?? (rows.count == whole.sampleCount ? whole : whole.selecting(rows))
      do {
        let (slope, iterations) = try slope(
          of: objective.selecting(rows), at: part, leading, rows.map { samples[$0] })
        solved.use(part, rows, slope, backwardIterations: iterations)
        return
      } catch let failures as SampleFailures {
        let found = failures.evidence.sorted { $0.key < $1.key }.filter {
          rows.indices.contains($0.key)
        }
        if options.failures == .stop, let (row, reason) = found.first {
          throw failure(reason, "gradient of the loss and its terms", sample: samples[rows[row]])
        }
        for (row, reason) in found { skip(rows[row], reason) }
        // A failure of no sample in particular is one of all.
        rows =
          found.isEmpty
          ? [] : rows.indices.filter { failures.evidence[$0] == nil }.map { rows[$0] }
      } catch let error as CyclogradError where error.code == .overflow {
        throw blowUp(fastestGrowing, error.message)
      }
    }
  }

  /// The slope at equilibria of all samples, and how many steps its adjoints took.
  ///
  /// - Throws: ``SampleFailures`` for samples that have none.
  private func slope(
    of objective: Objective, at equilibrium: Equilibrium, _ leading: LeadingSolution?,
    _ samples: [Int]
  ) throws -> (Slope, Int) {
    let step = RegularisedStep(
      parameters: equilibrium.parameters, equilibrium: equilibrium, simulator: simulator,
      step: state.steps, samples: samples, seed: options.seed, targets: objective.targets,
      objective: objective, gradientKind: options.gradient, leading: leading)
    var adjoint = SharedAdjoint()
    var slope = Slope(
      loss: .nan,
      gradient: [Double](repeating: 0, count: equilibrium.parameters.values.count))
    slope.loss = try loss(objective, step, &adjoint, &slope.gradient)
    var terms: [TermValue] = []
    for (index, term) in options.regularisers.enumerated() {
      let value =
        if let sharing = sharingTerms[index] {
          try sharing.value(at: step, sharing: &adjoint, addingGradientTo: &slope.gradient)
        } else {
          try regularisers[index].value(at: step, addingGradientTo: &slope.gradient)
        }
      guard value.isFinite else { throw blowUp(fastestGrowing, "\(term.name) is \(value)") }
      terms.append(TermValue(name: term.name, value: value))
    }
    try adjoint.finish(at: step, addingGradientTo: &slope.gradient)
    slope.terms = terms.distinct
    slope.lossTerms = objective.termMeans(at: equilibrium, rows: Array(samples.indices))
    return (slope, adjoint.iterations)
  }

  /// The mean loss. Its exact gradient is left to the common adjoint, which is exact.
  private func loss(
    _ objective: Objective, _ step: RegularisedStep, _ adjoint: inout SharedAdjoint,
    _ gradient: inout [Double]
  ) throws -> Double {
    guard options.gradient == .exact else {
      let outcome = try simulator.differentiate(
        objective, at: step.equilibrium, kind: options.gradient, skippingFailures: false)
      try outcome.evidence.requireAll()
      adjoint.count(outcome.evidence)
      let found = try outcome.get()
      gradient.add(found.parameters)
      return found.loss
    }
    let count = step.equilibrium.sampleCount
    let (values, source) = objective.evaluate(step.equilibrium, rows: Array(0..<count))
    var failures: [Int: SampleEvidence] = [:]
    for row in 0..<count {
      guard let reason = objective.failure(values[row], source.values[row: row]) else { continue }
      failures[row] = SampleEvidence(status: .notFinite, detail: reason)
    }
    guard failures.isEmpty else { throw SampleFailures(evidence: failures) }
    let total = objective.total(values)
    guard objective.accepts(total) else { throw objective.overflow(samples: count) }
    try adjoint.add(source)
    return total
  }
}
