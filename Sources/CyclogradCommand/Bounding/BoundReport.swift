import Cyclograd
import CyclogradFormats
import CyclogradReports

/// What `bound` prints.
struct BoundReport {
  var network: Network
  /// The names of outputs or functionals.
  var names: [String]
  var rows: [BoundedSample] = []
  /// `nil` where classes are not in question.
  var certified: Int?

  func write(to output: String?, as format: OutputFormat, json: Bool) throws {
    if json {
      if let output { try writeTable(to: output, as: format) }
      return try Console.answer(object)
    }
    Progress.clear()
    try writeTable(to: output ?? "-", as: format)
    for (index, row) in rows.enumerated().filter({ $1.bounds.reason != nil }).prefix(10) {
      Console.note("row \(index): \(row.bounds.reason ?? "")")
    }
    let local = rows.count { $0.bounds.scope == .local }
    if local > 0 {
      Console.note(
        "\(Quantity.count(local, "row")): one equilibrium is bounded, and there may be others elsewhere"
      )
    }
    if let certified {
      let refuted = rows.count { $0.status == "refuted" }
      Console.note(
        "\(certified) of \(Quantity.count(rows.count, "sample")) certified, \(refuted) refuted, "
          + "\(rows.count - certified - refuted) open or failed")
    } else {
      Console.note(
        "\(rows.count { $0.status == "bounded" }) of \(Quantity.count(rows.count, "sample")) bounded"
      )
    }
  }

  /// All lower bounds, then all upper bounds.
  private var table: Matrix { Matrix(rows.map { $0.bounds.lower + $0.bounds.upper }) }

  private func writeTable(to path: String, as format: OutputFormat) throws {
    if format == .npy { return try NumpyFile.write(table, to: path) }
    try TableFile.write(
      header: ["sample", "status", "output", "lower", "upper", "method", "proved", "equilibria"],
      rows: rows.lazy.enumerated().flatMap { index, row in
        names.indices.lazy.map { j -> [TableRows.Cell] in
          [
            .integer(index), .text(row.status), .text(names[j]), .number(row.bounds.lower[j]),
            .number(row.bounds.upper[j]), row.method(j).map { .text($0) } ?? .missing,
            .boolean(row.bounds.isProved(j)),
            row.bounds.scope.map { .text($0.rawValue) } ?? .missing,
          ]
        }
      }, to: path, as: format)
  }

  private var object: JSONValue {
    .object([
      ("graph", GraphJSON.object(network)),
      ("samples", .integer(rows.count)),
      ("certified", certified.map { .integer($0) } ?? .null),
      ("outputs", .list(names.map { .string($0) })),
      ("results", .list(rows.enumerated().map { $1.json(row: $0) })),
    ])
  }
}
