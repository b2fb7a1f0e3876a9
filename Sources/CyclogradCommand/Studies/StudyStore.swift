import Cyclograd
import CyclogradFormats
import Foundation
import Synchronization

/// The file of a study's runs: a line of JSON for each training that has ended.
final class StudyStore: Sendable {
  let path: String
  private let fingerprints: [String: String]
  private let state: Mutex<[StudyRun]>

  init(_ path: String, _ study: StudyFile, isOverwritten: Bool) throws {
    self.path = path
    var fingerprints: [String: String] = [:]
    for variant in study.variants {
      fingerprints[variant.name] = try study.fingerprint(of: variant)
    }
    self.fingerprints = fingerprints
    if isOverwritten { try Self.remove(path) }
    state = Mutex(try Self.read(path, fingerprints))
  }

  /// The runs of the study's variants.
  var runs: [StudyRun] { state.withLock { $0 } }

  func has(_ trial: StudyFile.Trial) -> Bool {
    state.withLock { runs in runs.contains { $0.isOf(trial) } }
  }

  /// Appends a run, and has it on the disk before it returns.
  func add(_ run: StudyRun) throws {
    try state.withLock { runs in
      let line = try JSONEncoder().encode(run) + Data("\n".utf8)
      let handle = try LineFile.appending(to: path, what: "the runs")
      do {
        try handle.write(contentsOf: line)
        try handle.synchronize()
      } catch { throw failure(error.localizedDescription) }
      runs.append(run)
    }
  }

  private func failure(_ reason: String) -> CyclogradError {
    CyclogradError(
      .file, "cannot write the runs: \(reason)", at: .init(file: path),
      advice: "make room; the same command goes on with the runs that are there")
  }

  /// Removes a file of runs, if it is there; what is no file, such as a folder with files in it, stays.
  private static func remove(_ path: String) throws {
    guard unlink(path) != 0, errno != ENOENT else { return }
    throw CyclogradError(
      .file, "cannot remove the runs: \(String(cString: strerror(errno)))", at: .init(file: path),
      advice: "give another file with --runs, or remove it yourself")
  }

  private static func read(
    _ path: String, _ fingerprints: [String: String]
  ) throws -> [StudyRun] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    var result: [StudyRun] = []
    for (line, run) in try StudyRunsFile.read(path) {
      guard let expected = fingerprints[run.variant] else { continue }
      guard run.fingerprint == expected else {
        throw CyclogradError(
          .shapeMismatch,
          "a run of \(run.variant) is of another training file, graph, number of epochs or division into folds",
          at: .init(file: path, line: line),
          advice: "give another file with --runs, or start over with --overwrite")
      }
      result.append(run)
    }
    return result
  }
}
