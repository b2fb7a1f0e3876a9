/// How the threshold of a score is found that tells anomalies from other samples with the highest F1.
public enum ThresholdSearch: Hashable, Sendable {
  /// Over all thresholds that make a difference.
  case exact
  /// Over m + s ζ for ζ from `lower` to `upper` in equal steps, with the mean m and the deviation s
  /// (divisor n − 1) of the scores of negative samples (Szekeres & Izsák 2024, section 4.3).
  case standardised(lower: Double, upper: Double, step: Double)

  /// Finds the threshold, the strictest of several, in O(n log n) and a walk over the steps.
  ///
  /// - Throws: ``CyclogradError`` if no sample is positive, and, for standardised scores, if fewer
  ///   than two are negative or their scores are all the same.
  public func best(
    _ scores: [Double], areLabels labels: [Bool]
  ) throws(CyclogradError) -> ScoreRanking.Cut {
    let ranking = try ScoreRanking(scores: scores, areLabels: labels)
    guard case .standardised(let lower, let upper, let step) = self else {
      return try ranking.bestCut()
    }
    let negative = zip(scores, labels).filter { !$1 }.map(\.0)
    guard negative.count > 1, negative.count < scores.count else {
      throw CyclogradError(
        .invalidValue,
        "\(scores.count - negative.count) positive and \(negative.count) negative samples are too "
          + "few to search a threshold", advice: "give samples of both classes")
    }
    let mean = negative.reduce(0, +) / Double(negative.count)
    let variance =
      negative.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(negative.count - 1)
    guard variance > 0, variance.isFinite else {
      throw CyclogradError(
        .invalidValue, "the scores of negative samples have no spread",
        advice: "search the threshold exactly")
    }
    let deviation = variance.squareRoot()
    var best: ScoreRanking.Cut?
    // From the strictest on, so that the cuts are passed once.
    var place = -1
    for number in (0...Self.steps(lower, upper, step)).reversed() {
      let threshold = mean + deviation * (lower + Double(number) * step)
      while place + 1 < ranking.cuts.count, ranking.cuts[place + 1].threshold >= threshold {
        place += 1
      }
      let counts =
        place >= 0
        ? ranking.cuts[place].counts
        : BinaryCounts(
          truePositives: 0, falsePositives: 0, trueNegatives: negative.count,
          falseNegatives: scores.count - negative.count)
      if best == nil || counts.f1 ?? 0 > best?.counts.f1 ?? 0 {
        best = ScoreRanking.Cut(threshold: threshold, counts: counts)
      }
    }
    guard let best else { return try ranking.bestCut() }
    return best
  }

  /// Checks that the numbers have a meaning.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public func validate() throws(CyclogradError) {
    guard case .standardised(let lower, let upper, let step) = self else { return }
    guard lower.isFinite, upper.isFinite, step > 0, upper > lower, (upper - lower) / step <= 1e7
    else {
      throw CyclogradError(
        .invalidOption, "a threshold cannot be searched from \(lower) to \(upper) by \(step)",
        advice: "give two bounds, the smaller one first, and a positive step")
    }
  }

  private static func steps(_ lower: Double, _ upper: Double, _ step: Double) -> Int {
    Int(((upper - lower) / step).rounded())
  }
}
