/// What a network's outputs are for, and so by what it is measured.
public enum MeasuredTask: Hashable, Sendable {
  /// Numbers that should equal the targets.
  case regression
  /// Classes; a single output means class 1 from the threshold on.
  case classifier(threshold: Double)
  /// Reconstructions of the inputs, whose errors tell anomalies from other samples. The threshold is
  /// searched on validation samples.
  case autoencoder(ThresholdSearch)

  /// The measures there are, those of every output or class of their own left out.
  public var measureNames: [String] {
    switch self {
    case .regression: ["mse", "rmse", "mae", "largest-error", "nrmse", "r2"]
    case .classifier:
      ["accuracy", "macro-f1", "top-2", "top-5", "f1", "mcc", "precision", "recall", "auc"]
    case .autoencoder: ["accuracy", "f1", "mcc", "precision", "recall", "auc", "threshold"]
    }
  }

  /// The same of a classifier with so many classes.
  public func measureNames(classes count: Int) -> [String] {
    guard case .classifier = self else { return measureNames }
    let undefined =
      count == 2
      ? ["top-2", "top-5"]
      : ["f1", "mcc", "precision", "recall", "auc"] + (count > 5 ? [] : ["top-5"])
    return measureNames.filter { !undefined.contains($0) }
  }

  /// Whether larger values of a measure are better.
  public static func isLargerBetter(_ name: String) -> Bool {
    !["loss", "mse", "rmse", "mae", "largest-error", "nrmse", "threshold"].contains(name)
  }

  /// Measures answers.
  ///
  /// - Parameters:
  ///   - answers: outputs and what they should have been.
  ///   - labels: the class of each answer, for autoencoders: 1 for an anomaly, 0 for others.
  ///   - threshold: of an autoencoder's errors; searched on these answers if `nil`.
  /// - Returns: the measures, and the threshold that was used.
  /// - Throws: ``CyclogradError`` for targets or labels that do not fit the task.
  public func measure(
    _ answers: Answers, labels: [Int]?, threshold: Double? = nil
  ) throws(CyclogradError) -> (measures: Measures, threshold: Double?) {
    switch self {
    case .regression: return (try Measures(errorsOf: answers), nil)
    case .classifier(let threshold):
      return (try Measures(classesOf: answers, threshold: threshold), threshold)
    case .autoencoder(let search):
      guard let labels else {
        throw CyclogradError(
          .invalidOption, "nothing says which samples are anomalies", advice: "give labels")
      }
      let areAnomalies = labels.map { $0 == 1 }
      let limit: Double
      if let threshold {
        limit = threshold
      } else {
        limit = try search.best(answers.reconstructionErrors, areLabels: areAnomalies).threshold
      }
      return (
        try Measures(anomaliesOf: answers, labels: areAnomalies, threshold: limit), limit
      )
    }
  }

  /// A validation that gives these measures, and chooses the best network by one of them.
  ///
  /// - Parameters:
  ///   - source: the samples.
  ///   - labels: the class of each sample of the source, for autoencoders.
  ///   - names: the measures that are reported; an autoencoder's threshold is so always.
  ///   - monitored: `loss`, or one of the measures.
  ///   - ignoresMissingTargets: whether measures pass over targets that are NaN.
  public func validation(
    on source: any SampleSource, labels: [Int]?, reporting names: [String], monitored: String,
    ignoresMissingTargets: Bool = false
  ) -> Validation {
    var wanted = names
    if monitored != "loss", !wanted.contains(monitored) { wanted.append(monitored) }
    if case .autoencoder = self, !wanted.isEmpty, !wanted.contains("threshold") {
      wanted.append("threshold")
    }
    let reported = wanted
    return Validation(
      source, monitored: monitored, isLargerBetter: Self.isLargerBetter(monitored)
    ) { outputs, targets, rows in
      guard !reported.isEmpty else { return [] }
      let (measures, threshold) = try measure(
        Answers(
          rows: rows, outputs: outputs, targets: targets,
          ignoresMissingTargets: ignoresMissingTargets),
        labels: labels.map { labels in rows.map { labels[$0] } })
      return reported.map { name in
        .init(name, (name == "threshold" ? threshold : measures[name]) ?? .nan)
      }
    }
  }
}
