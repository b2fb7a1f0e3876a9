import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation
import Glibc

/// The trainings whose logs a folder holds, read as far as they have been written.
///
/// Links are not followed, and what is opened is looked at once more, so nothing outside the folder is read, whatever
/// is put into it. What is asked for from outside never becomes the name of a file.
struct WatchedFolder {
  /// The folder without links.
  let root: String
  /// The logs that can be read, by their paths within the folder.
  private(set) var histories: [String: TrainingHistory] = [:]
  /// The studies whose runs can be read, by the paths of these.
  private(set) var studies: [String: [StudyRun]] = [:]
  /// What cannot be read and why.
  private(set) var failures: [String: String] = [:]

  private var logs: [String: Log] = [:]

  private struct Log {
    var identity: [UInt64] = []
    var size = 0
    var changed: [Int] = []
    var reader: TrainingLogReader?
    /// Why it could not be read as it is now.
    var failure: String?
  }

  /// Folders within folders down to this depth are looked into.
  static let deepest = 4
  /// So many logs are read.
  static let mostLogs = 200
  /// Larger files are left out.
  static let largestLog = 1 << 30

  /// - Throws: `CyclogradError` `file` if there is no such folder.
  init(_ path: String) throws {
    guard let resolved = realpath(path, nil) else {
      throw CyclogradError(
        .file, "cannot read the folder: \(String(cString: strerror(errno)))", at: .init(file: path),
        advice: "give the folder that cyclograd train --json-log writes to")
    }
    defer { free(resolved) }
    root = String(cString: resolved)
    var info = stat()
    guard stat(root, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
      throw CyclogradError(
        .file, "this is no folder", at: .init(file: path),
        advice: "give the folder in which the logs are")
    }
  }

  /// Reads what is new.
  ///
  /// - Returns: whether anything was.
  mutating func refresh() -> Bool {
    let before = (Set(logs.keys), failures)
    var names: [String] = []
    Self.look(in: root, "", depth: 0, &names)
    names.sort()
    failures = [:]
    if names.count > Self.mostLogs {
      failures["and \(names.count - Self.mostLogs) more files"] =
        "at most \(Self.mostLogs) are read at once"
      names.removeSubrange(Self.mostLogs...)
    }
    var isChanged = false
    for name in logs.keys where !names.contains(name) { forget(name) }
    for name in names {
      do { if try read(name) { isChanged = true } } catch {
        forget(name)
        failures[name] = Self.reason(error)
      }
    }
    return isChanged || before.0 != Set(logs.keys) || before.1 != failures
  }

  private mutating func forget(_ name: String) {
    logs[name] = nil
    histories[name] = nil
    studies[name] = nil
  }

  private static func look(in folder: String, _ prefix: String, depth: Int, _ names: inout [String])
  {
    guard depth <= deepest, names.count <= 10 * mostLogs, let stream = opendir(folder) else {
      return
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard !name.hasPrefix(".") else { continue }
      let path = folder + "/" + name
      var info = stat()
      guard lstat(path, &info) == 0 else { continue }
      switch info.st_mode & S_IFMT {
      case S_IFDIR: look(in: path, prefix + name + "/", depth: depth + 1, &names)
      case S_IFREG where name.hasSuffix(".jsonl"): names.append(prefix + name)
      default: break
      }
    }
  }

  /// Reads what was added to a file.
  private mutating func read(_ name: String) throws -> Bool {
    let descriptor = open(root + "/" + name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CyclogradError(.file, String(cString: strerror(errno)), at: .init(file: name))
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG,
      let place = try? FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/self/fd/\(descriptor)"), place.hasPrefix(root == "/" ? "/" : root + "/")
    else {
      throw CyclogradError(.file, "this is no file within the folder", at: .init(file: name))
    }
    let size = Int(info.st_size)
    guard size <= Self.largestLog else {
      throw CyclogradError(
        .file, "the file is larger than \(Quantity.bytes(Self.largestLog))", at: .init(file: name))
    }
    var log = logs[name] ?? Log()
    let identity = [UInt64(info.st_dev), UInt64(info.st_ino)]
    let changed = [size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec]
    guard log.identity != identity || log.changed != changed else {
      failures[name] = log.failure
      return false
    }
    // Another file, or one that was begun anew or may have been mended.
    if log.identity != identity || size < log.size || log.failure != nil {
      log = Log(identity: identity)
    }
    log.changed = changed
    do { try read(handle, size, name, &log) } catch {
      forget(name)
      // Kept, so that it is not read again before it changes.
      let reason = Self.reason(error)
      logs[name] = Log(identity: identity, changed: changed, failure: reason)
      failures[name] = reason
      return false
    }
    logs[name] = log
    return true
  }

  /// Reads what a log has more than before.
  private mutating func read(
    _ handle: FileHandle, _ size: Int, _ name: String, _ log: inout Log
  ) throws {
    if log.size == 0, size > 0 {
      let start = try handle.read(upToCount: 1 << 16) ?? Data()
      if StudyRunsFile.recognises(start) {
        let all = Array(start + (try handle.readToEnd() ?? Data()))
        studies[name] = try StudyRunsFile.parse(all, name).map(\.run)
        return
      }
      try handle.seek(toOffset: 0)
    }
    var reader = log.reader ?? TrainingLogReader(name)
    try handle.seek(toOffset: UInt64(log.size))
    let added = try handle.read(upToCount: size - log.size) ?? Data()
    try reader.take(added)
    log.size += added.count
    log.reader = reader
    studies[name] = nil
    histories[name] = reader.history
  }

  private static func reason(_ error: any Error) -> String {
    (error as? CyclogradError)?.message ?? "\(error)"
  }

  // MARK: Pages

  /// The page of all trainings, or of the one whose log is named; `nil` where there is no such log.
  func page(of name: String?) -> ReportPage? {
    var page: ReportPage
    if let name {
      guard let history = histories[name] else { return nil }
      page = TrainingReport.page(
        history, title: Self.title(name, history), origin: "From the log \(name).")
      page.links = [("All trainings", "/")]
    } else {
      page = TrainingComparison.page(
        records, settings: TrainingIdentity.settingNames, title: "Trainings in \(folderName)")
      if records.isEmpty {
        page.summary =
          "There is no log here yet. cyclograd train --json-log writes one; it will show here by itself."
        page.tables = []
      }
      page.links = histories.keys.sorted().map { ($0, "/run?log=\(Self.escaped($0))") }
    }
    page.remarks += failures.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)." }
    page.isLive = true
    return page
  }

  private var folderName: String { URL(fileURLWithPath: root).lastPathComponent }

  private static func title(_ name: String, _ history: TrainingHistory) -> String {
    history.network.map { "Training of \($0)" } ?? "Training \(name)"
  }

  private var records: [TrainingRecord] {
    let logs = histories.sorted { $0.key < $1.key }.map { name, history in
      TrainingRecord(String(name.dropLast(".jsonl".count)), history)
    }
    return logs
      + studies.sorted { $0.key < $1.key }.flatMap { name, runs in
        TrainingRecord.records(of: runs).map { record in
          var record = record
          record.name = "\(name.dropLast(".jsonl".count)): \(record.name)"
          return record
        }
      }
  }

  /// A name as part of an address.
  private static func escaped(_ name: String) -> String {
    name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }
}
