import Cyclograd
import CyclogradReports

/// What `evaluate` says, for people and for machines.
struct EvaluationReport {
  let evaluation: Evaluation
  /// The names of ``rows``'s columns.
  let columnNames: [String]
  /// A row for each sample; NaN where there is no equilibrium.
  let rows: Matrix
  let measures: [(key: String, value: Double?)]
  let confusion: ConfusionMatrix?
  let threshold: Double?

  private init(
    _ evaluation: Evaluation, columns: [(name: String, values: [Double])],
    measures: [(key: String, value: Double?)], confusion: ConfusionMatrix?, threshold: Double?
  ) {
    let columns = [("loss", evaluation.losses)] + columns
    var rows = Matrix(
      rows: evaluation.evidence.count, columns: columns.count + 2, repeating: .nan)
    for row in 0..<rows.rows {
      rows[row, 0] = Double(row)
      rows[row, 1] = evaluation.evidence[row].status == .converged ? 1 : 0
    }
    for (column, (_, values)) in columns.enumerated() {
      for (place, row) in evaluation.rows.enumerated() { rows[row, column + 2] = values[place] }
    }
    self.evaluation = evaluation
    self.rows = rows
    columnNames = ["row", "converged"] + columns.map(\.0)
    self.measures = [("loss", evaluation.loss)] + measures
    self.confusion = confusion
    self.threshold = threshold
  }

  /// The errors of a regression.
  init(errorsOf evaluation: Evaluation) throws {
    let names = evaluation.outputs.columns
    let columns = (0..<names).map { column in
      ("output \(column)", evaluation.rows.indices.map { evaluation.outputs[$0, column] })
    }
    var measures: [(key: String, value: Double?)] = []
    if !evaluation.rows.isEmpty, evaluation.targets.columns == evaluation.outputs.columns {
      let errors = try RegressionErrors(outputs: evaluation.outputs, targets: evaluation.targets)
      measures = [
        ("mse", errors.meanSquaredError), ("rmse", errors.rootMeanSquaredError),
        ("mae", errors.meanAbsoluteError),
      ]
      for (column, value) in errors.determination.enumerated() {
        measures.append((errors.determination.count == 1 ? "r2" : "r2 of output \(column)", value))
      }
    }
    self.init(
      evaluation, columns: columns, measures: measures, confusion: nil, threshold: nil)
  }

  /// The answers of a classifier.
  init(classesOf evaluation: Evaluation, threshold: Double) throws {
    let (count, actual, found) = try evaluation.classes(threshold: threshold)
    let matrix = try ConfusionMatrix(classCount: count, actual: actual, found: found)
    let isSingle = evaluation.outputs.columns == 1
    var measures: [(key: String, value: Double?)] = [("accuracy", matrix.accuracy)]
    if count == 2 {
      let scores = evaluation.rows.indices.map { row in
        isSingle
          ? evaluation.outputs[row, 0] : evaluation.outputs[row, 1] - evaluation.outputs[row, 0]
      }
      let ranking = try ScoreRanking(scores: scores, areLabels: actual.map { $0 == 1 })
      measures += Self.measures(matrix.binary(positive: 1)) + [("auc", ranking.areaUnderCurve)]
    } else {
      for number in 0..<count {
        measures.append(("f1 of class \(number)", matrix.binary(positive: number).f1))
      }
    }
    self.init(
      evaluation,
      columns: [("class", actual.map(Double.init)), ("answer", found.map(Double.init))],
      measures: measures, confusion: matrix, threshold: isSingle ? threshold : nil)
  }

  /// The anomalies that an autoencoder finds.
  init(anomaliesOf evaluation: Evaluation, labels: [Bool], threshold: Double) throws {
    let scores = evaluation.reconstructionErrors
    let counts = try BinaryCounts(scores: scores, areLabels: labels, threshold: threshold)
    let ranking = try ScoreRanking(scores: scores, areLabels: labels)
    let found = scores.map { $0 >= threshold ? 1 : 0 }
    self.init(
      evaluation,
      columns: [
        ("score", scores), ("label", labels.map { $0 ? 1 : 0 }), ("answer", found.map(Double.init)),
      ],
      measures: [("accuracy", counts.accuracy)] + Self.measures(counts)
        + [("auc", ranking.areaUnderCurve)],
      confusion: try ConfusionMatrix(
        classCount: 2, actual: labels.map { $0 ? 1 : 0 }, found: found), threshold: threshold)
  }

  private static func measures(_ counts: BinaryCounts) -> [(key: String, value: Double?)] {
    [
      ("f1", counts.f1), ("mcc", counts.mcc), ("precision", counts.precision),
      ("recall", counts.recall),
    ]
  }

  func text(_ search: EvaluationJudge.Search?) -> String {
    var table = TextTable([("measure", .left), ("value", .right)])
    table.add(["samples", Quantity.count(evaluation.evidence.count)])
    table.add(["not converged", Quantity.count(evaluation.failed.count)])
    if let search {
      table.add(["F1 on \(search.file)", search.cut.counts.f1.map { String(shortest: $0) } ?? "–"])
      table.add(["not converged there", Quantity.count(search.failed)])
    }
    if let threshold { table.add(["threshold", String(shortest: threshold)]) }
    for (key, value) in measures {
      table.add([key, value.map { String(shortest: $0) } ?? "–"])
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

  func json(_ search: EvaluationJudge.Search?) -> JSONValue {
    var entries: [(key: String, value: JSONValue)] = [
      ("samples", .integer(evaluation.evidence.count)),
      ("converged", .integer(evaluation.rows.count)),
      ("failed", .list(evaluation.failed.map { .integer($0) })),
      ("threshold", .optional(threshold)),
      ("metrics", .object(measures.map { ($0.key, .optional($0.value)) })),
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
