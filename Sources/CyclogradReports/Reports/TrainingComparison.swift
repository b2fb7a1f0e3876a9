public import Cyclograd

/// The report on several trainings side by side: curves together, the settings in which they differ, and results.
public enum TrainingComparison {
  /// The names that figures can have.
  public static let figureNames: [String] =
    epochQuantities.map(name) + stepQuantities.map(\.name)

  private static let epochQuantities: [String] = {
    var measures: [String] = []
    for task in [
      MeasuredTask.classifier(threshold: 0.5), .regression, .autoencoder(.exact),
    ] {
      for measure in task.measureNames where !measures.contains(measure) {
        measures.append(measure)
      }
    }
    return ["training loss", "validation loss"] + measures.map { "validation \($0)" }
  }()

  private static let stepQuantities: [(quantity: String, name: String, title: String)] = [
    ("loss", "loss-by-step", "Loss of each step"),
    ("gradient norm", "gradient-norm", "Length of the gradient"),
    ("learning rate", "learning-rate", "Learning rate"),
    ("iterations", "iterations", "Iterations of equilibria for a sample"),
    ("residual", "residual", "Largest residual of equilibria"),
    ("left out", "skipped", "Samples left out"),
  ]

  private static func name(_ quantity: String) -> String {
    quantity.replacing(" ", with: "-")
  }

  /// A page on trainings.
  ///
  /// - Parameters:
  ///   - settings: the order in which settings are shown, as far as they are known; others follow.
  ///   - title: what they have in common.
  public static func page(
    _ records: [TrainingRecord], settings: [String], title: String = "Trainings side by side"
  ) -> ReportPage {
    let trainings = records.reduce(0) { $0 + $1.trainings }
    var page = ReportPage(
      title: title,
      summary: records.contains { $0.trainings > 1 }
        ? "Curves of several runs are means; deviations are those over the runs."
        : "What was recorded of each.",
      facts: [
        ("records", Quantity.count(records.count)), ("trainings", Quantity.count(trainings)),
      ])
    page.tables.append(("Results", results(records)))
    addSettings(records, settings, to: &page)
    let axis = Figure.Axis("epoch")
    for quantity in order(records.flatMap(\.byEpoch).map(\.quantity), as: epochQuantities) {
      page.figures.append(
        figure(
          records, \.byEpoch, quantity, name: name(quantity),
          title: quantity.prefix(1).uppercased() + quantity.dropFirst(), axis))
    }
    for (quantity, name, title) in stepQuantities
    where records.contains(where: { $0.byStep.contains { $0.quantity == quantity } }) {
      page.figures.append(
        figure(
          records, \.byStep, quantity, name: name, title: title, .init("step", isCount: true)))
    }
    let silent = records.filter { $0.byStep.isEmpty && $0.trainings == 1 }.map(\.name)
    if !silent.isEmpty {
      page.remarks.append(
        "Single steps of \(silent.joined(separator: ", ")), which cyclograd train --json-log records."
      )
    }
    let repeated = records.filter { $0.repetitions > 0 }.map {
      "\(Quantity.count($0.repetitions)) of \($0.name)"
    }
    if !repeated.isEmpty {
      page.remarks.append(
        "Lines on runs that stand in their file once more, since the last one counts: "
          + repeated.joined(separator: ", ") + ".")
    }
    return page
  }

  /// Each once, first those that are in a list, as they stand there.
  private static func order(_ names: [String], as known: [String]) -> [String] {
    let all = Set(names)
    var result = known.filter(all.contains)
    for name in names where !result.contains(name) { result.append(name) }
    return result
  }

  private static func figure(
    _ records: [TrainingRecord], _ curves: KeyPath<TrainingRecord, [TrainingRecord.Curve]>,
    _ quantity: String, name: String, title: String, _ axis: Figure.Axis
  ) -> Figure {
    let series = records.compactMap { record in
      record[keyPath: curves].first { $0.quantity == quantity }.map {
        Figure.Series(record.name, .line, x: $0.x, y: $0.y)
      }
    }
    let ends = series.map { "\($0.name) \(end($0.y))" }
    let values = series.flatMap(\.y).filter(\.isFinite)
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    return Figure(
      name: name, title: title,
      summary: "At the end: " + ends.prefix(12).joined(separator: "; ")
        + (ends.count > 12 ? "; and others." : "."),
      x: axis,
      y: .init(
        quantity.replacing("validation ", with: ""),
        low > 0 && high > 20 * low ? .logarithmic : .linear,
        isCount: quantity == "left out"), series: series)
  }

  /// What a quantity came to. The last finite value of one that diverged is not its end.
  private static func end(_ values: [Double]) -> String {
    guard let last = values.last(where: \.isFinite) else { return "without a finite value" }
    let text = String(shortest: last)
    return values.last?.isFinite == true ? text : "not finite, after \(text)"
  }

  private static func results(_ records: [TrainingRecord]) -> FigureTable {
    var names: [String] = []
    for result in records.flatMap(\.results) where !names.contains(result.quantity) {
      names.append(result.quantity)
    }
    return FigureTable(
      columns: ["training", "runs"] + names,
      rows: records.map { record in
        [record.name, "\(record.trainings)"]
          + names.map { name in
            guard let values = record.results.first(where: { $0.quantity == name })?.values
            else { return "–" }
            let deviation = values.deviation.map { $0 > 0 ? " ± \(String(shortest: $0))" : "" }
            let isWhole = values.count == record.trainings
            let share = isWhole ? "" : " (\(values.count) of \(record.trainings))"
            return text(values.mean) + (deviation ?? "") + share
          }
      })
  }

  /// Counts as they are, other numbers to four digits.
  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15
      ? String(Int(value)) : value.isNaN ? "–" : String(shortest: value)
  }

  private static func addSettings(
    _ records: [TrainingRecord], _ order: [String], to page: inout ReportPage
  ) {
    let names = Self.order(
      records.flatMap { $0.settings.keys.sorted() }, as: ["network", "parameters"] + order)
    let differing = names.filter { name in Set(records.map { $0.settings[name] }).count > 1 }
    if !differing.isEmpty {
      page.tables.append(
        (
          "Settings that differ",
          FigureTable(
            columns: ["training"] + differing,
            rows: records.map { record in
              [record.name] + differing.map { record.settings[$0] ?? "–" }
            })
        ))
    } else if records.count > 1 {
      page.remarks.append(
        names.isEmpty
          ? "Settings, because nothing tells of them: logs of cyclograd train --json-log do."
          : "Settings that differ, because none does: \(names.joined(separator: ", ")) are the same."
      )
    }
  }
}
