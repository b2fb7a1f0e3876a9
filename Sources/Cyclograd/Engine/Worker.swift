/// What one thread computes with, group after group.
///
/// It owns the vectors: those of a single sample, on which the components' workspaces work, and for each number of lanes
/// those of a ``BatchSolver``. So sweeps of all lanes together allocate nothing after the first group of a kind; evidence,
/// factorizations and solvers of single lanes may.
final class Worker {
  private let schedule: Schedule
  private let single: StateVectors
  private let workspaces: [ComponentWorkspace]
  private var solvers: [Int: BatchSolver] = [:]
  private lazy var updater = Updater(schedule, single, workspaces)

  init(_ schedule: Schedule) {
    self.schedule = schedule
    let single = StateVectors(schedule.network, lanes: 1)
    self.single = single
    workspaces = schedule.components.map { ComponentWorkspace($0, single) }
  }

  /// What computes some number of samples side by side; made when it is first needed.
  private func solver(_ lanes: Int, _ context: ExecutionContext) -> BatchSolver {
    let solver =
      solvers[lanes]
      ?? BatchSolver(
        schedule, lanes == 1 ? single : StateVectors(schedule.network, lanes: lanes),
        single: single, workspaces)
    solvers[lanes] = solver
    solver.state.context = limited(context, lanes)
    single.context = limited(context, 1)
    return solver
  }

  private func limited(_ context: ExecutionContext, _ lanes: Int) -> ExecutionContext {
    context.limited(toOne: !Parallel.isShared(schedule.network, samples: lanes))
  }

  /// Gives back the room of large weights that are laid out.
  func giveBackLargeRoom() {
    single.giveBackLargeRoom()
    for solver in solvers.values { solver.state.giveBackLargeRoom() }
  }

  /// Finds the equilibria of a group and stores them in the batch.
  func solve(
    _ group: SampleGroup, _ batch: Batch, _ options: SolverOptions, _ context: ExecutionContext
  ) throws -> [SampleEvidence] {
    try solver(group.lanes, context).solve(group.samples, batch, options)
  }

  /// Takes given states as the answer, and measures what they are worth.
  func accept(
    _ group: SampleGroup, _ batch: Batch, _ options: SolverOptions, _ context: ExecutionContext
  ) -> [SampleEvidence] {
    solver(group.lanes, context).accept(group.samples, batch, options)
  }

  /// Solves the adjoint systems of a group at the batch's states.
  func solveAdjoint(
    _ group: SampleGroup, _ batch: Batch, _ options: SolverOptions, _ context: ExecutionContext,
    from g: AdjointSource, into d: UnsafeMutablePointer<Double>
  ) throws -> [SampleEvidence] {
    try solver(group.lanes, context).solveAdjoint(group.samples, batch, options, from: g, into: d)
  }

  /// Moves the state of a sample, which was an equilibrium before some units' rows, biases or inputs changed.
  func update(
    _ problem: Updater.Problem, changed units: [Int], after known: SampleEvidence,
    _ options: SolverOptions, _ context: ExecutionContext
  ) throws -> Updater.Outcome {
    single.context = limited(context, 1)
    return try updater.update(problem, changed: units, after: known, options)
  }
}
