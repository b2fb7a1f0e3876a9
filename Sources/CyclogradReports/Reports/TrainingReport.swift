public import Cyclograd

/// The report on a training: how it went, and its result.
public enum TrainingReport {
  /// The names that figures can have.
  public static let figureNames = [
    "loss", "metrics", "errors", "squared-errors", "threshold", "iterations", "learning-rate",
    "gradient-norm", "skipped", "terms", "residual", "gradients", "parameters", "confusion",
    "reconstruction-errors", "answers",
  ]

  /// A page on a training.
  ///
  /// - Parameters:
  ///   - title: what was trained.
  ///   - origin: where the history comes from, as a sentence.
  public static func page(
    _ history: TrainingHistory, title: String, origin: String
  ) -> ReportPage {
    var page = ReportPage(title: title, summary: origin)
    let used = history.epochs.isEmpty ? history.steps.map(\.used) : history.epochs.map(\.used)
    let skipped =
      history.epochs.isEmpty ? history.steps.map(\.skipped) : history.epochs.map(\.skipped)
    page.facts = [
      ("steps", Quantity.count(history.steps.last?.step ?? history.epochs.last?.step ?? 0)),
      ("epochs", Quantity.count(history.epochs.last?.epoch ?? 0)),
      ("samples used", Quantity.count(used.reduce(0, +))),
      ("left out", Quantity.count(skipped.reduce(0, +))),
    ]
    if let last = history.epochs.last?.loss ?? history.steps.last?.loss {
      page.facts.append(("last loss", String(shortest: last)))
    }
    if let best = history.validations.last(where: \.isBest) {
      page.facts.append(
        ("best validation", "\(String(shortest: best.loss)) after step \(best.step)"))
    }
    addLoss(history, to: &page)
    addMetrics(history, to: &page)
    addEffort(history, to: &page)
    addParts(history, to: &page)
    if history.steps.isEmpty {
      page.remarks.append(
        "Single steps, because a checkpoint keeps epochs alone; cyclograd train --json-log records them."
      )
    }
    return page
  }

  private static func addLoss(_ history: TrainingHistory, to page: inout ReportPage) {
    var series: [Figure.Series] = []
    func add(_ name: String, _ points: [(Int, Double)]) {
      guard !points.isEmpty else { return }
      series.append(
        .init(name, .line, x: points.map { Double($0.0) }, y: points.map(\.1)))
    }
    add("step", history.steps.map { ($0.step, $0.loss) })
    add("epoch", history.epochs.map { ($0.step, $0.loss) })
    add("validation", history.validations.map { ($0.step, $0.loss) })
    let values = series.flatMap(\.y).filter(\.isFinite)
    guard let low = values.min(), let high = values.max() else {
      page.remarks.append("The loss, because none was recorded.")
      return
    }
    var anomalies = ""
    if let count = history.validationAnomalies, count > 0, !history.validations.isEmpty {
      anomalies =
        " The validation loss includes \(Quantity.count(count, "anomaly", "anomalies")), which a good "
        + "autoencoder does not reconstruct: it need not fall."
    }
    page.figures.append(
      Figure(
        name: "loss", title: "Loss",
        summary:
          "The mean loss, each before its step's update; from \(String(shortest: values[0])) at the "
          + "beginning; between \(String(shortest: low)) and \(String(shortest: high)).\(anomalies)",
        x: .init("step", isCount: true), y: .init("loss", kind(values)), series: series))
  }

  private static func addMetrics(_ history: TrainingHistory, to page: inout ReportPage) {
    var names: [String] = []
    for one in history.validations.flatMap(\.measurements) where !names.contains(one.name) {
      names.append(one.name)
    }
    guard !names.isEmpty else {
      page.remarks.append(
        history.validations.isEmpty
          ? "Metrics, because there were no validations."
          : "Metrics, because the validations measured the loss alone.")
      return
    }
    let series = names.map { name in
      let found = history.validations.compactMap { validation in
        validation.measurements.first { $0.name == name }.map { (validation.step, $0.value) }
      }
      return Figure.Series(name, .line, x: found.map { Double($0.0) }, y: found.map(\.1))
    }
    // A threshold is chosen, not measured, and what it bounds is no error of the network.
    let thresholds = series.filter { $0.name == "threshold" }
    // A square has another unit than what it is the square of.
    let squares = series.filter { $0.name == "mse" }
    let errors = series.filter { isError($0.name) && !["threshold", "mse"].contains($0.name) }
    let scores = series.filter { !isError($0.name) }
    if !scores.isEmpty {
      page.figures.append(
        Figure(
          name: "metrics", title: "Metrics",
          summary: "What validations measured, 1 being the best: \(list(scores)).",
          x: .init("step", isCount: true), y: .init("score"), series: scores))
    }
    if !errors.isEmpty {
      page.figures.append(
        Figure(
          name: "errors", title: "Errors",
          summary: "What validations measured, in the scale of the outputs: \(list(errors)).",
          x: .init("step", isCount: true), y: .init("error", kind(errors.flatMap(\.y))),
          series: errors))
    }
    if !squares.isEmpty {
      page.figures.append(
        Figure(
          name: "squared-errors", title: "Mean squared errors",
          summary: "What validations measured, in the square of the outputs' scale.",
          x: .init("step", isCount: true),
          y: .init("mean squared error", kind(squares.flatMap(\.y))), series: squares))
    }
    if !thresholds.isEmpty {
      page.figures.append(
        Figure(
          name: "threshold", title: "Threshold of anomalies",
          summary:
            "The root mean squared error of a reconstruction from which on a sample was taken for an anomaly, "
            + "chosen anew at each validation.",
          x: .init("step", isCount: true),
          y: .init("root mean squared error", kind(thresholds.flatMap(\.y))), series: thresholds))
    }
  }

  /// Whether a measure is an error, or a bound of errors, which has no place on an axis with scores.
  private static func isError(_ name: String) -> Bool {
    !MeasuredTask.isLargerBetter(name)
  }

  private static func list(_ series: [Figure.Series]) -> String {
    series.map(\.name).joined(separator: ", ")
  }

  /// Values over orders of magnitude are seen on a logarithmic scale alone.
  private static func kind(_ values: [Double]) -> AxisScale.Kind {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return .linear }
    return low > 0 && high > 20 * low ? .logarithmic : .linear
  }

  private static func addEffort(_ history: TrainingHistory, to page: inout ReportPage) {
    let hasSteps = !history.steps.isEmpty
    let x =
      hasSteps ? history.steps.map { Double($0.step) } : history.epochs.map { Double($0.step) }
    func values(
      _ step: (TrainingHistory.Step) -> Double, _ epoch: (EpochReport) -> Double
    ) -> [Double] { hasSteps ? history.steps.map(step) : history.epochs.map(epoch) }
    guard !x.isEmpty else { return }
    let each = hasSteps ? "step" : "epoch"
    page.figures.append(
      Figure(
        name: "iterations", title: "Iterations for a sample",
        summary:
          "Of each \(each) the iterations of equilibria and of adjoints, divided by the samples.",
        x: .init("step", isCount: true), y: .init("iterations"),
        series: [
          .init(
            "equilibrium", .line, x: x,
            y: values(
              { Double($0.forwardIterations) / Double($0.used + $0.skipped) },
              { Double($0.forwardIterations) / Double($0.used + $0.skipped) })),
          .init(
            "adjoint", .line, x: x,
            y: values(
              { Double($0.backwardIterations) / Double($0.used) },
              { Double($0.backwardIterations) / Double($0.used) })),
        ]))
    page.figures.append(
      Figure(
        name: "learning-rate", title: "Learning rate",
        summary: "The rate of each \(hasSteps ? "step" : "epoch's last step").",
        x: .init("step", isCount: true),
        y: .init("rate"),
        series: [.init("rate", .line, x: x, y: values(\.learningRate, \.learningRate))]))
    if hasSteps {
      page.figures.append(
        Figure(
          name: "gradient-norm", title: "Length of the gradient",
          summary: "Its Euclidean norm over the trained parameters, before it was scaled down.",
          x: .init("step", isCount: true), y: .init("norm", .logarithmic),
          series: [.init("norm", .line, x: x, y: history.steps.map(\.gradientNorm))]))
    }
    let skipped = values({ Double($0.skipped) }, { Double($0.skipped) })
    guard skipped.contains(where: { $0 > 0 }) else { return }
    page.figures.append(
      Figure(
        name: "skipped", title: "Samples left out",
        summary: "Of each \(each) the samples for which no equilibrium or no adjoint was found.",
        x: .init("step", isCount: true), y: .init("samples", isCount: true),
        series: [.init("left out", .line, x: x, y: skipped)]))
  }

  // MARK: The result

  /// How often samples of each class were taken for each class.
  ///
  /// - Parameter names: what the classes are called, if not by their numbers.
  public static func confusion(_ matrix: ConfusionMatrix, names: [String] = []) -> CellFigure {
    let accuracy = matrix.accuracy.map { " \(String(shortest: 100 * $0)) % are right." } ?? ""
    return CellFigure(
      name: "confusion", title: "Confusions",
      summary:
        "\(Quantity.count(matrix.counts.reduce(0, +), "sample")); rows are true classes, columns those "
        + "that were found.\(accuracy)",
      rowLabel: "class", columnLabel: "taken for", rows: matrix.classCount,
      columns: matrix.classCount, isNumbered: matrix.classCount <= 12,
      names: names
    ) { add in
      for actual in 0..<matrix.classCount {
        for found in 0..<matrix.classCount {
          for _ in 0..<matrix[actual, found] { add(actual, found) }
        }
      }
    }
  }

  /// How well inputs are reconstructed, anomalies apart where they are known, with the threshold from which on a
  /// sample is called one.
  public static func reconstructionErrors(
    _ errors: [Double], areAnomalies: [Bool]?, threshold: Double?
  ) -> Figure {
    let finite = errors.filter(\.isFinite)
    let bins = Bins(holding: finite + (threshold.map { [$0] } ?? []), count: 40)
    func counts(_ wanted: Bool) -> [Double] {
      bins.counts(
        errors.indices.filter { (areAnomalies?[$0] ?? false) == wanted && errors[$0].isFinite }
          .map { errors[$0] })
    }
    let (usual, unusual) = (counts(false), counts(true))
    let centres = bins.centres
    let top = (usual + unusual).max() ?? 1
    let rule =
      threshold.map {
        " From the threshold \(String(shortest: $0)) on a sample is called an anomaly."
      } ?? ""
    var series = [
      Figure.Series(areAnomalies == nil ? "samples" : "usual", .bar, x: centres, y: usual)
    ]
    if areAnomalies != nil { series.append(.init("anomalies", .bar, x: centres, y: unusual)) }
    if let threshold {
      series.append(.init("threshold", .guide, x: [threshold, threshold], y: [0, top]))
    }
    return Figure(
      name: "reconstruction-errors", title: "Reconstruction errors",
      summary: "How many samples have which root mean squared error.\(rule)",
      x: .init("root mean squared error", bins.kind), y: .init("samples", isCount: true),
      series: series)
  }

  /// Answers of a regression against what they should be, for at most six outputs.
  public static func answers(outputs: Matrix, targets: Matrix) -> Figure? {
    guard outputs.rows > 0, outputs.columns == targets.columns else { return nil }
    let columns = min(outputs.columns, 6)
    let all = targets.elements.filter(\.isFinite)
    let ends = [all.min() ?? 0, all.max() ?? 1]
    return Figure(
      name: "answers", title: "Answers against targets",
      summary: "Points on the diagonal are exact."
        + (outputs.columns > columns ? " The first \(columns) of \(outputs.columns) outputs." : ""),
      x: .init("target"), y: .init("answer"),
      series: [.init("exact", .guide, x: ends, y: ends)]
        + (0..<columns).map { column in
          .init(
            "output \(column)", .scatter,
            x: (0..<targets.rows).map { targets[$0, column] },
            y: (0..<outputs.rows).map { outputs[$0, column] })
        })
  }
}
