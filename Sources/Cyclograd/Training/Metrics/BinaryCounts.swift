/// How often two classes were told apart; measures that are undefined (0/0) are `nil`.
///
/// Source of the coefficient: Matthews, Biochimica et Biophysica Acta 405, 1975.
public struct BinaryCounts: Hashable, Sendable {
  /// True positives: positive samples that were classified as positive.
  public var truePositives: Int
  /// False positives: negative samples that were classified as positive.
  public var falsePositives: Int
  /// True negatives: negative samples that were classified as negative.
  public var trueNegatives: Int
  /// False negatives: positive samples that were classified as negative.
  public var falseNegatives: Int

  /// Takes the four counts.
  public init(
    truePositives: Int, falsePositives: Int, trueNegatives: Int, falseNegatives: Int
  ) {
    self.truePositives = truePositives
    self.falsePositives = falsePositives
    self.trueNegatives = trueNegatives
    self.falseNegatives = falseNegatives
  }

  /// Counts the samples whose score reaches a threshold as positive.
  ///
  /// - Throws: ``CyclogradError`` if the lists differ in length or a score is NaN.
  public init(scores: [Double], areLabels labels: [Bool], threshold: Double) throws(CyclogradError)
  {
    try ScoreChecks.require(scores, labels)
    self.init(truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0)
    for (score, label) in zip(scores, labels) {
      switch (score >= threshold, label) {
      case (true, true): truePositives += 1
      case (true, false): falsePositives += 1
      case (false, false): trueNegatives += 1
      case (false, true): falseNegatives += 1
      }
    }
  }

  /// The number of samples.
  public var count: Int { truePositives + falsePositives + trueNegatives + falseNegatives }
  /// The share of samples that were classified correctly.
  public var accuracy: Double? { ratio(truePositives + trueNegatives, count) }
  /// The share of positive samples among those classified as positive.
  public var precision: Double? { ratio(truePositives, truePositives + falsePositives) }
  /// The share of positive samples that were found.
  public var recall: Double? { ratio(truePositives, truePositives + falseNegatives) }
  /// The harmonic mean of precision and recall.
  public var f1: Double? {
    ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives)
  }
  /// Matthews's correlation coefficient.
  public var mcc: Double? {
    let (tp, fp) = (Double(truePositives), Double(falsePositives))
    let (tn, fn) = (Double(trueNegatives), Double(falseNegatives))
    // Roots one by one, so that the product of the four sums cannot overflow.
    let divisor =
      ((tp + fp).squareRoot() * (tp + fn).squareRoot())
      * ((tn + fp).squareRoot() * (tn + fn).squareRoot())
    return divisor == 0 ? nil : (tp * tn - fp * fn) / divisor
  }

  private func ratio(_ part: Int, _ whole: Int) -> Double? {
    whole == 0 ? nil : Double(part) / Double(whole)
  }
}

enum ScoreChecks {
  static func require(_ scores: [Double], _ labels: [Bool]) throws(CyclogradError) {
    guard scores.count == labels.count else {
      throw CyclogradError(
        .shapeMismatch, "\(scores.count) scores for \(labels.count) labels",
        advice: "give one label for each score")
    }
    if let row = scores.firstIndex(where: \.isNaN) {
      throw CyclogradError(
        .invalidValue, "a score is not a number", at: .init(subject: "row \(row)"),
        advice: "leave out samples for which no equilibrium was found, and report them")
    }
  }
}
