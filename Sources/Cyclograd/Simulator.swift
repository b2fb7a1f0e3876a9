import SparseAlgebra
import Synchronization

/// Computes equilibria and gradients of one network with one backend.
///
/// Making a simulator does the work that depends on the topology alone; it is reused over samples
/// and training steps. A simulator may be used from several threads at once.
///
///     let (network, parameters) = try graph.compile()
///     let simulator = try Simulator(network, backend: .direct)
///     let equilibrium = try simulator.equilibrium(parameters, inputs: x)
///     let gradient = try simulator.gradient(of: .halfSquaredError, targets: y, at: equilibrium)
public final class Simulator: Sendable {
  /// The network.
  public let network: Network
  /// The pair of solvers.
  public let backend: GradientBackend
  /// When to stop.
  public let options: SolverOptions
  /// Why the backend cannot treat the network, or `nil` if it can as far as the topology tells.
  public let unsuitability: String?
  let plan: SolverPlan?
  private let idle = Mutex(WorkerPool())
  /// A simulator for the last truncated kind of gradient, whose adjoints are sums instead of solutions.
  private let truncated = Mutex<(kind: GradientKind, simulator: Simulator)?>(nil)

  /// Workers that wait for their next call. Each is used by one thread at a time.
  private struct WorkerPool: @unchecked Sendable {
    var workers: [Worker] = []
  }

  /// Analyses the network for a backend.
  ///
  /// - Throws: ``CyclogradError`` for options without a meaning. A backend outside its domain is
  ///   not an error: see ``unsuitability``.
  public init(
    _ network: Network, backend: GradientBackend = .automatic,
    options: SolverOptions = SolverOptions()
  ) throws {
    try options.validate()
    self.network = network
    self.backend = backend
    self.options = options
    do {
      let plan = try SolverPlan(network, backend)
      self.plan = plan
      unsuitability = nil
      // Workspaces are part of the analysis; further threads make theirs when they are needed.
      idle.withLock { $0.workers.append(Worker(plan)) }
    } catch let error as NotApplicable {
      plan = nil
      unsuitability = error.reason
    }
  }

  /// Finds the equilibrium of every sample.
  ///
  /// - Parameters:
  ///   - parameters: the weights and biases.
  ///   - inputs: samples × inputs.
  ///   - start: z of all units in file order, one row for all samples or one for each; `nil`
  ///     starts from a = 0.
  ///   - trace: takes down how residuals fall.
  /// - Returns: the states with their evidence; non-convergence is a status there, not an error.
  /// - Throws: ``CyclogradError`` for shapes that do not fit and numbers that are not finite.
  public func equilibrium(
    _ parameters: Parameters, inputs: Matrix, start: Matrix? = nil, trace: ResidualTrace? = nil
  ) throws -> Equilibrium {
    try run(parameters, inputs, try inCondensationOrder(start, samples: inputs.rows), trace) {
      worker, group, batch in
      try worker.solve(group, batch, options)
    }
  }

  /// Takes given states for the answer and measures what they are worth.
  ///
  /// - Parameters:
  ///   - parameters: the weights and biases.
  ///   - inputs: samples × inputs.
  ///   - states: z of all units in file order, one row for all samples or one for each.
  /// - Returns: the states; the evidence says `converged` where the residual meets the tolerance.
  public func equilibrium(
    _ parameters: Parameters, inputs: Matrix, at states: Matrix
  ) throws -> Equilibrium {
    try run(parameters, inputs, try inCondensationOrder(states, samples: inputs.rows), nil) {
      worker, group, batch in
      group.samples.map { worker.accept($0, batch, options) }
    }
  }

  /// The simulator that sums a truncated series.
  func simulator(of kind: GradientKind, _ series: TruncatedSeries) throws -> Simulator {
    try truncated.withLock { last in
      if let last, last.kind == kind { return last.simulator }
      let backend = GradientBackend(name: kind.name, state: PicardSolver(), adjoint: series)
      let simulator = try Simulator(network, backend: backend, options: options)
      last = (kind, simulator)
      return simulator
    }
  }

  // MARK: Batches

  /// States to start from, unit-major in condensation order: one for all samples or one for each.
  struct StartStates {
    var z: [Double]
    var count: Int
  }

  func run(
    _ parameters: Parameters, _ inputs: Matrix, _ start: StartStates?, _ trace: ResidualTrace?,
    _ body: @Sendable (Worker, SampleGroup, Worker.Batch) throws -> [SampleEvidence]
  ) throws -> Equilibrium {
    rouse(inputs.rows)
    try network.check(parameters)
    try check(inputs)
    try MemoryBudget.check(samples: inputs.rows, of: network)
    let count = inputs.rows
    var z = [Double](onLargePages: network.unitCount * count, repeating: .nan)
    var activations = [Double](onLargePages: network.neuronCount * count, repeating: .nan)
    guard let plan else {
      let evidence = SampleEvidence(status: .notApplicable, detail: unsuitability)
      return Equilibrium(
        network: network, parameters: parameters, inputs: inputs,
        evidence: Array(repeating: evidence, count: count), z: z, activations: activations)
    }
    let evidence = try z.withUnsafeMutableBufferPointer { z in
      try activations.withUnsafeMutableBufferPointer { activations in
        try withParameters(parameters) { weights, biases in
          try (start?.z ?? []).withUnsafeBufferPointer { startVector in
            guard let z = z.baseAddress, let activations = activations.baseAddress else {
              return [SampleEvidence]()
            }
            let batch = Worker.Batch(
              count: count, weights: weights, biases: biases, inputs: inputs,
              start: startVector.isEmpty ? nil : startVector.baseAddress,
              startCount: start?.count ?? 0, z: z, activations: activations, trace: trace)
            return try forEachGroup(count, plan) { worker, group in
              try body(worker, group, batch)
            }
          }
        }
      }
    }
    return Equilibrium(
      network: network, parameters: parameters, inputs: inputs, evidence: evidence, z: z,
      activations: activations)
  }

  /// The batch of an equilibrium, whose states are only read.
  func withBatch<Result>(
    _ equilibrium: Equilibrium, _ kind: GradientKind, _ trace: ResidualTrace?,
    _ body: (Worker.Batch) throws -> Result
  ) throws -> Result {
    let cut = kind == .semi ? network.recurrentEdges : []
    return try withParameters(equilibrium.parameters, cutting: cut) { weights, biases in
      try equilibrium.z.withUnsafeBufferPointer { z in
        try equilibrium.activations.withUnsafeBufferPointer { activations in
          try body(
            Worker.Batch(
              count: equilibrium.sampleCount, weights: weights, biases: biases,
              inputs: equilibrium.inputs, start: nil, startCount: 0,
              z: UnsafeMutablePointer(mutating: z.baseAddress!),
              activations: UnsafeMutablePointer(mutating: activations.baseAddress!), trace: trace))
        }
      }
    }
  }

  private func withParameters<Result>(
    _ parameters: Parameters, cutting cut: [Int32] = [],
    _ body: (UnsafePointer<Double>, UnsafePointer<Double>) throws -> Result
  ) throws -> Result {
    let biases = network.biasParameter.map { parameters.values[Int($0)] }
    var values = network.weights(parameters)
    for edge in cut { values[Int(edge)] = 0 }
    return try values.withUnsafeBufferPointer { weights in
      try biases.withUnsafeBufferPointer { biases in
        try body(weights.baseAddress!, biases.baseAddress!)
      }
    }
  }

  /// Has threads awake by the time that single samples or groups are shared out among them.
  func rouse(_ count: Int) {
    guard let plan, options.threads > 1, plan.granularity == .components,
      Parallel.isShared(network, samples: count), plan.groups(count).count < options.threads
    else { return }
    ThreadTeam.shared.rouse(options.threads)
  }

  /// Calls `body` for groups of samples, on several threads; the groups do not depend on how many
  /// threads there are, and so neither do results.
  func forEachGroup(
    _ count: Int, _ plan: SolverPlan,
    _ body: @Sendable (Worker, SampleGroup) throws -> [SampleEvidence]
  ) throws -> [SampleEvidence] {
    let groups = plan.groups(count)
    let threads = min(options.threads, max(1, groups.count))
    var taken = idle.withLock { pool in
      let workers = pool.workers.suffix(threads)
      pool.workers.removeLast(workers.count)
      return WorkerPool(workers: Array(workers))
    }
    while taken.workers.count < threads { taken.workers.append(Worker(plan)) }
    // Threads that have no group of their own help with the others'.
    for worker in taken.workers { worker.threads = max(1, options.threads / threads) }
    let pool = taken
    defer { idle.withLock { $0.workers += pool.workers } }
    let results = Mutex([SampleEvidence](repeating: .init(status: .stalled), count: count))
    try Parallel.forEach(groups.count, threads: threads) { worker, index in
      let evidence = try body(pool.workers[worker], groups[index])
      results.withLock { $0.replaceSubrange(groups[index].samples, with: evidence) }
    }
    return results.withLock { $0 }
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
  private func inCondensationOrder(_ states: Matrix?, samples: Int) throws -> StartStates? {
    guard let states else { return nil }
    guard states.columns == network.unitCount, states.rows == 1 || states.rows == samples else {
      throw CyclogradError(
        .shapeMismatch,
        "the states have \(states.rows) rows and \(states.columns) columns, but there are "
          + "\(samples) samples and \(network.unitCount) units",
        advice: "give one row for all samples or one for each, and a column for each unit")
    }
    if let index = states.elements.firstIndex(where: { !$0.isFinite }) {
      throw CyclogradError(
        .invalidValue, "a state is \(states.elements[index])",
        at: .init(subject: "states, row \(index / max(1, states.columns))"),
        advice: "states must be finite numbers")
    }
    var result = [Double](repeating: 0, count: states.elements.count)
    for (column, s) in network.unitsInFileOrder.enumerated() {
      for row in 0..<states.rows { result[Int(s) * states.rows + row] = states[row, column] }
    }
    return StartStates(z: result, count: states.rows)
  }
}
