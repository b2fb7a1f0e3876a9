/// Measures of answers, by the names that files and reports use; undefined ones are `nil`.
public struct Measures: Sendable {
  /// Names and values.
  public let entries: [(name: String, value: Double?)]
  /// How often classes were confused; `nil` for regressions.
  public let confusion: ConfusionMatrix?
  /// What was found for each answer: classes, or whether it is an anomaly; empty for regressions.
  public let found: [Int]
  /// What should have been found.
  public let actual: [Int]

  /// The value of a name; `nil` also for names that are not there.
  public subscript(name: String) -> Double? { entries.first { $0.name == name }?.value }

  /// The errors of a regression: `mse`, `rmse`, `mae`, `largest-error`, `nrmse` over the deviation of all
  /// targets, and `r2`; where there are several outputs, that of each and, as `r2`, the mean of those that are defined.
  ///
  /// - Throws: what ``RegressionErrors`` throws.
  public init(errorsOf answers: Answers) throws(CyclogradError) {
    var entries: [(name: String, value: Double?)] = []
    if !answers.rows.isEmpty, answers.targets.columns == answers.outputs.columns {
      let errors = try RegressionErrors(
        outputs: answers.outputs, targets: answers.targets,
        ignoringMissing: answers.ignoresMissingTargets)
      entries = [
        ("mse", errors.meanSquaredError), ("rmse", errors.rootMeanSquaredError),
        ("mae", errors.meanAbsoluteError), ("largest-error", errors.largestError),
        ("nrmse", errors.normalisedError),
      ]
      let each = errors.determination
      let defined = each.compactMap(\.self)
      entries.append(
        ("r2", defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)))
      if each.count > 1 {
        for (column, value) in each.enumerated() {
          let name = answers.outputNames.isEmpty ? "output \(column)" : answers.outputNames[column]
          entries.append(("r2 of \(name)", value))
        }
      }
    }
    self.entries = entries
    (confusion, found, actual) = (nil, [], [])
  }

  /// The answers of a classifier: `accuracy`, `macro-f1`, and `f1`, `mcc`, `precision`, `recall` and `auc` of
  /// class 1 where there are two, or else `top-2` and, of more than five classes, `top-5` (the shares of samples whose class
  /// is among so many with the largest outputs); then precision, recall and F1 of each class, as
  /// ``ConfusionMatrix/classScores`` has them.
  ///
  /// - Parameters:
  ///   - answers: outputs and what they should have been.
  ///   - threshold: from where on a single output means class 1.
  /// - Throws: ``CyclogradError`` for targets that are no classes.
  public init(classesOf answers: Answers, threshold: Double) throws(CyclogradError) {
    let (count, actual, found) = try answers.classes(threshold: threshold)
    let matrix = try ConfusionMatrix(classCount: count, actual: actual, found: found)
    var entries: [(name: String, value: Double?)] = [
      ("accuracy", matrix.accuracy), ("macro-f1", matrix.macroF1),
    ]
    if count == 2 {
      let (outputs, isSingle) = (answers.outputs, answers.outputs.columns == 1)
      let scores = answers.rows.indices.map { row in
        isSingle ? outputs[row, 0] : outputs[row, 1] - outputs[row, 0]
      }
      let ranking = try ScoreRanking(scores: scores, areLabels: actual.map { $0 == 1 })
      entries += Self.entries(matrix.binary(positive: 1)) + [("auc", ranking.areaUnderCurve)]
    } else {
      for most in [2, 5] where most < count {
        entries.append(("top-\(most)", answers.share(withClass: actual, amongFirst: most)))
      }
    }
    for (number, scores) in matrix.classScores.enumerated() {
      entries.append(("precision of class \(number)", scores?.precision))
      entries.append(("recall of class \(number)", scores?.recall))
      entries.append(("f1 of class \(number)", scores?.f1))
    }
    self.entries = entries
    (confusion, self.found, self.actual) = (matrix, found, actual)
  }

  /// The anomalies that an autoencoder finds: `accuracy`, `f1`, `mcc`, `precision`, `recall`, `auc`.
  ///
  /// - Parameters:
  ///   - answers: outputs and what they should have been.
  ///   - labels: whether each sample is an anomaly.
  ///   - threshold: from where on a reconstruction error means one.
  /// - Throws: ``CyclogradError`` if there is not one label for each answer.
  public init(
    anomaliesOf answers: Answers, labels: [Bool], threshold: Double
  ) throws(CyclogradError) {
    let scores = answers.reconstructionErrors
    let counts = try BinaryCounts(scores: scores, areLabels: labels, threshold: threshold)
    let ranking = try ScoreRanking(scores: scores, areLabels: labels)
    entries =
      [("accuracy", counts.accuracy)] + Self.entries(counts) + [("auc", ranking.areaUnderCurve)]
    actual = labels.map { $0 ? 1 : 0 }
    found = scores.map { $0 >= threshold ? 1 : 0 }
    confusion = try ConfusionMatrix(classCount: 2, actual: actual, found: found)
  }

  private static func entries(_ counts: BinaryCounts) -> [(name: String, value: Double?)] {
    [
      ("f1", counts.f1), ("mcc", counts.mcc), ("precision", counts.precision),
      ("recall", counts.recall),
    ]
  }
}
