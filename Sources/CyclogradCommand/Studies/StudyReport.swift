import Cyclograd
import CyclogradFormats
import CyclogradReports

/// The tables and figures of a study.
struct StudyReport {
  let study: StudyFile
  let runs: [StudyRun]

  /// The runs of a variant, by seed.
  private func runs(of variant: StudyFile.Variant) -> [StudyRun] {
    runs.filter { $0.variant == variant.name && $0.seed <= study.seeds }
      .sorted { ($0.seed, $0.fold ?? 0) < ($1.seed, $1.fold ?? 0) }
  }

  /// What means are taken over.
  private var averaged: String { study.folds == nil ? "the seeds" : "the seeds and folds" }

  /// Over the runs in which the measure has a value: one without is in the count of runs, not in this one.
  private func spread(_ runs: [StudyRun], _ measure: StudyFile.Measure) -> Spread {
    Spread(runs.compactMap { $0.measures[measure.text] })
  }

  /// The run whose first measure is best.
  private func best(_ runs: [StudyRun]) -> StudyRun? {
    let first = study.measures[0]
    let sign: Double = MeasuredTask.isLargerBetter(first.name) ? 1 : -1
    return runs.filter { $0.measures[first.text] != nil }.max {
      sign * ($0.measures[first.text] ?? 0) < sign * ($1.measures[first.text] ?? 0)
    }
  }

  // MARK: Tables

  var text: String {
    let parts = [
      "mean ± standard deviation over \(averaged)\n\(means)",
      "the run with the best \(study.measures[0].text)\n\(bestRuns)", "times\n\(times)",
    ]
    let ends = runs.filter { $0.end != "finished" && $0.seed <= study.seeds }.map { run in
      "\(run.variant), seed \(run.seed)" + (run.fold.map { ", fold \($0)" } ?? "")
        + ": \(run.end); measured as it was at step \(run.bestStep)\n"
    }
    return (study.name.isEmpty ? "" : study.name + "\n\n") + parts.joined(separator: "\n")
      + (ends.isEmpty ? "" : "\nended early\n" + ends.joined())
  }

  private func table(
    _ hasPublished: Bool, _ cells: (StudyFile.Variant, [StudyRun], Int) -> (String, Double?)
  ) -> String {
    var table = TextTable(
      [("variant", .left), ("runs", .right)]
        + study.measures.flatMap {
          hasPublished ? [($0.text, .right), ("published", .right)] : [($0.text, .right)]
        })
    for variant in study.variants {
      let runs = runs(of: variant)
      var row = [variant.name, "\(runs.count)"]
      for index in study.measures.indices {
        let (cell, published) = cells(variant, runs, index)
        row.append(cell)
        if hasPublished { row.append(published.map { String(shortest: $0) } ?? "–") }
      }
      table.add(row)
    }
    return table.text
  }

  private var means: String {
    table(study.variants.contains { $0.published?.means != nil }) { variant, runs, index in
      let spread = spread(runs, study.measures[index])
      let published = variant.published?.means?[index]
      guard spread.count > 0 else { return ("–", published) }
      let deviation = spread.deviation.map { " ± \(String(shortest: $0))" } ?? ""
      let share = spread.count == runs.count ? "" : " (\(spread.count) of \(runs.count))"
      return (String(shortest: spread.mean) + deviation + share, published)
    }
  }

  private var bestRuns: String {
    table(study.variants.contains { $0.published?.best != nil }) { variant, runs, index in
      let value = best(runs)?.measures[study.measures[index].text]
      return (value.map { String(shortest: $0) } ?? "–", variant.published?.best?[index])
    }
  }

  private var times: String {
    let isCompared = study.variants.contains { $0.published?.seconds != nil }
    var table = TextTable(
      [
        ("variant", .left), ("parameters", .right), ("training", .right), ("inference", .right),
        ("left out", .right),
      ] + (isCompared ? [("published training", .right), ("published inference", .right)] : []))
    for variant in study.variants {
      let runs = runs(of: variant)
      func mean(_ value: (StudyRun) -> Double) -> String {
        runs.isEmpty ? "–" : Quantity.seconds(Spread(runs.map(value)).mean)
      }
      table.add(
        [
          variant.name, runs.first.map { Quantity.count($0.parameters) } ?? "–",
          mean(\.seconds), mean(\.inferenceSeconds),
          Quantity.count(runs.reduce(0) { $0 + $1.skipped }),
        ]
          + (isCompared
            ? [
              Quantity.seconds(variant.published?.seconds),
              Quantity.seconds(variant.published?.inferenceSeconds),
            ] : []))
    }
    return table.text
  }

  // MARK: JSON

  var json: JSONValue {
    .object([
      ("study", .string(study.path)), ("name", .string(study.name)),
      ("variants", .list(study.variants.map(entry))),
    ])
  }

  private func entry(_ variant: StudyFile.Variant) -> JSONValue {
    let runs = runs(of: variant)
    let ended = runs.filter { $0.end != "finished" }
    var members: [(key: String, value: JSONValue)] = [
      ("name", .string(variant.name)), ("runs", .integer(runs.count)),
      (
        "changes",
        .object(variant.changes.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
      ), ("parameters", runs.first.map { .integer($0.parameters) } ?? .null),
      ("means", measures { spread(runs, $0).mean }),
      ("deviations", measures { spread(runs, $0).deviation }),
      ("counts", .object(study.measures.map { ($0.text, .integer(spread(runs, $0).count)) })),
      ("best", measures { best(runs)?.measures[$0.text] }),
      (
        "confusion_of_best",
        best(runs)?.confusion.map { .list($0.map { .integer($0) }) } ?? .null
      ),
      ("seconds", .optional(Spread(runs.map(\.seconds)).mean)),
      ("inference_seconds", .optional(Spread(runs.map(\.inferenceSeconds)).mean)),
      ("ended_early", .list(ended.map { .integer($0.seed) })),
    ]
    if study.folds != nil {
      // A seed alone does not say which of its folds it was.
      let places = ended.map { run in
        JSONValue.object([
          ("seed", .integer(run.seed)), ("fold", run.fold.map { .integer($0) } ?? .null),
        ])
      }
      members.append(("ended_early_runs", .list(places)))
    }
    return .object(members)
  }

  private func measures(_ value: (StudyFile.Measure) -> Double?) -> JSONValue {
    .object(study.measures.map { ($0.text, .optional(value($0))) })
  }

  // MARK: Figures

  /// Writes each figure as SVG and as CSV.
  func write(to folder: String) throws {
    for figure in allFigures {
      for (suffix, text) in [("svg", figure.svg()), ("csv", figure.csv())] {
        let path = "\(folder)/\(figure.name).\(suffix)"
        try AtomicFile.write(to: path) { try $0.write(text) }
      }
    }
  }

  private var allFigures: [Figure] {
    var figures = [
      curves("training-loss", "Training loss", \.losses),
      curves("validation-loss", "Validation loss", \.validationLosses),
    ].compactMap { $0 }
    if let abscissa = study.abscissa {
      figures.append(comparison("by-abscissa", abscissa) { variant, _ in variant.place?.x })
      figures.append(
        comparison("by-parameters", "trained parameters") { _, run in Double(run.parameters) })
    }
    return figures
  }

  /// Means over the runs, epoch by epoch, a line for each variant.
  private func curves(
    _ name: String, _ title: String, _ losses: (StudyRun) -> [Double?]
  ) -> Figure? {
    let series = study.variants.compactMap { variant -> Figure.Series? in
      TrainingRecord.mean(variant.name, runs(of: variant).map(losses)).map {
        Figure.Series(variant.name, .line, x: $0.x, y: $0.y)
      }
    }
    guard !series.isEmpty else { return nil }
    return Figure(
      name: name, title: "\(title)",
      summary: "\(title) by epoch, mean over \(averaged): \(study.name)",
      x: .init("epoch", isCount: true), y: .init("loss", .logarithmic), series: series)
  }

  /// The first measure, a line for each family.
  private func comparison(
    _ name: String, _ abscissa: String, _ x: (StudyFile.Variant, StudyRun) -> Double?
  ) -> Figure {
    let measure = study.measures[0]
    var families: [String] = []
    for variant in study.variants {
      if let family = variant.place?.family, !families.contains(family) { families.append(family) }
    }
    // Means of fewer runs than there are.
    var partial: [String] = []
    let series = families.map { family in
      var points: [(x: Double, y: Double)] = []
      for variant in study.variants where variant.place?.family == family {
        let runs = runs(of: variant)
        guard let first = runs.first, let x = x(variant, first) else { continue }
        let spread = spread(runs, measure)
        if spread.count < runs.count {
          partial.append("\(variant.name) \(spread.count) of \(runs.count)")
        }
        if spread.mean.isFinite { points.append((x, spread.mean)) }
      }
      points.sort { $0.x < $1.x }
      return Figure.Series(family, .line, x: points.map(\.x), y: points.map(\.y))
    }
    return Figure(
      name: name, title: "\(measure.text) by \(abscissa)",
      summary: "\(measure.text) by \(abscissa), mean over \(averaged): \(study.name)"
        + (partial.isEmpty ? "" : "; runs with a value: \(partial.joined(separator: ", "))"),
      x: .init(abscissa), y: .init(measure.text, .logarithmic), series: series)
  }
}
