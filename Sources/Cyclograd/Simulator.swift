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

  /// The gradient of a mean loss at an equilibrium.
  ///
  /// - Parameters:
  ///   - loss: what is differentiated.
  ///   - targets: samples × outputs, or class numbers (see ``Loss``).
  ///   - equilibrium: the equilibrium.
  /// - Throws: ``CyclogradError``: `not-converged` if any sample lacks an equilibrium or an
  ///   adjoint; `not-differentiable` if a neuron stands on a kink and ``SolverOptions/kinks`` says
  ///   to refuse that; `shape-mismatch` or `invalid-value` for targets that do not fit the loss.
  public func gradient(
    of loss: Loss, targets: Matrix, at equilibrium: Equilibrium
  ) throws -> Gradient {
    try differentiate(loss, targets: targets, at: equilibrium).get()
  }

  /// The gradient of a mean loss at an equilibrium, or the reasons why there is none.
  ///
  /// - Parameters:
  ///   - loss: what is differentiated.
  ///   - targets: samples × outputs, or class numbers (see ``Loss``).
  ///   - equilibrium: the equilibrium.
  ///   - kind: the exact gradient, or an approximation. The evidence of a semi-gradient is that of its own
  ///     adjoint system. A truncated kind takes nothing from the backend; `converged` says that its sum was
  ///     computed, and the residual tells how far that is from solving the system.
  ///   - trace: takes down how the residuals of adjoints fall.
  public func differentiate(
    _ loss: Loss, targets: Matrix, at equilibrium: Equilibrium, kind: GradientKind = .exact,
    trace: ResidualTrace? = nil
  ) throws -> GradientOutcome {
    try requireOutputs()
    try kind.validate()
    if let series = kind.truncatedSeries {
      return try simulator(of: kind, series).differentiate(
        loss, targets: targets, at: equilibrium, trace: trace)
    }
    guard equilibrium.network === network else {
      throw CyclogradError(
        .invalidOption, "the equilibrium belongs to another network",
        advice: "differentiate with a simulator of the same network")
    }
    let count = equilibrium.sampleCount
    let targets = try loss.prepare(targets, samples: count, outputs: network.outputCount)
    guard equilibrium.isConverged, count > 0 else {
      return GradientOutcome(gradient: nil, evidence: equilibrium.evidence)
    }
    let kinks = equilibrium.kinkCounts
    if options.kinks == .refuse, kinks.contains(where: { $0 > 0 }) {
      return GradientOutcome(refusing: kinks, at: equilibrium)
    }
    rouse(count)
    guard let plan else {
      let evidence = SampleEvidence(status: .notApplicable, detail: unsuitability)
      return GradientOutcome(gradient: nil, evidence: Array(repeating: evidence, count: count))
    }
    let outputs = equilibrium.outputs
    var losses = [Double](repeating: 0, count: count)
    var derivatives = Matrix(rows: count, columns: network.outputCount)
    for sample in 0..<count {
      losses[sample] = loss.evaluate(
        outputs: outputs[row: sample], targets: targets[row: sample]
      ) { derivatives[sample, $0] = $1 }
    }
    let g = derivatives
    var d = [Double](onLargePages: network.unitCount * count)
    var evidence = try d.withUnsafeMutableBufferPointer { d in
      let result = UnsafeResult(pointer: d.baseAddress!)
      return try withBatch(equilibrium, kind, trace) { batch in
        try forEachGroup(count, plan) { worker, group in
          try worker.solveAdjoint(group, batch, options, g: g, d: result.pointer)
        }
      }
    }
    for sample in 0..<count { evidence[sample].kinks = kinks[sample] }
    guard evidence.allSatisfy({ $0.status == .converged }) else {
      return GradientOutcome(gradient: nil, evidence: evidence)
    }
    let assembly = GradientAssembly(network: network, batch: count, threads: options.threads)
    let gradient = Gradient(
      loss: losses.reduce(0, +) / Double(count),
      parameters: try assembly.parameters(d: d, activations: equilibrium.activations),
      inputs: assembly.inputs(d: d), evidence: evidence)
    guard gradient.loss.isFinite, gradient.parameters.allSatisfy(\.isFinite) else {
      return GradientOutcome(
        gradient: nil,
        evidence: evidence.map { _ in
          SampleEvidence(status: .notFinite, detail: "the loss or a derivative overflows")
        })
    }
    return GradientOutcome(gradient: gradient, evidence: evidence)
  }

  private func simulator(of kind: GradientKind, _ series: TruncatedSeries) throws -> Simulator {
    try truncated.withLock { last in
      if let last, last.kind == kind { return last.simulator }
      let backend = GradientBackend(name: kind.name, state: PicardSolver(), adjoint: series)
      let simulator = try Simulator(network, backend: backend, options: options)
      last = (kind, simulator)
      return simulator
    }
  }

  private func requireOutputs() throws {
    guard network.outputCount > 0 else {
      throw CyclogradError(
        .invalidGraph, "the graph has no outputs, so there is no loss",
        advice: "give a group the role output, or list outputs")
    }
  }

  // MARK: Batches

  private struct UnsafeResult: @unchecked Sendable {
    var pointer: UnsafeMutablePointer<Double>
  }

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
  private func withBatch<Result>(
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
  private func rouse(_ count: Int) {
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
