import Cyclograd
import CyclogradFormats
import CyclogradReports

extension ResidualTrace {
  /// Writes one JSON object a line for each iterate.
  func write(to path: String) throws {
    try AtomicFile.write(to: path) { file in
      for run in runs {
        for point in run.points {
          let object = JSONValue.object([
            ("phase", .string(run.phase.rawValue)), ("sample", .integer(run.sample)),
            ("component", .integer(run.component)), ("iteration", .integer(point.iteration)),
            ("residual", .number(point.residual)), ("method", .string(point.method)),
            ("seconds", .number(point.seconds)),
          ])
          try file.write(object.line + "\n")
        }
      }
    }
  }
}

/// Files of iterations.
enum TraceFile {
  /// Refuses a name that promises something else than lines of JSON, before any work is done.
  static func check(_ path: String?) throws {
    _ = try OutputFormat(of: path, among: [.jsonl, .json], standard: .jsonl, for: "a trace")
  }
}
