public import Cyclograd
import Glibc

/// The folder in which a training keeps its checkpoints: `best.safetensors`, and the last few as
/// `step-000000120.safetensors`. The best of a stage that has ended is `best-000000120.safetensors`, as long as there are
/// checkpoints up to that step.
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
    let file = path + "/" + Self.name("step", run.stepCount)
    try checkpoint(run, identity, topology).write(of: run.trainer.simulator.network, to: file)
    // Older ones go only now that a newer one is whole.
    for name in try numbered().dropFirst(kept) { unlink(path + "/" + name) }
    let first = try numbered().last.flatMap { Self.step("step", $0) } ?? 0
    for step in try retired() where step < first { unlink(path + "/" + Self.name("best", step)) }
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

  /// Lets the choice of the best begin anew. What has been the best stays under another name, for a continuation from an
  /// earlier checkpoint.
  ///
  /// - Parameter step: the last step of those whose best it is.
  func retireBest(upTo step: Int) { rename(best, path + "/" + Self.name("best", step)) }

  /// Makes what was the best when a checkpoint was written the best again.
  func reviveBest(of checkpoint: String) throws {
    let name = checkpoint.split(separator: "/").last.map { String($0) } ?? ""
    guard let step = Self.step("step", name), let last = try retired().first(where: { $0 >= step })
    else { return }
    rename(path + "/" + Self.name("best", last), best)
  }

  /// The steps up to which checkpoints have a best that is retired, ascending.
  private func retired() throws -> [Int] {
    try Self.names(path).compactMap { Self.step("best", $0) }.sorted()
  }

  private static func name(_ kind: String, _ step: Int) -> String {
    let digits = String(step)
    return kind + "-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
      + ".safetensors"
  }

  /// The step in a name of this kind; `nil` for other names.
  private static func step(_ kind: String, _ name: String) -> Int? {
    guard name.hasPrefix(kind + "-"), name.hasSuffix(".safetensors") else { return nil }
    return Int(name.dropFirst(kind.count + 1).dropLast(".safetensors".count))
  }

  /// Removes all checkpoints: a training starts over.
  public func clear() throws {
    for name in try numbered() { unlink(path + "/" + name) }
    for step in try retired() { unlink(path + "/" + Self.name("best", step)) }
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
