public import Cyclograd
import Glibc

/// The folder in which a training keeps its checkpoints: `best.safetensors`, and the last few as
/// `step-000000120.safetensors`.
///
/// One training at a time holds the folder, by a lock on the file `lock` that ends with it, however
/// it ends.
public final class CheckpointFolder: Sendable {
  /// The folder.
  public let path: String
  /// How many of the last checkpoints are kept.
  public let kept: Int
  private let transform: InputTransform?
  private let lock: Int32

  /// Makes the folder if it is not there, and holds it.
  ///
  /// What an interrupted training left half written is removed.
  ///
  /// - Parameter transform: kept in every checkpoint.
  /// - Throws: ``Cyclograd/CyclogradError``: `file` if it cannot be made, or if another training
  ///   holds it.
  public init(_ path: String, kept: Int = 3, transform: InputTransform? = nil) throws {
    self.path = path
    self.transform = transform
    self.kept = max(1, kept)
    try Self.make(path)
    lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard lock >= 0 else {
      throw SystemError.file("cannot use the checkpoint folder", path, errno)
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw CyclogradError(
        .file, "another training is using the checkpoint folder", at: .init(file: path),
        advice: "wait for its end, or give another folder")
    }
    for name in try Self.names(path) where name.hasPrefix(".cyclograd-") && name.hasSuffix(".tmp") {
      unlink(path + "/" + name)
    }
  }

  /// Makes the folder and those around it, where they are not there.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `file` if one cannot be made.
  public static func make(_ path: String) throws {
    try SystemError.checkPath(path)
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      made += made.isEmpty && !path.hasPrefix("/") ? String(part) : "/" + part
      if mkdir(made, 0o777) != 0, errno != EEXIST, errno != EISDIR, errno != EROFS {
        throw SystemError.file("cannot make the checkpoint folder", path, errno)
      }
    }
  }

  deinit { close(lock) }

  /// The best checkpoint's path, whether or not it exists.
  public var best: String { path + "/best.safetensors" }

  /// The paths of the checkpoints, the newest first; the best is not among them.
  public func checkpoints() throws -> [String] {
    try numbered().map { path + "/" + $0 }
  }

  /// Writes a checkpoint, and removes those that are too old.
  ///
  /// - Parameter identity: what a training that is continued is compared with; what the run knows itself if `nil`.
  @discardableResult
  public func save(
    _ run: TrainingRun, identity: TrainingIdentity? = nil, topology: TrainingTopology? = nil
  ) throws -> String {
    let digits = String(run.stepCount)
    let number = String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    let file = path + "/step-\(number).safetensors"
    try checkpoint(run, identity, topology).write(of: run.trainer.simulator.network, to: file)
    // Older ones go only now that a newer one is whole.
    for name in try numbered().dropFirst(kept) { unlink(path + "/" + name) }
    return file
  }

  /// Writes the best checkpoint.
  public func saveBest(
    _ run: TrainingRun, identity: TrainingIdentity? = nil, topology: TrainingTopology? = nil
  ) throws {
    try checkpoint(run, identity, topology).write(of: run.trainer.simulator.network, to: best)
  }

  private func checkpoint(
    _ run: TrainingRun, _ identity: TrainingIdentity?, _ topology: TrainingTopology?
  ) -> Checkpoint {
    Checkpoint(run, transform: transform, identity: identity, topology: topology)
  }

  /// Removes the best checkpoint: the choice begins anew.
  func removeBest() { unlink(best) }

  /// Removes all checkpoints: a training starts over.
  public func clear() throws {
    for name in try numbered() { unlink(path + "/" + name) }
    unlink(best)
  }

  /// What a folder holds, without holding it: the paths of its checkpoints, the newest first, and that of the best.
  ///
  /// - Throws: ``Cyclograd/CyclogradError``: `file` if there is no such folder.
  public static func contents(
    of path: String
  ) throws -> (checkpoints: [String], best: String?) {
    let names = try names(path)
    let best = names.contains("best.safetensors") ? path + "/best.safetensors" : nil
    return (numbered(names).map { path + "/" + $0 }, best)
  }

  private func numbered() throws -> [String] { Self.numbered(try Self.names(path)) }

  private static func numbered(_ names: [String]) -> [String] {
    names.filter { $0.hasPrefix("step-") && $0.hasSuffix(".safetensors") }
      .sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
  }

  private static func names(_ path: String) throws -> [String] {
    guard let folder = opendir(path) else {
      throw SystemError.file("cannot read the checkpoint folder", path, errno)
    }
    defer { closedir(folder) }
    var result: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      result.append(name)
    }
    return result
  }
}
