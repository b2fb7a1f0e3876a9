/// Samples in the order of a score that should be high where the label is true.
public struct ScoreRanking: Sendable {
  /// A threshold and what it does: samples whose score is at least as high are classified as positive.
  public struct Cut: Hashable, Sendable {
    /// The lowest score that is classified as positive.
    public let threshold: Double
    /// The counts that it leads to.
    public let counts: BinaryCounts
  }

  /// One cut for each distinct score, from the highest to the lowest.
  public let cuts: [Cut]
  private let positives: Int
  private let negatives: Int

  /// Sorts the scores, in O(n log n).
  ///
  /// - Throws: ``CyclogradError`` if the lists differ in length or a score is NaN.
  public init(scores: [Double], areLabels labels: [Bool]) throws(CyclogradError) {
    try ScoreChecks.require(scores, labels)
    positives = labels.count { $0 }
    negatives = labels.count - positives
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var cuts: [Cut] = []
    var (found, mistaken) = (0, 0)
    for (place, row) in order.enumerated() {
      if labels[row] { found += 1 } else { mistaken += 1 }
      let isLast = place + 1 == order.count || scores[order[place + 1]] != scores[row]
      guard isLast else { continue }
      cuts.append(
        Cut(
          threshold: scores[row],
          counts: BinaryCounts(
            truePositives: found, falsePositives: mistaken,
            trueNegatives: negatives - mistaken, falseNegatives: positives - found)))
    }
    self.cuts = cuts
  }

  /// The area under the receiver operating characteristic: the probability that a positive sample
  /// has a higher score than a negative one, ties counting one half (Hanley & McNeil, Radiology
  /// 143, 1982). `nil` if there are no samples of either kind.
  public var areaUnderCurve: Double? {
    guard positives > 0, negatives > 0 else { return nil }
    var doubled = 0
    var before = 0
    var negativesBefore = 0
    for cut in cuts {
      let here = cut.counts.truePositives - before
      let opposed = cut.counts.falsePositives - negativesBefore
      doubled += here * (2 * cut.counts.trueNegatives + opposed)
      (before, negativesBefore) = (cut.counts.truePositives, cut.counts.falsePositives)
    }
    return Double(doubled) / (2 * Double(positives) * Double(negatives))
  }

  /// The cut with the highest F1, the strictest of several; exact over all thresholds.
  ///
  /// - Throws: ``CyclogradError`` if no sample is positive: F1 is then 0 for every threshold.
  public func bestCut() throws(CyclogradError) -> Cut {
    guard positives > 0, var best = cuts.first else {
      throw CyclogradError(
        .invalidValue, "no sample is labelled positive, so there is no threshold to search for",
        advice: "give samples of both classes, or a threshold")
    }
    for cut in cuts where cut.counts.f1 ?? 0 > best.counts.f1 ?? 0 { best = cut }
    return best
  }
}
