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

  /// How well one class is told from all others.
  public struct ClassScores: Hashable, Sendable {
    /// How many samples are of the class.
    public let samples: Int
    /// The share of the class among the samples that were taken for it; 0 where there are none.
    public let precision: Double
    /// The share of the class's samples that were taken for it; 0 where there are none.
    public let recall: Double
    /// The harmonic mean of both; 0 where both are.
    public let f1: Double
  }

  /// The scores of each class, in which 0/0 counts as 0, as scikit-learn has it; `nil` for a class that no sample is of
  /// and none was taken for.
  ///
  /// - Complexity: O(classes²).
  public var classScores: [ClassScores?] {
    (0..<classCount).map { number in
      let right = self[number, number]
      let samples = (0..<classCount).reduce(0) { $0 + self[number, $1] }
      let taken = (0..<classCount).reduce(0) { $0 + self[$1, number] }
      guard samples + taken > 0 else { return nil }
      return ClassScores(
        samples: samples, precision: taken == 0 ? 0 : Double(right) / Double(taken),
        recall: samples == 0 ? 0 : Double(right) / Double(samples),
        f1: Double(2 * right) / Double(samples + taken))
    }
  }

  /// The mean F1 of all classes that samples are of or were taken for, each with the same weight; `nil` without samples.
  ///
  /// - Complexity: O(classes²).
  public var macroF1: Double? {
    let each = classScores.compactMap { $0?.f1 }
    return each.isEmpty ? nil : each.reduce(0, +) / Double(each.count)
  }

  /// The share of samples that were classified correctly; `nil` without samples.
  public var accuracy: Double? {
    let total = counts.reduce(0, +)
    guard total > 0 else { return nil }
    return Double((0..<classCount).reduce(0) { $0 + self[$1, $1] }) / Double(total)
  }
}
