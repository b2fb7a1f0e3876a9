import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// What `evaluate` says, for people and for machines.
struct EvaluationReport {
  let evaluation: Evaluation
  /// The table of ``rows``.
  let columnNames: [String]
  /// A row for each sample; NaN where there is no equilibrium.
  let rows: Matrix
  /// The words of the classes; `nil` where these have numbers.
  let classes: [String]?
  /// The columns of ``rows`` that are classes.
  private let classColumns: Set<Int>
  /// The column of ``rows`` that says where in their file samples stand; `nil` where none does.
  private let fileRowColumn: Int?
  let measures: [(name: String, value: Double?)]
  let confusion: ConfusionMatrix?
  /// The scores of each class; empty but for classifiers.
  private let classScores: [ConfusionMatrix.ClassScores?]
  let threshold: Double?

  /// Measures the answers.
  ///
  /// - Parameters:
  ///   - labels: the class of each answer, for autoencoders.
  ///   - threshold: of an autoencoder's errors.
  ///   - outputNames: those of the network's outputs.
  ///   - classes: the words of the classes, if they have such.
  ///   - fileRows: the row of each sample in its file, where these are others than those of the table.
  init(
    _ evaluation: Evaluation, _ task: MeasuredTask, labels: [Int]?, threshold: Double?,
    outputNames: [String], classes: [String]?, fileRows: [Int?] = []
  ) throws {
    let answers = evaluation.answers
    let (measures, limit) = try task.measure(answers, labels: labels, threshold: threshold)
    var columns: [(name: String, values: [Double])]
    var shown = limit
    switch task {
    case .regression:
      columns = Self.columns(answers.outputs, answers.rows.count) { "output \(outputNames[$0])" }
      if answers.targets.columns == answers.outputs.columns {
        columns += Self.columns(answers.targets, answers.rows.count) { "target \(outputNames[$0])" }
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
    let given = measures.confusion.flatMap { confusion in
      classes.flatMap { ClassWords.names($0, of: confusion.classCount) }
    }
    self.classes = given
    classColumns =
      given == nil
      ? []
      : Set(
        columns.indices.filter { ["class", "label", "answer"].contains(columns[$0].name) }
          .map { $0 + 2 })
    let last = fileRows.isEmpty ? nil : columns.count + 2
    fileRowColumn = last
    var rows = Matrix(
      rows: evaluation.evidence.count, columns: columns.count + (last == nil ? 2 : 3),
      repeating: .nan)
    for row in 0..<rows.rows {
      if let last, let place = fileRows[row] { rows[row, last] = Double(place) }
      rows[row, 0] = Double(row)
      rows[row, 1] = evaluation.evidence[row].status == .converged ? 1 : 0
    }
    for (column, (_, values)) in columns.enumerated() {
      for (place, row) in answers.rows.enumerated() { rows[row, column + 2] = values[place] }
    }
    self.evaluation = evaluation
    self.rows = rows
    columnNames =
      ["row", "converged"] + columns.map(\.name) + (last == nil ? [] : ["file row"])
    self.measures =
      [("loss", evaluation.loss)] + measures.entries.map { (Self.named($0.name, given), $0.value) }
    confusion = measures.confusion
    classScores =
      if case .classifier = task { measures.confusion?.classScores ?? [] } else { [] }
    self.threshold = shown
  }

  private static func columns(
    _ matrix: Matrix, _ rows: Int, _ name: (Int) -> String
  ) -> [(name: String, values: [Double])] {
    (0..<matrix.columns).map { column in
      (name(column), (0..<rows).map { matrix[$0, column] })
    }
  }

  /// The name of a measure with the word of its class.
  private static func named(_ measure: String, _ classes: [String]?) -> String {
    let mark = " of class "
    guard let classes, let range = measure.range(of: mark),
      let number = Int(measure[range.upperBound...]), classes.indices.contains(number)
    else { return measure }
    return measure[..<range.lowerBound] + mark + Excerpt.escaped(classes[number])
  }

  /// The cells of ``rows``, classes by their words.
  var cells: [[TableRows.Cell]] {
    (0..<rows.rows).map { row in
      rows[row: row].enumerated().map { column, value in
        switch column {
        case 0: return .integer(row)
        case 1: return .integer(Int(value))
        case let place where place == fileRowColumn:
          return value.isFinite ? .integer(Int(value)) : .missing
        default:
          guard classColumns.contains(column), value.isFinite, let classes else {
            return .number(value)
          }
          return .text(classes[Int(value)])
        }
      }
    }
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
    let areInTable = !classScores.isEmpty
    let left = each.count > Self.mostOutputs || areInTable ? Set(each) : []
    for (index, (key, value)) in measures.enumerated() where !left.contains(index) {
      table.add([key, value.map { String(shortest: $0) } ?? "–"])
    }
    if !areInTable, let first = left.min() {
      let kind = measures[first].name.prefix { $0 != " " }
      table.add(["\(kind) of each of \(Quantity.count(left.count))", "with --json"])
    }
    guard let confusion else { return table.text }
    let names = (0..<confusion.classCount).map { number in
      classes.map { Excerpt.escaped($0[number]) } ?? "\(number)"
    }
    var matrix = TextTable(
      [("class", .left)] + names.map { ("taken for \($0)", .right) })
    for actual in 0..<confusion.classCount {
      matrix.add(
        [names[actual]]
          + (0..<confusion.classCount).map { Quantity.count(confusion[actual, $0]) })
    }
    let scores = classScores.isEmpty ? "" : scoreTable(names) + "\n"
    return table.text + "\n" + scores + matrix.text
  }

  private func scoreTable(_ names: [String]) -> String {
    func text(_ value: Double?) -> String { value.map { String(shortest: $0) } ?? "–" }
    var table = TextTable([
      ("class", .left), ("samples", .right), ("precision", .right), ("recall", .right),
      ("f1", .right),
    ])
    for (name, scores) in zip(names, classScores) {
      table.add([
        name, Quantity.count(scores?.samples ?? 0), text(scores?.precision), text(scores?.recall),
        text(scores?.f1),
      ])
    }
    return table.text
  }

  func json(_ search: ThresholdReport?) -> JSONValue {
    var entries: [(key: String, value: JSONValue)] = [
      ("samples", .integer(evaluation.evidence.count)),
      ("converged", .integer(evaluation.answers.rows.count)),
      ("failed", .list(evaluation.failed.map { .integer($0) })),
      ("threshold", .optional(threshold)),
      ("metrics", .object(measures.map { ($0.name, .optional($0.value)) })),
    ]
    if let classes { entries.append(("classes", .list(classes.map { .string($0) }))) }
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
