import SparseAlgebra

extension Simulator {
  /// States to start from, unit-major in condensation order: one for all samples or one for each.
  struct StartStates {
    var z: [Double]
    var count: Int
  }

  /// A place that several workers write to, each what belongs to its samples.
  struct SharedVector: @unchecked Sendable {
    var pointer: UnsafeMutablePointer<Double>
  }

  /// Has groups of samples computed, and puts their states together.
  func run(
    _ parameters: Parameters, _ inputs: Matrix, _ start: StartStates?, _ trace: ResidualTrace?,
    _ body: @Sendable (Worker, SampleGroup, Batch, ExecutionContext) throws -> [SampleEvidence]
  ) throws -> Equilibrium {
    wake(inputs.rows)
    try network.check(parameters)
    try check(inputs)
    try MemoryBudget.check(samples: inputs.rows, of: network)
    let count = inputs.rows
    var z = [Double](onLargePages: network.unitCount * count, repeating: .nan)
    var activations = [Double](onLargePages: network.neuronCount * count, repeating: .nan)
    guard let schedule else {
      let evidence = SampleEvidence(status: .notApplicable, detail: unsuitability)
      return Equilibrium(
        network: network, parameters: parameters, inputs: inputs,
        evidence: Array(repeating: evidence, count: count), z: z, activations: activations)
    }
    let gathered = network.weights(parameters)
    let evidence = try z.withUnsafeMutableBufferPointer { z in
      try activations.withUnsafeMutableBufferPointer { activations in
        try withParameters(parameters, gathered) { weights, biases in
          try (start?.z ?? []).withUnsafeBufferPointer { startVector in
            guard let z = z.baseAddress, let activations = activations.baseAddress else {
              return [SampleEvidence]()
            }
            let batch = Batch(
              count: count, weights: weights, biases: biases, weightArray: gathered, inputs: inputs,
              start: startVector.isEmpty ? nil : startVector.baseAddress,
              startCount: start?.count ?? 0, z: z, activations: activations, trace: trace)
            return try forEachGroup(count, schedule) { worker, group, context in
              try body(worker, group, batch, context)
            }
          }
        }
      }
    }
    return Equilibrium(
      network: network, parameters: parameters, inputs: inputs, evidence: evidence, z: z,
      activations: activations, weights: gathered)
  }

  /// The batch of an equilibrium, whose states are only read.
  ///
  /// - Parameter firstStage: the first stage at which adjoints are asked for.
  func withBatch<Result>(
    _ equilibrium: Equilibrium, _ kind: GradientKind, firstStage: Int = 0, _ trace: ResidualTrace?,
    _ body: (Batch) throws -> Result
  ) throws -> Result {
    let cut = kind == .semi ? network.recurrentEdges : []
    var gathered = equilibrium.weights ?? network.weights(equilibrium.parameters)
    for edge in cut { gathered[Int(edge)] = 0 }
    return try withParameters(equilibrium.parameters, gathered) { weights, biases in
      try equilibrium.z.withUnsafeBufferPointer { z in
        try equilibrium.activations.withUnsafeBufferPointer { activations in
          try body(
            Batch(
              count: equilibrium.sampleCount, weights: weights, biases: biases,
              weightArray: gathered, inputs: equilibrium.inputs, start: nil, startCount: 0,
              z: UnsafeMutablePointer(mutating: z.baseAddress!),
              activations: UnsafeMutablePointer(mutating: activations.baseAddress!),
              factors: equilibrium.factors, firstStage: firstStage, trace: trace))
        }
      }
    }
  }

  private func withParameters<Result>(
    _ parameters: Parameters, _ weights: [Double],
    _ body: (UnsafePointer<Double>, UnsafePointer<Double>) throws -> Result
  ) throws -> Result {
    let biases = network.biases(parameters)
    return try weights.withUnsafeBufferPointer { weights in
      try biases.withUnsafeBufferPointer { biases in
        try body(weights.baseAddress!, biases.baseAddress!)
      }
    }
  }

  /// Has threads awake by the time that single samples or groups are shared out among them.
  func wake(_ count: Int) {
    guard let schedule, executor is ThreadExecutor, executor.threads > 1, schedule.isSplit,
      Parallel.isShared(network, samples: count),
      schedule.groups(count).count < executor.threads
    else { return }
    ThreadTeam.shared.wake(executor.threads)
  }

  /// Calls `body` for groups of samples by way of the executor; the groups do not depend on it.
  func forEachGroup(
    _ count: Int, _ schedule: Schedule,
    _ body: @Sendable (Worker, SampleGroup, ExecutionContext) throws -> [SampleEvidence]
  ) throws -> [SampleEvidence] {
    let groups = schedule.groups(count)
    let used = min(executor.threads, max(1, groups.count))
    // Threads that have no group of their own help with the others'.
    let context = ExecutionContext(
      executor, threads: max(1, executor.threads / used), cancellation: .current)
    return try TaskProgress.counting("samples", of: count) { advance in
      try withWorkers(schedule, executor.threads, keeping: used) { workers in
        let results = EvidenceStore(count)
        try executor.forEachGroup(groups.count) { slot, index in
          try context.checkCancellation()
          let samples = groups[index].samples
          results.set(samples, try body(workers.worker(slot), groups[index], context))
          advance(samples.count)
        }
        return results.evidence
      }
    }
  }

  // MARK: Checks

  func check(_ inputs: Matrix) throws {
    guard inputs.columns == network.inputCount else {
      throw CyclogradError(
        .shapeMismatch,
        "the samples have \(inputs.columns) columns, but the network has "
          + "\(network.inputCount) inputs",
        advice: "select as many columns as there are inputs")
    }
    if let index = inputs.elements.firstIndex(where: { !$0.isFinite }) {
      throw CyclogradError(
        .invalidValue, "an input is \(inputs.elements[index])",
        at: .init(
          subject: "inputs, row \(index / inputs.columns), column \(index % inputs.columns)"),
        advice: "inputs must be finite numbers")
    }
  }

  /// States given in file order, unit-major in condensation order.
  func inCondensationOrder(_ states: Matrix?, samples: Int) throws -> StartStates? {
    guard let states else { return nil }
    guard states.columns == network.unitCount, states.rows == 1 || states.rows == samples else {
      throw CyclogradError(
        .shapeMismatch,
        "the states have \(states.rows) rows and \(states.columns) columns, but there are "
          + "\(samples) samples and \(network.unitCount) units",
        advice: "give one row for all samples or one for each, and a column for each unit")
    }
    for row in 0..<states.rows {
      let state = states[row: row]
      guard let bad = state.first(where: { !$0.isFinite }), !state.allSatisfy(\.isNaN) else {
        continue
      }
      throw CyclogradError(
        .invalidValue, "a state is \(bad)", at: .init(subject: "states, row \(row)"),
        advice: "states must be finite numbers, or all of a row NaN to start it from a = 0")
    }
    var result = [Double](repeating: 0, count: states.elements.count)
    for (column, s) in network.unitsInFileOrder.enumerated() {
      for row in 0..<states.rows { result[Int(s) * states.rows + row] = states[row, column] }
    }
    return StartStates(z: result, count: states.rows)
  }
}
