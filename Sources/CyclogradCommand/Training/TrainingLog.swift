import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// Events of a training as lines of JSON.
struct TrainingLog {
  private let handle: FileHandle
  private let path: String
  private let anomalies: Int?
  private var pace: LogPace

  /// - Parameters:
  ///   - anomalies: how many of the validation samples are anomalies, where that is known.
  ///   - interval: the seconds between two steps that are logged, and between two epochs.
  init(_ path: String, isContinued: Bool, anomalies: Int?, interval: Double?) throws {
    self.path = path
    pace = LogPace(interval: interval)
    self.anomalies = anomalies
    if isContinued {
      handle = try LineFile.appending(to: path, what: "the log")
      return
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_TRUNC, 0o666)
    guard descriptor >= 0 else {
      throw CyclogradError(
        .file, "cannot write the log: \(String(cString: strerror(errno)))", at: .init(file: path))
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Notes what the training is made of; where it is continued, what is different in it.
  func begin(_ session: TrainingSession) throws {
    let settings = session.identity.settings
    let description: [(String, JSONValue)] = [
      ("network", .string(session.network.name)),
      (
        "settings",
        .object(
          TrainingIdentity.settingNames.compactMap { name in
            settings[name].map { (name, .string($0)) }
          })
      ),
    ]
    guard let resumed = session.resumed else {
      return try write(.object([("event", .string("begin"))] + description))
    }
    try write(
      .object(
        [
          ("event", .string("resume")),
          ("step", .integer(session.run.stepCount)),
          ("checkpoint", .string(resumed)), ("chooses_anew", .boolean(session.choosesAnew)),
          (
            "changes",
            .list(
              session.changes.map(\.json))
          ),
        ] + description))
  }

  mutating func write(_ event: TrainingEvent, isLast: Bool) throws {
    if pace.isDue(event) || isLast { try write(event.json(anomalies: anomalies)) }
  }

  private func write(_ event: JSONValue) throws {
    guard case .object(let entries) = event else { return }
    let line = JSONValue.object(entries + [("time", .string(LogPace.timestamp))]).line + "\n"
    do { try handle.write(contentsOf: Data(line.utf8)) } catch {
      throw CyclogradError(
        .file, "cannot write the log: \(error.localizedDescription)", at: .init(file: path),
        advice: "make room, and continue with --resume")
    }
  }
}
