import Cyclograd
import CyclogradReports

extension [SampleEvidence] {
  /// The samples that failed, from 0.
  var failedRows: [Int] { indices.filter { self[$0].status != .converged } }

  /// A line for each of the first failed samples: its row, how it ended and why.
  var failureLines: [String] {
    let failed = failedRows
    let lines = failed.prefix(10).map { row in
      "  row \(row): \(self[row].status.rawValue)\(self[row].detail.map { ": \($0)" } ?? "")"
    }
    return lines + (failed.count > 10 ? ["  … and \(failed.count - 10) more"] : [])
  }

  /// The same of all of them, for JSON.
  var failureEntries: [(key: String, value: JSONValue)] {
    let failed = failedRows
    return [
      ("failed", .list(failed.map { .integer($0) })),
      (
        "failures",
        .list(
          failed.map { row in
            .object([
              ("row", .integer(row)), ("status", .string(self[row].status.rawValue)),
              ("detail", .optional(self[row].detail)),
            ])
          })
      ),
    ]
  }
}
