extension Trainer {
  /// The mean loss over the usable samples, its gradient, and what regularisers add to it.
  struct Slope {
    var loss: Double
    var gradient: [Double]
    var terms: [TermValue]
    /// What the loss is made of, if it is a sum.
    var lossTerms: [TermValue] = []
  }

  /// The slope at some parameters, piece by piece if the options say so.
  ///
  /// - Returns: what was solved, and `nil` where no sample is usable. Of several pieces what was solved has the counts and
  ///   states alone.
  func slope(
    _ inputs: Matrix, _ objective: Objective, _ samples: [Int], _ parameters: Parameters
  ) throws -> (Solved, Slope?) {
    let size = options.pieceSize ?? inputs.rows
    guard size < inputs.rows else {
      var solved = try usableGradient(inputs, objective, samples, parameters)
      let sum = try regularised(&solved, objective, samples)
      return (
        solved,
        solved.gradient.map {
          Slope(
            loss: $0.loss, gradient: sum?.gradient ?? $0.parameters, terms: sum?.terms ?? [],
            lossTerms: solved.lossTerms(objective))
        }
      )
    }
    var whole = Solved()
    var sum: Slope?
    for first in stride(from: 0, to: inputs.rows, by: size) {
      let rows = Array(first..<min(first + size, inputs.rows))
      let numbers = rows.map { samples[$0] }
      let part = objective.selecting(rows)
      var solved = try usableGradient(
        inputs.selecting(rows: rows), part, numbers, parameters, firstRow: first)
      let terms = try regularised(&solved, part, numbers)
      whole.skipped += solved.skipped
      whole.forwardIterations += solved.forwardIterations
      whole.backwardIterations += solved.backwardIterations
      whole.states.merge(solved.states) { $1 }
      whole.residual = [whole.residual, solved.residual].compactMap { $0 }.max()
      guard let gradient = solved.gradient else { continue }
      whole.used += solved.used
      // A running mean: each piece counts by its usable samples.
      let share = Double(solved.used) / Double(whole.used)
      let piece = Slope(
        loss: gradient.loss, gradient: terms?.gradient ?? gradient.parameters,
        terms: terms?.terms ?? [], lossTerms: solved.lossTerms(part))
      guard var mean = sum else {
        sum = piece
        continue
      }
      mean.loss += share * (piece.loss - mean.loss)
      for index in piece.gradient.indices {
        mean.gradient[index] += share * (piece.gradient[index] - mean.gradient[index])
      }
      mean.terms.average(with: piece.terms, share: share)
      mean.lossTerms.average(with: piece.lossTerms, share: share)
      sum = mean
    }
    return (whole, sum)
  }

  /// The gradient of the mean loss and all terms of the objective, and what these are worth.
  ///
  /// Samples for which a term has no value are left out of the loss and of all terms.
  func regularised(
    _ solved: inout Solved, _ objective: Objective, _ samples: [Int]
  ) throws -> (gradient: [Double], terms: [TermValue])? {
    guard !regularisers.isEmpty else { return nil }
    while let gradient = solved.gradient {
      var sum = gradient.parameters
      do {
        let terms = try regularise(&sum, solved, objective, samples)
        return (sum, terms)
      } catch let failures as SampleFailures {
        try leaveOut(failures, &solved, objective, samples)
      }
    }
    return nil
  }

  private func regularise(
    _ gradient: inout [Double], _ solved: Solved, _ objective: Objective, _ samples: [Int]
  ) throws -> [TermValue] {
    guard let equilibrium = solved.equilibrium else { return [] }
    let used = objective.selecting(solved.rows)
    let step = RegularisedStep(
      parameters: equilibrium.parameters, equilibrium: equilibrium, simulator: simulator,
      step: state.steps, samples: solved.rows.map { samples[$0] }, seed: options.seed,
      targets: used.targets, objective: used, gradientKind: options.gradient)
    var result: [TermValue] = []
    for (term, regulariser) in zip(options.regularisers, regularisers) {
      let value = try regulariser.value(at: step, addingGradientTo: &gradient)
      guard value.isFinite else {
        throw blowUp(fastestGrowing, "\(term.name) is \(value)")
      }
      result.append(TermValue(name: term.name, value: value))
    }
    return result.distinct
  }

  /// Takes the loss's gradient once more, without some samples.
  private func leaveOut(
    _ failures: SampleFailures, _ solved: inout Solved, _ objective: Objective, _ samples: [Int]
  ) throws {
    let rows = solved.rows
    if options.failures == .stop, let (row, reason) = failures.evidence.min(by: { $0.key < $1.key })
    {
      throw failure(reason, "value of a regulariser", sample: samples[rows[row]])
    }
    for (row, reason) in failures.evidence.sorted(by: { $0.key < $1.key }) {
      solved.skipped.append(.init(sample: samples[rows[row]], evidence: reason))
    }
    let kept = rows.indices.filter { failures.evidence[$0] == nil }
    guard kept.count < rows.count, !kept.isEmpty, let equilibrium = solved.equilibrium else {
      solved.gradient = nil
      solved.rows = []
      solved.used = 0
      return
    }
    let part = equilibrium.selecting(kept)
    let outcome = try simulator.differentiate(
      objective.selecting(kept.map { rows[$0] }), at: part, kind: options.gradient,
      skippingFailures: true)
    if let overflow = outcome.overflow { throw blowUp(fastestGrowing, overflow.message) }
    for (row, reason) in outcome.evidence.enumerated() where reason.status != .converged {
      solved.skipped.append(.init(sample: samples[rows[kept[row]]], evidence: reason))
    }
    solved.gradient = outcome.gradient
    let usable = outcome.gradient?.samples ?? []
    solved.rows = usable.map { rows[kept[$0]] }
    solved.used = usable.count
    solved.equilibrium = usable.count == kept.count ? part : part.selecting(usable)
  }
}

extension Trainer.Solved {
  /// What the mean loss over the usable samples is made of, if it is a sum.
  func lossTerms(_ objective: Objective) -> [TermValue] {
    guard let equilibrium else { return [] }
    return objective.termMeans(at: equilibrium, rows: rows)
  }
}
