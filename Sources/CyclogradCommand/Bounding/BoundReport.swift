import Cyclograd
import CyclogradFormats
import CyclogradReports

/// What `bound` prints.
struct BoundReport {
  struct Row {
    var status: String
    var bounds: Bounds.Row
    var attack: Attack.Row?
    var target: Int?
    var splits = 0
  }

  var network: Network
  /// The names of outputs or functionals.
  var names: [String]
  var rows: [Row] = []
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
      header: ["sample", "status", "output", "lower", "upper", "method", "proved"],
      rows: rows.lazy.enumerated().flatMap { index, row in
        names.indices.lazy.map { j -> [TableRows.Cell] in
          [
            .integer(index), .text(row.status), .text(names[j]), .number(row.bounds.lower[j]),
            .number(row.bounds.upper[j]), Self.method(row.bounds, j).map { .text($0) } ?? .missing,
            .boolean(row.bounds.isProved(j)),
          ]
        }
      }, to: path, as: format)
  }

  /// The method of both bounds, or of the lower and of the upper one.
  private static func method(_ row: Bounds.Row, _ j: Int) -> String? {
    guard let upper = row.upperMethods[j] ?? row.lowerMethods[j] else { return nil }
    guard let lower = row.lowerMethods[j], lower != upper else { return upper.rawValue }
    return "\(lower.rawValue)/\(upper.rawValue)"
  }

  private var object: JSONValue {
    .object([
      ("graph", GraphJSON.object(network)),
      ("samples", .integer(rows.count)),
      ("certified", certified.map { .integer($0) } ?? .null),
      ("outputs", .list(names.map { .string($0) })),
      ("results", .list(rows.enumerated().map { Self.object($0, $1) })),
    ])
  }

  private static func object(_ index: Int, _ row: Row) -> JSONValue {
    let bounds = row.bounds
    var entries: [(key: String, value: JSONValue)] = [
      ("row", .integer(index)), ("status", .string(row.status)),
      ("lower", .numbers(bounds.lower)), ("upper", .numbers(bounds.upper)),
      ("methods", .list(bounds.lower.indices.map { .optional(method(bounds, $0)) })),
      ("proved", .list(bounds.lower.indices.map { .boolean(bounds.isProved($0)) })),
      ("equilibria", .optional(bounds.scope?.rawValue)),
      ("unstable", .integer(bounds.unstableUnits)),
      ("reason", .optional(bounds.reason)),
    ]
    if let target = row.target {
      entries.append(("class", .integer(target)))
      entries.append(("splits", .integer(row.splits)))
    }
    if let attack = row.attack { entries.append(("attack", AttackReport.object(attack))) }
    if let states = bounds.states {
      entries.append(
        (
          "states",
          .object([("lower", .numbers(states.lower)), ("upper", .numbers(states.upper))])
        ))
    }
    return .object(entries)
  }
}

/// An attack as JSON.
enum AttackReport {
  static func object(_ row: Attack.Row) -> JSONValue {
    .object([
      ("succeeded", .boolean(row.isSuccessful)), ("kind", .optional(row.kind?.rawValue)),
      ("margin", .number(row.margin)), ("input", .numbers(row.input)),
      ("before", .numbers(row.before)), ("after", .numbers(row.after)),
      ("reason", .optional(row.reason)),
    ])
  }
}
