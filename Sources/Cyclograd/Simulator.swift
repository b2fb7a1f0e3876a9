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
  /// The network; written out where the backend takes it as one system and copies of parts share their edges.
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
    // As one system a network has no copies of parts.
    var network = network
    var refusal: String?
    if backend.granularity == .network {
      do { network = try network.writtenOut() } catch { refusal = error.message }
    }
    self.network = network
    self.backend = backend
    self.options = options
    self.executor = executor ?? ThreadExecutor(threads: options.threads)
    do {
      if let refusal { throw NotApplicable(refusal) }
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

  /// Gives back the room in which large weights are laid out, where others are about to need as much.
  func giveBackLargeRoom() { workers.giveBackLargeRoom() }

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
  ///   - start: z of all units in file order, one row for all samples or one for each; `nil`, and
  ///     rows of NaN, start from a = 0.
  ///   - trace: records how residuals fall.
  /// - Returns: the states with their evidence; non-convergence is a status there, not an error.
  /// - Throws: ``CyclogradError`` for shapes that do not fit and numbers that are not finite.
  public func equilibrium(
    _ parameters: Parameters, inputs: Matrix, start: Matrix? = nil, trace: ResidualTrace? = nil
  ) throws -> Equilibrium {
    try equilibrium(
      parameters, inputs: inputs, from: try inCondensationOrder(start, samples: inputs.rows), trace)
  }

  /// The same from states in the order of evaluation.
  func equilibrium(
    _ parameters: Parameters, inputs: Matrix, from start: StartStates?,
    _ trace: ResidualTrace? = nil
  ) throws -> Equilibrium {
    try run(parameters, inputs, start, trace) { worker, group, batch, context in
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

  /// The simulator that sums a truncated series.
  func simulator(of kind: GradientKind, _ series: TruncatedSeries) throws -> Simulator {
    try truncated.withLock { last in
      if let last, last.kind == kind { return last.simulator }
      let backend = GradientBackend(name: kind.name, state: PicardSolver(), adjoint: series)
      let simulator = try Simulator(network, backend: backend, options: options, executor: executor)
      last = (kind, simulator)
      return simulator
    }
  }

}
