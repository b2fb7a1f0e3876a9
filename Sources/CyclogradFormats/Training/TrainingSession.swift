public import Cyclograd

/// A training file made ready to run.
public struct TrainingSession: Sendable {
  /// What the file says.
  public let file: TrainingFile
  /// The network.
  public let network: Network
  /// The run, at its beginning or where a checkpoint left it.
  public var run: TrainingRun
  /// Where checkpoints go.
  public let folder: CheckpointFolder
  /// The checkpoint that the run continues, if any.
  public let resumed: String?

  /// What to do about checkpoints that are there already.
  public enum Beginning: Hashable, Sendable {
    /// There must be none.
    case anew
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
    _ file: TrainingFile, beginning: Beginning = .anew, threads: Int = 1,
    progress: (String) -> Void = { _ in }
  ) throws {
    self.file = file
    let (network, parameters) = try file.compile(progress: progress)
    self.network = network
    let source = try file.samples(file.data, for: network, progress: progress)
    let validation = try file.validation.map {
      Validation(try file.samples($0, for: network, progress: progress))
    }
    var solver = file.solver
    solver.threads = threads
    let simulator = try Simulator(network, backend: file.backend, options: solver)
    if let reason = simulator.unsuitability {
      throw CyclogradError(
        .invalidOption, "the backend \(file.backend.name) cannot treat this network: \(reason)",
        at: .init(file: file.path), advice: "use the backend automatic")
    }
    var options = file.options
    let steps = (source.count + file.run.batchSize - 1) / file.run.batchSize
    options.learningRate = file.learningRate(stepsPerEpoch: steps)
    func located<Result>(_ body: () throws -> Result) throws -> Result {
      do { return try body() } catch var error as CyclogradError {
        if error.location.file == nil { error.location.file = file.path }
        throw error
      }
    }
    let first = try located {
      try TrainingRun(
        Trainer(simulator, parameters, options), on: source, file.run, validation: validation)
    }
    folder = try CheckpointFolder(file.checkpoints.folder, kept: file.checkpoints.kept)
    guard let newest = try folder.checkpoints().first else {
      run = first
      resumed = nil
      return
    }
    switch beginning {
    case .anew:
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
      let checkpoint = try Checkpoint.read(newest, for: network)
      try checkpoint.require(Checkpoint.Identity(first), path: newest)
      run = try located {
        try TrainingRun(
          Trainer(simulator, checkpoint.trainer, options), on: source, file.run,
          validation: validation, progress: checkpoint.progress)
      }
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
    try ParametersFile.write(parameters, of: network, to: file.output)
    return isBest
  }
}
