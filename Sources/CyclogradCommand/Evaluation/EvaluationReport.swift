import Cyclograd
import CyclogradReports

/// What `evaluate` says, for people and for machines.
struct EvaluationReport {
  let evaluation: Evaluation
  /// The names of ``rows``'s columns.
  let columnNames: [String]
  /// A row for each sample; NaN where there is no equilibrium.
  let rows: Matrix
  let measures: [(name: String, value: Double?)]
  let confusion: ConfusionMatrix?
  let threshold: Double?

  /// Measures the answers.
  ///
  /// - Parameters:
  ///   - labels: the class of each answer, for autoencoders.
  ///   - threshold: of an autoencoder's errors.
  init(
    _ evaluation: Evaluation, _ task: MeasuredTask, labels: [Int]?, threshold: Double?
  ) throws {
    let answers = evaluation.answers
    let (measures, limit) = try task.measure(answers, labels: labels, threshold: threshold)
    var columns: [(name: String, values: [Double])]
    var shown = limit
    switch task {
    case .regression:
      columns = (0..<answers.outputs.columns).map { column in
        ("output \(column)", answers.rows.indices.map { answers.outputs[$0, column] })
      }
    case .classifier:
      columns = [
        ("class", measures.actual.map(Double.init)), ("answer", measures.found.map(Double.init)),
      ]
      if answers.outputs.columns > 1 { shown = nil }
    case .autoencoder:
      columns = [
        ("score", answers.reconstructionErrors), ("label", measures.actual.map(Double.init)),
        ("answer", measures.found.map(Double.init)),
      ]
    }
    columns.insert(("loss", evaluation.losses), at: 0)
    var rows = Matrix(
      rows: evaluation.evidence.count, columns: columns.count + 2, repeating: .nan)
    for row in 0..<rows.rows {
      rows[row, 0] = Double(row)
      rows[row, 1] = evaluation.evidence[row].status == .converged ? 1 : 0
    }
    for (column, (_, values)) in columns.enumerated() {
      for (place, row) in answers.rows.enumerated() { rows[row, column + 2] = values[place] }
    }
    self.evaluation = evaluation
    self.rows = rows
    columnNames = ["row", "converged"] + columns.map(\.name)
    self.measures = [("loss", evaluation.loss)] + measures.entries
    confusion = measures.confusion
    self.threshold = shown
  }

  /// More outputs or classes than these are not listed one by one.
  private static let mostOutputs = 100

  func text(_ search: ThresholdReport?) -> String {
    var table = TextTable([("measure", .left), ("value", .right)])
    table.add(["samples", Quantity.count(evaluation.evidence.count)])
    table.add(["not converged", Quantity.count(evaluation.failed.count)])
    if let search {
      table.add(["F1 on \(search.file)", search.cut.counts.f1.map { String(shortest: $0) } ?? "–"])
      table.add(["not converged there", Quantity.count(search.failed)])
    }
    if let threshold { table.add(["threshold", String(shortest: threshold)]) }
    // Networks over time have an output for every step.
    let each = measures.indices.filter { measures[$0].name.contains(" of ") }
    let left = each.count > Self.mostOutputs ? Set(each) : []
    for (index, (key, value)) in measures.enumerated() where !left.contains(index) {
      table.add([key, value.map { String(shortest: $0) } ?? "–"])
    }
    if let first = left.min() {
      let kind = measures[first].name.prefix { $0 != " " }
      table.add(["\(kind) of each of \(Quantity.count(left.count))", "with --json"])
    }
    guard let confusion else { return table.text }
    var matrix = TextTable(
      [("class", .left)] + (0..<confusion.classCount).map { ("taken for \($0)", .right) })
    for actual in 0..<confusion.classCount {
      matrix.add(
        ["\(actual)"]
          + (0..<confusion.classCount).map { Quantity.count(confusion[actual, $0]) })
    }
    return table.text + "\n" + matrix.text
  }

  func json(_ search: ThresholdReport?) -> JSONValue {
    var entries: [(key: String, value: JSONValue)] = [
      ("samples", .integer(evaluation.evidence.count)),
      ("converged", .integer(evaluation.answers.rows.count)),
      ("failed", .list(evaluation.failed.map { .integer($0) })),
      ("threshold", .optional(threshold)),
      ("metrics", .object(measures.map { ($0.name, .optional($0.value)) })),
    ]
    if let confusion {
      entries.append(
        (
          "confusion",
          .list(
            (0..<confusion.classCount).map { actual in
              .list((0..<confusion.classCount).map { .integer(confusion[actual, $0]) })
            })
        ))
    }
    if let search {
      entries.append(
        (
          "validation",
          .object([
            ("file", .string(search.file)), ("f1", .optional(search.cut.counts.f1)),
            ("mcc", .optional(search.cut.counts.mcc)), ("failed", .integer(search.failed)),
          ])
        ))
    }
    return .object(entries)
  }
}
