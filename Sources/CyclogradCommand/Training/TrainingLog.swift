import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// Events of a training as lines of JSON.
struct TrainingLog {
  private let handle: FileHandle
  private let path: String
  private let anomalies: Int?

  /// - Parameter anomalies: how many of the validation samples are anomalies, where that is known.
  init(_ path: String, isContinued: Bool, anomalies: Int?) throws {
    self.path = path
    self.anomalies = anomalies
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (isContinued ? O_APPEND : O_TRUNC)
    let descriptor = open(path, flags, 0o666)
    guard descriptor >= 0 else {
      throw CyclogradError(
        .file, "cannot write the log: \(String(cString: strerror(errno)))", at: .init(file: path))
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  func write(_ event: TrainingEvent) throws {
    do { try handle.write(contentsOf: Data((json(event).line + "\n").utf8)) } catch {
      throw CyclogradError(
        .file, "cannot write the log: \(error.localizedDescription)", at: .init(file: path),
        advice: "make room, and continue with --resume")
    }
  }

  private func json(_ event: TrainingEvent) -> JSONValue {
    switch event {
    case .step(let report):
      return .object([
        ("event", .string("step")), ("step", .integer(report.step)),
        ("loss", .number(report.loss)), ("used", .integer(report.used)),
        ("learning_rate", .number(report.learningRate)),
        ("gradient_norm", .number(report.gradientNorm)),
        ("forward_iterations", .integer(report.forwardIterations)),
        ("backward_iterations", .integer(report.backwardIterations)),
        (
          "skipped",
          .list(
            report.skipped.map {
              .object([
                ("sample", .integer($0.sample)),
                ("status", .string($0.evidence.status.rawValue)),
                ("detail", .optional($0.evidence.detail)),
              ])
            })
        ),
      ])
    case .validation(let report): return Self.json(report, anomalies: anomalies)
    case .epoch(let report): return Self.json(report)
    }
  }

  static func json(_ report: ValidationReport, anomalies: Int? = nil) -> JSONValue {
    .object(
      [
        ("event", .string("validation")), ("step", .integer(report.step)),
        ("epoch", .integer(report.epoch)), ("loss", .number(report.loss)),
        ("failed", .integer(report.failed)), ("best", .boolean(report.isBest)),
      ] + (anomalies.map { [("anomalies", .integer($0))] } ?? [])
        + report.measurements.map { ($0.name, .number($0.value)) })
  }

  static func json(_ report: EpochReport) -> JSONValue {
    .object([
      ("event", .string("epoch")), ("epoch", .integer(report.epoch)),
      ("step", .integer(report.step)), ("loss", .number(report.loss)),
      ("used", .integer(report.used)), ("skipped", .integer(report.skipped)),
      ("learning_rate", .number(report.learningRate)),
      ("forward_iterations", .integer(report.forwardIterations)),
      ("backward_iterations", .integer(report.backwardIterations)),
    ])
  }
}
