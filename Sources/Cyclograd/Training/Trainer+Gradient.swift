extension Trainer {
  /// The result of a minibatch.
  struct Solved {
    /// The gradient over the usable samples; `nil` where there was none.
    var gradient: Gradient?
    var used = 0
    var skipped: [StepReport.Skipped] = []
    var forwardIterations = 0
    var backwardIterations = 0
    /// The equilibrium of the usable samples, and their rows in the batch.
    var equilibrium: Equilibrium?
    var rows: [Int] = []
    /// New states to start from.
    var states: [Int: [Double]] = [:]
  }

  /// The gradient over those samples that have an equilibrium and an adjoint.
  func usableGradient(
    _ inputs: Matrix, _ targets: Matrix, _ samples: [Int]
  ) throws -> Solved {
    var solved = Solved()
    let whole = try equilibrium(inputs, samples)
    solved.forwardIterations = whole.evidence.reduce(0) { $0 + $1.iterations }
    var rows = Array(0..<inputs.rows)
    func leaveOut(_ evidence: [SampleEvidence]) throws {
      for (row, evidence) in zip(rows, evidence) where evidence.status != .converged {
        solved.skipped.append(.init(sample: samples[row], evidence: evidence))
      }
      rows = zip(rows, evidence).filter { $1.status == .converged }.map(\.0)
      guard options.failures == .stop, let first = solved.skipped.first else { return }
      throw CyclogradError(
        .notConverged,
        "a sample has no \(whole.isConverged ? "gradient" : "equilibrium") "
          + "(\(first.evidence.status.rawValue)\(first.evidence.detail.map { ": \($0)" } ?? ""))",
        at: .init(subject: "step \(state.steps + 1), sample \(first.sample)"),
        advice: "leave such samples out, or lower the learning rate")
    }
    try leaveOut(whole.evidence)
    // Samples without an adjoint are left out, and the rest is differentiated once more.
    while !rows.isEmpty {
      let isWhole = rows.count == inputs.rows
      let part = isWhole ? whole : whole.selecting(rows)
      let outcome = try simulator.differentiate(
        options.loss, targets: isWhole ? targets : targets.selecting(rows: rows), at: part,
        kind: options.gradient)
      if let gradient = outcome.gradient {
        solved.gradient = gradient
        solved.used = rows.count
        (solved.equilibrium, solved.rows) = (part, rows)
        solved.backwardIterations = gradient.evidence.reduce(0) { $0 + $1.iterations }
        break
      }
      try leaveOut(outcome.evidence)
    }
    if options.warmStart != .none { solved.states = states(of: whole, samples) }
    return solved
  }

  private func states(of equilibrium: Equilibrium, _ samples: [Int]) -> [Int: [Double]] {
    let states = equilibrium.states
    var result: [Int: [Double]] = [:]
    for row in samples.indices where equilibrium.evidence[row].status == .converged {
      result[key(row, samples)] = Array(states[row: row])
    }
    return result
  }

  private func key(_ row: Int, _ samples: [Int]) -> Int {
    options.warmStart == .row ? row : samples[row]
  }

  /// The equilibria where the optimizer wants the gradient; samples that have a state to start
  /// from start there, the others at a = 0.
  private func equilibrium(_ inputs: Matrix, _ samples: [Int]) throws -> Equilibrium {
    let parameters = lookedAhead
    let known = samples.indices.map { row in
      options.warmStart == .none ? nil : state.warmStates[key(row, samples)]
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
  private var lookedAhead: Parameters {
    guard case .sgd(let momentum, .paper) = options.optimizer else { return parameters }
    var result = parameters
    for index in result.values.indices {
      result.values[index] += momentum * state.optimizer.memory[index]
    }
    return result
  }
}
