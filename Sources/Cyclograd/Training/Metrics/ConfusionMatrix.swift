/// How often samples of each class were assigned to each class.
public struct ConfusionMatrix: Hashable, Sendable {
  /// The number of classes.
  public let classCount: Int
  /// Row after row: a row for each true class, a column for each class that was found.
  public let counts: [Int]

  /// Counts pairs of class numbers from 0.
  ///
  /// - Throws: ``CyclogradError`` for lists of different lengths and numbers that are no class.
  public init(classCount: Int, actual: [Int], found: [Int]) throws(CyclogradError) {
    guard actual.count == found.count else {
      throw CyclogradError(
        .shapeMismatch, "\(found.count) answers for \(actual.count) samples",
        advice: "give one for each")
    }
    if let row = actual.indices.first(where: { row in
      [actual[row], found[row]].contains { $0 < 0 || $0 >= classCount }
    }) {
      throw CyclogradError(
        .invalidValue, "\(actual[row]) or \(found[row]) is not a class number",
        at: .init(subject: "row \(row)"),
        advice: "give whole numbers from 0 to \(max(0, classCount - 1))")
    }
    var counts = Array(repeating: 0, count: classCount * classCount)
    for (a, f) in zip(actual, found) { counts[a * classCount + f] += 1 }
    (self.classCount, self.counts) = (classCount, counts)
  }

  /// How often samples of the first class were assigned to the second.
  public subscript(actual: Int, found: Int) -> Int { counts[actual * classCount + found] }

  /// One class against all others.
  public func binary(positive: Int) -> BinaryCounts {
    var result = BinaryCounts(
      truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0)
    for actual in 0..<classCount {
      for found in 0..<classCount {
        let count = self[actual, found]
        switch (actual == positive, found == positive) {
        case (true, true): result.truePositives += count
        case (true, false): result.falseNegatives += count
        case (false, true): result.falsePositives += count
        case (false, false): result.trueNegatives += count
        }
      }
    }
    return result
  }

  /// The share of samples that were classified correctly; `nil` without samples.
  public var accuracy: Double? {
    let total = counts.reduce(0, +)
    guard total > 0 else { return nil }
    return Double((0..<classCount).reduce(0) { $0 + self[$1, $1] }) / Double(total)
  }
}
