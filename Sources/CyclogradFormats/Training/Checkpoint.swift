public import Cyclograd

/// A training as it stood between two events, in a file from which it continues bit for bit.
///
/// The file is of the safetensors format, so other programs can look into it. Its metadata hold a
/// checksum of everything else in it, names and shapes included.
public struct Checkpoint: Sendable {
  static let format = "cyclograd/checkpoint-1"

  /// What a training must have in common with the one that is continued.
  public struct Identity: Hashable, Sendable {
    /// The name of the optimizer.
    public var optimizer: String
    /// What the order of the samples is drawn from.
    public var seed: UInt64
    /// The samples of one step.
    public var batchSize: Int
    /// The number of samples.
    public var samples: Int

    init(optimizer: String, seed: UInt64, batchSize: Int, samples: Int) {
      self.optimizer = optimizer
      self.seed = seed
      self.batchSize = batchSize
      self.samples = samples
    }

    /// The identity of a run.
    public init(_ run: TrainingRun) {
      optimizer = run.trainer.options.optimizer.name
      seed = run.options.seed
      batchSize = run.options.batchSize
      samples = run.sampleCount
    }
  }

  /// Parameters, optimizer, schedule, warm starts.
  public var trainer: TrainerState
  /// The place in the epoch, and the history. The order of samples follows from seed and epoch.
  public var progress: TrainingProgress
  /// What the continued training must have in common.
  public var identity: Identity
  /// What becomes of a file's columns before they enter the network; `nil` for nothing.
  public var transform: InputTransform?

  /// A run as it stands.
  public init(_ run: TrainingRun, transform: InputTransform? = nil) {
    trainer = run.trainer.state
    progress = run.progress
    identity = Identity(run)
    self.transform = transform
  }

  init(
    trainer: TrainerState, progress: TrainingProgress, identity: Identity,
    transform: InputTransform?
  ) {
    self.trainer = trainer
    self.progress = progress
    self.identity = identity
    self.transform = transform
  }

  /// Writes the checkpoint, whole or not at all.
  public func write(of network: Network, to path: String) throws {
    var content = CheckpointContent()
    try content.add(self, network, path)
    content.metadata["checksum"] = content.checksum
    try SafetensorsFile.write(content.tensors, metadata: content.metadata, to: path)
  }

  /// Reads a checkpoint of a network.
  ///
  /// - Throws: ``Cyclograd/CyclogradError``: `malformed-file` for a file that is truncated, changed
  ///   or something else; `shape-mismatch` for one of another network.
  public static func read(_ path: String, for network: Network) throws -> Checkpoint {
    let file: SafetensorsFile
    do {
      file = try SafetensorsFile.read(path)
    } catch let error as CyclogradError where error.code == .malformedFile {
      throw damaged(path, error.message)
    }
    guard file.metadata["format"] == format else {
      throw CyclogradError(
        .malformedFile, "this is not a checkpoint of a training", at: .init(file: path),
        advice: "give a file that cyclograd train wrote into its checkpoint folder")
    }
    let content: CheckpointContent
    do {
      content = try CheckpointContent(file)
    } catch let error as CyclogradError where error.code == .malformedFile {
      throw damaged(path, error.message)
    }
    guard content.metadata["checksum"] == content.checksum else {
      throw damaged(path, "the checksum does not fit the content")
    }
    try CheckpointNetwork(network).check(content.metadata, path)
    return try content.checkpoint(network, path)
  }

  static func damaged(_ path: String, _ reason: String) -> CyclogradError {
    CyclogradError(
      .malformedFile, "the checkpoint is damaged: \(reason)", at: .init(file: path),
      advice: "remove the file to continue from the checkpoint before it")
  }

  /// Refuses to continue a training that would not be the same.
  public func require(
    _ other: Identity, transform otherTransform: InputTransform? = nil, path: String
  ) throws(CyclogradError) {
    func compare(
      _ what: String, _ mine: String, _ theirs: String
    ) throws(CyclogradError) {
      guard mine != theirs else { return }
      throw CyclogradError(
        .shapeMismatch, "the checkpoint is of a training with \(what) \(mine), not \(theirs)",
        at: .init(file: path), advice: "continue with that, or begin another training elsewhere")
    }
    try compare("the optimizer", identity.optimizer, other.optimizer)
    try compare("the seed", String(identity.seed), String(other.seed))
    try compare("batches of", String(identity.batchSize), String(other.batchSize))
    try compare("the number of samples", String(identity.samples), String(other.samples))
    guard transform == otherTransform else {
      throw CyclogradError(
        .shapeMismatch, "the checkpoint is of a training whose inputs were prepared differently",
        at: .init(file: path), advice: "continue with that, or begin another training elsewhere")
    }
  }
}
