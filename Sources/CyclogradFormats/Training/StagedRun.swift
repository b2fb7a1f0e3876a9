public import Cyclograd

/// The stages of a training, one after the other: each begins with the best parameters of the one before, or with those of its end
/// where nothing was validated.
public struct StagedRun: Sendable {
  /// What a call of ``next()`` has done.
  public enum Outcome: Sendable {
    /// A piece of work.
    case event(TrainingEvent)
    /// The next stage begins, after one that trained.
    case stage
    /// Everything is done.
    case end
  }

  /// What the file says.
  public private(set) var setup: TrainingSetup
  /// The training of this stage. In a stage that fits it makes no steps.
  public private(set) var run: TrainingRun
  /// The best parameters of this stage so far, if there was a validation.
  public private(set) var best: Parameters?
  /// The descent on states of this stage, once it has begun.
  private var descent: FenchelDescent?
  /// The step of ``best``.
  public private(set) var bestStep = 0

  /// Begins with the first stage.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for options that do not fit the network or the samples, of any stage.
  public init(_ setup: TrainingSetup) throws {
    for stage in 0..<setup.file.stageCount {
      var progress = TrainingProgress()
      progress.stage = stage
      _ = try setup.run(from: nil, setup.parameters, progress)
      try setup.check(stage: stage)
    }
    try self.init(setup, setup.run(), best: nil)
  }

  /// Continues where a run stands.
  init(_ setup: TrainingSetup, _ run: TrainingRun, best: Parameters?) {
    (self.setup, self.run, self.best) = (setup, run, best)
  }

  /// The parameters as they are now: the best of this stage, or those that are trained.
  public var parameters: Parameters { best ?? run.trainer.parameters }

  /// Whether everything is done.
  public var isFinished: Bool {
    let (stage, count) = (run.progress.stage, setup.file.stageCount)
    guard stage + 1 == count, setup.file.otherStage(stage) == nil else { return stage >= count }
    return run.isFinished
  }

  /// Does the next piece of work.
  ///
  /// - Throws: what ``Cyclograd/TrainingRun/next()`` and ``Cyclograd/ReadoutFit`` throw. The run is then as it was before.
  public mutating func next() throws -> Outcome {
    let setup = setup
    return try setup.located { try step() }
  }

  private mutating func step() throws -> Outcome {
    let (stage, count) = (run.progress.stage, setup.file.stageCount)
    guard stage < count else { return .end }
    switch setup.file.otherStage(stage) {
    case .fit(let fit):
      let (fitted, report) = try fit.fitted(
        setup.simulator, run.trainer.parameters, on: setup.trainingSource,
        loss: setup.file.options.loss)
      try begin(with: fitted, after: 1)
      return .event(.fit(report))
    case .fenchel(let options): return .event(try descend(options))
    case .rewire(let rule): return .event(try rewire(rule))
    case .match(let rule): return .event(try match(rule))
    case .train, nil: break
    }
    if let event = try run.next() {
      if case .validation(let report) = event, report.isBest {
        (best, bestStep) = (run.trainer.parameters, report.step)
      }
      return .event(event)
    }
    guard stage + 1 < count else { return .end }
    try begin(with: parameters, after: run.trainer.state.steps)
    return .stage
  }

  /// The run as a checkpoint keeps it: the states of a descent are where a training keeps those that samples start
  /// from. They are put there only now, because there is one for each sample.
  func runToSave() throws -> TrainingRun {
    guard let descent else { return run }
    var state = run.trainer.state
    let width = setup.network.unitCount
    state.warmStates = descent.states.mapValues {
      $0 + [Double](repeating: 0, count: width - $0.count)
    }
    return try setup.run(from: state, state.parameters, run.progress)
  }

  /// A step of a descent on states.
  private mutating func descend(_ options: FenchelDescent.Options) throws -> TrainingEvent {
    let old = run.trainer.state
    var options = options
    removeIdle(&options.parameterGroups)
    if setup.topology != nil {
      try TrainerOptions.removeIdle(&options.balls, in: setup.network)
    }
    var descent =
      try self.descent
      ?? FenchelDescent(
        options, setup.simulator, old.parameters, on: setup.trainingSource,
        loss: setup.file.options.loss, states: old.warmStates, step: old.steps)
    guard let report = try descent.next() else {
      let (fitted, report) = try descent.finished()
      try begin(with: fitted, after: old.steps + 1)
      return .fit(report)
    }
    self.descent = descent
    var state = old
    state.parameters = descent.parameters
    state.steps = descent.step
    run = try setup.run(from: state, state.parameters, run.progress)
    var shown = report
    shown.step += run.progress.stepsBefore
    return .descent(shown)
  }

  /// Exchanges edges by their derivatives.
  private mutating func rewire(_ rule: Rewiring) throws -> TrainingEvent {
    let parameters = run.trainer.parameters
    var rule = rule
    removeIdle(&rule.parameterGroups)
    guard try hasEdges({ try rule.check($0) }) else {
      return try exchange(Self.nothing, parameters)
    }
    return try exchange(
      rule.plan(
        setup.simulator, parameters, on: setup.trainingSource, loss: setup.file.options.loss),
      parameters)
  }

  /// Gives rows the few weights that reproduce the states, and takes the other edges out.
  private mutating func match(_ rule: StateMatching.Rule) throws -> TrainingEvent {
    let old = run.trainer.parameters
    var rule = rule
    removeIdle(&rule.parameterGroups)
    guard try hasEdges({ try rule.check($0) }) else {
      return try exchange(Self.nothing, old)
    }
    let candidates = try rule.absentEdges(of: setup.network)
    let teacher =
      candidates.isEmpty
      ? setup
      : try setup.rewired(
        to: setup.edges.applying(.init(dropped: [], added: candidates, before: 0)), old)
    let weights = candidates.isEmpty ? old : teacher.parameters
    let new = try rule.matched(
      teacher.simulator, weights, on: setup.trainingSource, loss: setup.file.options.loss)
    let absent = Set(candidates)
    let plan = Rewiring.Plan(
      teacher.network, goingFrom: weights, to: new, candidates: absent)
    let event = try exchange(plan, new, of: teacher)
    guard case .rewiring(_, let edges) = event, !candidates.isEmpty else { return event }
    // Of edges that have come only to be left out again nobody wants to know.
    let gone = Set(plan.dropped)
    let shown = Rewiring.Plan(
      dropped: plan.dropped.filter { !absent.contains($0) },
      added: candidates.filter { !gone.contains($0) }, before: plan.before)
    return .rewiring(shown, edges: edges)
  }

  private static let nothing = Rewiring.Plan(dropped: [], added: [], before: 0)

  /// Takes out groups of parameters whose edges have gone.
  private func removeIdle(_ groups: inout [ParameterGroup]) {
    if setup.topology != nil { TrainerOptions.removeIdle(&groups, in: setup.network) }
  }

  /// Whether a rule has edges to work on. It was checked with the network of the graph, so that all that can be wrong with it
  /// after an exchange is that its edges have gone.
  private func hasEdges(_ check: (Network) throws -> Void) throws -> Bool {
    do { try check(setup.network) } catch {
      guard setup.topology != nil else { throw error }
      return false
    }
    return true
  }

  /// Exchanges edges; parameters and the optimizer's memory move along.
  ///
  /// - Parameter whole: the training that has all of the edges before, if it is not this one.
  private mutating func exchange(
    _ plan: Rewiring.Plan, _ parameters: Parameters, of whole: TrainingSetup? = nil
  ) throws -> TrainingEvent {
    let whole = whole ?? setup
    let new = try whole.rewired(
      to: whole.edges.applying(plan), parameters, added: plan.added)
    let move = ParameterMove(from: setup.network, to: new.network, added: plan.added)
    let optimizer = move.state(
      run.trainer.state.optimizer, of: run.trainer.options.optimizer)
    let before = setup
    setup = new
    do { try begin(with: new.parameters, after: 1, carrying: optimizer) } catch {
      setup = before
      throw error
    }
    return .rewiring(plan, edges: new.network.edgeCount)
  }

  /// - Parameter memory: what the optimizer remembers; it is carried on if the next stage has the same.
  private mutating func begin(
    with parameters: Parameters, after steps: Int, carrying memory: OptimizerState? = nil
  ) throws {
    var progress = run.progress
    progress.beginStage(after: steps)
    descent = nil
    let (before, last) = (run.trainer.options.optimizer, run.trainer.state.optimizer)
    run = try setup.run(from: nil, parameters, progress)
    (best, bestStep) = (nil, 0)
    let stage = progress.stage
    let isKept = setup.file.keepsMemory(stage) || setup.file.keepsMemory(stage - 1)
    let memory = memory ?? (isKept ? last : nil)
    guard let memory, run.trainer.options.optimizer == before else { return }
    var state = run.trainer.state
    state.optimizer = memory
    run = try setup.run(from: state, state.parameters, progress)
  }
}
