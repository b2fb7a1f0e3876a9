public import Cyclograd

/// A training file made ready to run, with its checkpoints.
public struct TrainingSession: Sendable {
  /// What was read.
  public let setup: TrainingSetup
  /// The run, at its beginning or where a checkpoint left it.
  public private(set) var run: TrainingRun
  /// Where checkpoints go.
  public let folder: CheckpointFolder
  /// The checkpoint that the run continues, if any.
  public let resumed: String?
  /// What is different from the training that is continued.
  public let changes: [TrainingIdentity.Change]
  /// What the training is made of.
  public let identity: TrainingIdentity
  /// Whether the choice of the best begins anew with this continuation.
  public let choosesAnew: Bool

  private let clock = ContinuousClock()
  private var lastSave: ContinuousClock.Instant
  /// Whether the newest checkpoint is of the run as it stands.
  private var isSaved = false
  /// The best so far, where its checkpoint has not been written yet.
  private var unsavedBest: TrainingRun?

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
    setup = try TrainingSetup(file, threads: threads, progress: progress)
    lastSave = clock.now
    let first = try setup.run()
    identity = try setup.identity(of: first)
    folder = try CheckpointFolder(
      file.checkpoints.folder, kept: file.checkpoints.kept, transform: setup.data.transform,
      identity: identity)
    let newest = try folder.checkpoints().first
    guard let newest, beginning != .overwrite else {
      if newest != nil { try folder.clear() }
      run = first
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
    let checkpoint = try Checkpoint.read(newest, for: setup.network)
    changes = try checkpoint.changes(
      to: identity, allowsNewYardstick: choosesAnew, path: newest)
    let optimizer = first.trainer.options.optimizer
    run = try setup.run(
      continuing: choosesAnew
        ? checkpoint.measuredAnew(optimizer) : checkpoint.adapted(to: changes, optimizer))
    resumed = newest
    if choosesAnew {
      // The checkpoint no longer speaks of a best one before that one goes.
      try folder.save(run)
      folder.removeBest()
    }
  }

  /// Whether all epochs are done.
  public var isFinished: Bool { run.progress.epoch >= run.options.epochs }

  /// Does the next piece of work, and writes the checkpoints that are due.
  ///
  /// Where it fails, what was reached is written first, so that nothing is lost.
  ///
  /// - Returns: `nil` when all epochs are done; the last checkpoint has been written then.
  /// - Throws: what ``Cyclograd/TrainingRun/next()`` throws, and errors of files.
  public mutating func next() throws -> TrainingEvent? {
    let event: TrainingEvent?
    do { event = try run.next() } catch {
      if run.trainer.state.steps > 0 { try? save() }
      throw error
    }
    if event != nil { isSaved = false }
    var isDue = event == nil
    if case .validation(let report) = event, report.isBest { unsavedBest = run }
    if case .epoch(let report) = event, let every = file.checkpoints.every {
      isDue = report.epoch % every == 0
    }
    if let interval = file.checkpoints.interval, clock.now - lastSave >= interval { isDue = true }
    if isDue { try save() }
    return event
  }

  /// Writes a checkpoint of the run as it stands, and that of the best, unless they are there already.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `file` for what cannot be written.
  public mutating func save() throws {
    // The best goes first: a checkpoint never speaks of one that is not there.
    if let best = unsavedBest { try folder.saveBest(best) }
    unsavedBest = nil
    lastSave = clock.now
    guard !isSaved else { return }
    try folder.save(run)
    isSaved = true
  }

  /// Writes the best parameters if there was a validation, or else those of the end.
  ///
  /// - Returns: whether they are those of the best validation.
  @discardableResult
  public func writeParameters() throws -> Bool {
    let isBest = run.progress.validations.contains { $0.isBest }
    let parameters =
      isBest
      ? run.trainer.effective(try Checkpoint.read(folder.best, for: network).trainer.parameters)
      : run.trainer.parameters
    try ParametersFile.write(
      parameters, of: network, transform: setup.data.transform, to: file.output)
    return isBest
  }
}
