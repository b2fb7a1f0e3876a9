public import Cyclograd

/// A training file made ready to run, with its checkpoints.
public struct TrainingSession: Sendable {
  /// What was read.
  public var setup: TrainingSetup { stages.setup }
  /// The stages, at their beginning or where a checkpoint left them.
  private var stages: StagedRun
  /// Where checkpoints go.
  public let folder: CheckpointFolder
  /// The checkpoint that the run continues, if any.
  public let resumed: String?
  /// What is different from the training that is continued.
  public let changes: [TrainingIdentity.Change]
  /// What the training of this stage is made of.
  public private(set) var identity: TrainingIdentity
  /// Whether the choice of the best begins anew with this continuation.
  public let choosesAnew: Bool

  private let clock = ContinuousClock()
  private var lastSave: ContinuousClock.Instant
  /// Whether the newest checkpoint is of the run as it stands.
  private var isSaved = false
  /// Whether the last event makes a checkpoint due.
  private var isSaveDue = false
  /// The best so far, where its checkpoint has not been written yet.
  private var unsavedBest: TrainingRun?

  /// The training of the stage that is under way.
  public var run: TrainingRun { stages.run }
  /// What the file says.
  public var file: TrainingFile { setup.file }
  /// The network.
  public var network: Network { setup.network }

  /// What to do about checkpoints that are there already.
  public enum Beginning: Hashable, Sendable {
    /// There must be none.
    case new
    /// The newest is continued, if there is any.
    case resume
    /// The newest is continued, but the choice of the best and the optimizer's memory begin anew, so that loss, data,
    /// measures and optimizer may be others.
    case restartingChoice
    /// They are removed.
    case overwrite
  }

  /// Reads everything that the file names, and checks that it fits together.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for whatever is wrong with any of it; nothing has been
  ///   written then but the empty folder.
  public init(
    _ file: TrainingFile, beginning: Beginning = .new, threads: Int = 1,
    progress: (String) -> Void = { _ in }
  ) throws {
    try file.checkOutput()
    var setup = try TrainingSetup(file, threads: threads, progress: progress)
    lastSave = clock.now
    let first = try StagedRun(setup)
    identity = try setup.identity(of: first.run)
    folder = try CheckpointFolder(
      file.checkpoints.folder, kept: file.checkpoints.kept, transform: setup.data.transform)
    let newest = try folder.checkpoints().first
    guard let newest, beginning != .overwrite else {
      if newest != nil { try folder.clear() }
      stages = first
      (resumed, changes, choosesAnew) = (nil, [], false)
      return
    }
    guard beginning != .new else {
      throw CyclogradError(
        .file, "the folder has checkpoints of a training already",
        at: .init(file: file.checkpoints.folder),
        advice: "continue it with --resume, remove it with --overwrite, or give another folder")
    }
    progress("reading \(newest)")
    choosesAnew = beginning == .restartingChoice
    setup = try setup.rewired(asIn: newest)
    let checkpoint = try Checkpoint.read(newest, for: setup.network)
    guard checkpoint.progress.stage <= setup.file.stageCount else {
      throw CyclogradError(
        .shapeMismatch,
        "the checkpoint is of stage \(checkpoint.progress.stage + 1), but there are \(setup.file.stageCount)",
        at: .init(file: newest), advice: "continue with the stages that it is from")
    }
    var place = TrainingProgress()
    place.stage = checkpoint.progress.stage
    let plain = try setup.run(from: nil, setup.parameters, place)
    identity = try setup.identity(of: plain)
    changes = try checkpoint.changes(
      to: identity, allowsNewYardstick: choosesAnew, path: newest)
    let optimizer = plain.trainer.options.optimizer
    let run = try setup.run(
      continuing: choosesAnew
        ? checkpoint.measuredAnew(optimizer) : checkpoint.adapted(to: changes, optimizer))
    let hasBest = run.progress.validations.contains { $0.isBest }
    if hasBest { try folder.reviveBest(of: newest) }
    let best =
      hasBest
      ? run.trainer.effective(
        try Checkpoint.read(folder.best, for: setup.network).trainer.result) : nil
    stages = StagedRun(setup, run, best: best)
    resumed = newest
    if choosesAnew {
      // The checkpoint no longer speaks of a best one before that one goes.
      try folder.save(run, identity: identity, topology: setup.topology)
      folder.retireBest(upTo: run.stepCount - 1)
    }
  }

  /// Whether all stages are done.
  public var isFinished: Bool { stages.isFinished }

  /// Does the next piece of work. The checkpoint that an event makes due is written when the next one is asked for, so that
  /// what its receiver writes of the event is there before.
  ///
  /// Where it fails, what was reached is written first, so that nothing is lost.
  ///
  /// - Returns: `nil` when all epochs are done; the last checkpoint has been written then.
  /// - Throws: what ``Cyclograd/TrainingRun/next()`` throws, and errors of files.
  public mutating func next() throws -> TrainingEvent? {
    if isSaveDue { try save() }
    let outcome: StagedRun.Outcome
    let stage = run.progress.stage
    do { outcome = try stages.next() } catch {
      throw run.trainer.state.steps > 0 ? saved(before: error) : error
    }
    if run.progress.stage != stage { try beginStage() }
    switch outcome {
    case .end:
      try save()
      return nil
    case .stage: return try next()
    case .event(let event):
      isSaved = isSaved && run.progress.stage != stage
      if case .validation(let report) = event, report.isBest { unsavedBest = run }
      if case .epoch(let report) = event, let every = file.checkpoints.every {
        isSaveDue = report.epoch % every == 0
      }
      if let interval = file.checkpoints.interval, clock.now - lastSave >= interval {
        isSaveDue = true
      }
      return event
    }
  }

  /// What the stage before has come to is in the parameters of this one.
  private mutating func beginStage() throws {
    unsavedBest = nil
    identity = try setup.identity(of: run)
    isSaved = false
    // Checkpoints of the stage before are worth nothing without it.
    folder.retireBest(upTo: run.stepCount)
    try save()
  }

  /// Writes a checkpoint of the run as it stands, and that of the best, unless they are there already.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `file` for what cannot be written.
  public mutating func save() throws {
    // The best goes first: a checkpoint never speaks of one that is not there.
    if let best = unsavedBest {
      try folder.saveBest(best, identity: identity, topology: setup.topology)
    }
    if !isSaved {
      try folder.save(stages.runToSave(), identity: identity, topology: setup.topology)
    }
    // Only now: what could not be written is still due.
    (unsavedBest, isSaveDue, isSaved) = (nil, false, true)
    lastSave = clock.now
  }

  /// Saves what was reached before an error ends the training.
  ///
  /// - Returns: the error; its advice says so where this failed as well.
  private mutating func saved(before cause: any Error) -> any Error {
    do { try save() } catch let failure {
      guard var error = cause as? CyclogradError else { return cause }
      let reason = (failure as? CyclogradError)?.message ?? "\(failure)"
      let note = "the last checkpoint could not be written: \(reason)"
      error.advice = error.advice.map { "\($0); \(note)" } ?? note
      return error
    }
    return cause
  }

  /// Where the trained network goes; `nil` where it is that of the graph file, and where parameters go to a device.
  public var networkOutput: String? {
    guard setup.topology != nil || file.changesGraph, !file.output.hasPrefix("/dev/") else {
      return nil
    }
    return file.networkOutput
  }

  /// Writes the best parameters if there was a validation, or else those of the end, and the network if it is not that of
  /// the graph file.
  ///
  /// - Returns: whether they are those of the best validation.
  @discardableResult
  public func writeParameters() throws -> Bool {
    let (isBest, parameters) = (stages.best != nil, stages.parameters)
    // First, so that a network that is too large for a graph file does not cost the parameters.
    try ParametersFile.write(
      parameters, of: network, transform: setup.data.transform, to: file.output)
    if let networkOutput {
      _ = try NetworkFormat.format(writing: networkOutput).write(
        ImportedNetwork(graph: setup.trainedGraph(parameters), file: file.graph),
        to: networkOutput)
    }
    return isBest
  }
}
