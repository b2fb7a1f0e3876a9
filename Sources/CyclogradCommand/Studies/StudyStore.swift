import Cyclograd
import CyclogradFormats
import Foundation
import Synchronization

/// The file of a study's runs: a line of JSON for each training that has ended.
///
/// Anyone may read it at any time. Who adds runs holds it first.
final class StudyStore: Sendable {
  let path: String
  private let fingerprints: [String: String]
  private let state: Mutex<State>

  private struct State: Sendable {
    var content: Content
    var lock: StudyLock?
  }

  /// What counts in the file, and how many more lines it has on the same trainings.
  private struct Content: Sendable {
    var runs: [StudyRun] = []
    var repetitions = 0
  }

  /// Reads the runs that are there.
  ///
  /// - Parameter isOverwritten: whether these are removed, and the file is held, instead.
  init(_ path: String, _ study: StudyFile, isOverwritten: Bool) throws {
    self.path = path
    var fingerprints: [String: String] = [:]
    for variant in study.variants {
      fingerprints[variant.name] = try study.fingerprint(of: variant)
    }
    self.fingerprints = fingerprints
    let lock = try isOverwritten ? StudyLock(path, isOverwritten: true) : nil
    state = Mutex(State(content: try Self.read(path, fingerprints), lock: lock))
  }

  /// Holds the file against other studies as long as the store is there, and reads what they have added to it so far.
  ///
  /// - Throws: `CyclogradError` `file` if another study holds it, and errors of the runs.
  func hold() throws {
    try state.withLock { state in
      guard state.lock == nil else { return }
      state.lock = try StudyLock(path)
      state.content = try Self.read(path, fingerprints)
    }
  }

  /// The runs of the study's variants.
  var runs: [StudyRun] { state.withLock { $0.content.runs } }

  /// How many lines the file has beyond one for each run.
  var repetitions: Int { state.withLock { $0.content.repetitions } }

  func has(_ trial: StudyFile.Trial) -> Bool {
    state.withLock { state in state.content.runs.contains { $0.isOf(trial) } }
  }

  /// Appends a run to the file, which is held, and has it on the disk before it returns.
  func add(_ run: StudyRun) throws {
    try state.withLock { state in
      let line = try JSONEncoder().encode(run) + Data("\n".utf8)
      let handle = try LineFile.appending(to: path, what: "the runs")
      do {
        try handle.write(contentsOf: line)
        try handle.synchronize()
      } catch { throw failure(error.localizedDescription) }
      state.content.runs.append(run)
    }
  }

  private func failure(_ reason: String) -> CyclogradError {
    CyclogradError(
      .file, "cannot write the runs: \(reason)", at: .init(file: path),
      advice: "make room; the same command goes on with the runs that are there")
  }

  private static func read(
    _ path: String, _ fingerprints: [String: String]
  ) throws -> Content {
    guard FileManager.default.fileExists(atPath: path) else { return Content() }
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
    let runs = StudyRunsFile.counted(result)
    return Content(runs: runs, repetitions: result.count - runs.count)
  }
}
