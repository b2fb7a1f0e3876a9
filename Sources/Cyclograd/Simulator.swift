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
  let schedule: Schedule?
  let executor: any Executor
  private let workers = WorkerPool()
  /// A simulator for the last truncated kind of gradient, whose adjoints are sums instead of solutions.
  private let truncated = Mutex<(kind: GradientKind, simulator: Simulator)?>(nil)

  /// Analyses the network for a backend.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - backend: the pair of solvers.
  ///   - options: when to stop.
  ///   - executor: who does the pieces; `nil` for as many threads of this process as the options say.
  /// - Throws: ``CyclogradError`` for options without a meaning. A backend outside its domain is
  ///   not an error: see ``unsuitability``.
  public init(
    _ network: Network, backend: GradientBackend = .automatic,
    options: SolverOptions = SolverOptions(), executor: (any Executor)? = nil
  ) throws {
    try options.validate()
    self.network = network
    self.backend = backend
    self.options = options
    self.executor = executor ?? ThreadExecutor(threads: options.threads)
    do {
      let schedule = try Schedule(network, backend)
      self.schedule = schedule
      unsuitability = nil
      // Workspaces are part of the analysis; further threads make theirs when they are needed.
      workers.add(schedule)
    } catch let error as NotApplicable {
      schedule = nil
      unsuitability = error.reason
    }
  }

  func withWorkers<Result>(
    _ schedule: Schedule, _ count: Int, keeping used: Int,
    _ body: (WorkerPool.Slots) throws -> Result
  ) rethrows -> Result {
    try workers.withWorkers(schedule, count, keeping: used, body)
  }

  /// Finds the equilibrium of every sample.
  ///
  /// - Parameters:
  ///   - parameters: the weights and biases.
  ///   - inputs: samples × inputs.
  ///   - start: z of all units in file order, one row for all samples or one for each; `nil`
  ///     starts from a = 0.
  ///   - trace: records how residuals fall.
  /// - Returns: the states with their evidence; non-convergence is a status there, not an error.
  /// - Throws: ``CyclogradError`` for shapes that do not fit and numbers that are not finite.
  public func equilibrium(
    _ parameters: Parameters, inputs: Matrix, start: Matrix? = nil, trace: ResidualTrace? = nil
  ) throws -> Equilibrium {
    try run(parameters, inputs, try inCondensationOrder(start, samples: inputs.rows), trace) {
      worker, group, batch, context in
      try worker.solve(group, batch, options, context)
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
      worker, group, batch, context in
      worker.accept(group, batch, options, context)
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
  ///   - trace: records how the residuals of adjoints fall.
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
    wake(count)
    guard let schedule else {
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
    let g = Cotangents(values: derivatives, neurons: network.outputNeurons)
    var d = [Double](onLargePages: network.unitCount * count)
    var evidence = try d.withUnsafeMutableBufferPointer { d in
      let result = SharedVector(pointer: d.baseAddress!)
      return try withBatch(equilibrium, kind, trace) { batch in
        try forEachGroup(count, schedule) { worker, group, context in
          try worker.solveAdjoint(group, batch, options, context, from: g, into: result.pointer)
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
      let simulator = try Simulator(network, backend: backend, options: options, executor: executor)
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
}
