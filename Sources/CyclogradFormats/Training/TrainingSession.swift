public import Cyclograd

/// A training file made ready to run, with its checkpoints.
public struct TrainingSession: Sendable {
  /// What was read.
  public let setup: TrainingSetup
  /// The run, at its beginning or where a checkpoint left it.
  public var run: TrainingRun
  /// Where checkpoints go.
  public let folder: CheckpointFolder
  /// The checkpoint that the run continues, if any.
  public let resumed: String?

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
    let first = try setup.run()
    folder = try CheckpointFolder(
      file.checkpoints.folder, kept: file.checkpoints.kept, transform: setup.data.transform)
    guard let newest = try folder.checkpoints().first else {
      run = first
      resumed = nil
      return
    }
    switch beginning {
    case .new:
      throw CyclogradError(
        .file, "the folder has checkpoints of a training already",
        at: .init(file: file.checkpoints.folder),
        advice: "continue it with --resume, remove it with --overwrite, or give another folder")
    case .overwrite:
      try folder.clear()
      run = first
      resumed = nil
    case .resume:
      progress("reading \(newest)")
      let checkpoint = try Checkpoint.read(newest, for: setup.network)
      try checkpoint.require(
        Checkpoint.Identity(first), transform: setup.data.transform, path: newest)
      run = try setup.run(continuing: checkpoint)
      resumed = newest
    }
  }

  /// Writes the best parameters if there was a validation, or else those of the end.
  ///
  /// - Returns: whether they are those of the best validation.
  @discardableResult
  public func writeParameters() throws -> Bool {
    let isBest = run.progress.validations.contains { $0.isBest }
    let parameters =
      isBest
      ? try Checkpoint.read(folder.best, for: network).trainer.parameters
      : run.trainer.parameters
    try ParametersFile.write(
      parameters, of: network, transform: setup.data.transform, to: file.output)
    return isBest
  }
}
