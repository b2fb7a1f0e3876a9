public import Cyclograd

/// A training as it stood between two events, in a file from which it continues bit for bit.
///
/// The file is of the safetensors format, so other programs can look into it. Its metadata hold a
/// checksum of everything else in it, names and shapes included.
public struct Checkpoint: Sendable {
  static let format = "cyclograd/checkpoint-2"

  /// Parameters, optimizer, schedule, warm starts.
  public var trainer: TrainerState
  /// The place in the epoch, and the history. The order of samples follows from seed and epoch.
  public var progress: TrainingProgress
  /// What a training that is continued is compared with.
  public var identity: TrainingIdentity
  /// What becomes of a file's columns before they enter the network; `nil` for nothing.
  public var transform: InputTransform?
  /// The edges, where the training has exchanged some.
  public var topology: TrainingTopology?

  /// A run as it stands.
  ///
  /// - Parameter identity: what else is known of the training, such as its data; without it what the run knows itself.
  public init(
    _ run: TrainingRun, transform: InputTransform? = nil, identity: TrainingIdentity? = nil,
    topology: TrainingTopology? = nil
  ) {
    trainer = run.trainer.state
    progress = run.progress
    self.identity = identity ?? TrainingIdentity(run)
    self.transform = transform
    self.topology = topology
  }

  /// The edges of a checkpoint whose training has exchanged some; `nil` for that of the graph itself.
  ///
  /// - Parameter network: the graph's.
  static func topology(_ path: String, of network: Network) throws -> TrainingTopology? {
    let starts: [Int64]
    let columns: [Int32]
    do {
      let file = try SafetensorsFile.read(path)
      guard file.names.contains("topology.columns") else { return nil }
      guard case .i64(let found) = try file.tensor("topology.starts").values,
        case .i32(let sources) = try file.tensor("topology.columns").values
      else { throw damaged(path, "its edges are of another type") }
      (starts, columns) = (found, sources)
    } catch let error as CyclogradError where error.code == .malformedFile {
      throw damaged(path, error.message)
    }
    return try TrainingTopology(
      rowStarts: starts.map { Int($0) }, columns: columns, of: network, path: path)
  }

  init(
    trainer: TrainerState, progress: TrainingProgress, identity: TrainingIdentity,
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
    try content.add(self, network)
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
    guard file.metadata["format"] != "cyclograd/checkpoint-1" else {
      throw CyclogradError(
        .malformedFile,
        "the checkpoint is of an earlier version, which did not note the loss and the data",
        at: .init(file: path),
        advice: "begin the training again, or continue it with the version that wrote this")
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
}
