/// What a network answered to samples whose targets are known.
public struct Answers: Sendable {
  /// The samples' numbers, for messages.
  public let rows: [Int]
  /// The outputs, a row for each sample.
  public let outputs: Matrix
  /// The targets, as they were given.
  public let targets: Matrix
  /// Whether NaN among the targets means that there is none, so that measures pass over it.
  public let ignoresMissingTargets: Bool
  /// The names of the outputs in measures of each; empty for their numbers.
  public var outputNames: [String] = []

  /// Takes outputs and targets with a row for each of `rows`.
  ///
  /// - Precondition: there are as many rows of each.
  public init(
    rows: [Int], outputs: Matrix, targets: Matrix, ignoresMissingTargets: Bool = false
  ) {
    self.ignoresMissingTargets = ignoresMissingTargets
    precondition(rows.count == outputs.rows && rows.count == targets.rows, "one row a sample")
    (self.rows, self.outputs, self.targets) = (rows, outputs, targets)
  }

  /// For each sample the root of the mean squared difference between outputs and targets: the score
  /// of an autoencoder, high where a sample is unlike those of its training.
  ///
  /// - Complexity: O(samples · outputs).
  public var reconstructionErrors: [Double] {
    rows.indices.map { row in
      let squares = zip(outputs[row: row], targets[row: row]).reduce(0.0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }
      return (squares / Double(max(1, outputs.columns))).squareRoot()
    }
  }

  /// The classes of the samples, from 0: true ones and those that were found.
  ///
  /// With one output, class 1 is found where it is at least `threshold`. With several, the largest
  /// output names the class, the first of equal ones. Targets are class numbers, or as many columns
  /// as outputs, exactly one of which is 1 and the others 0.
  ///
  /// - Throws: ``CyclogradError`` for targets that are no classes.
  public func classes(
    threshold: Double
  ) throws(CyclogradError) -> (count: Int, actual: [Int], found: [Int]) {
    let count = max(2, outputs.columns)
    var (actual, found): ([Int], [Int]) = ([], [])
    for (place, row) in rows.enumerated() {
      let target = Array(targets[row: place])
      guard let number = Self.classNumber(target, count: count) else {
        throw CyclogradError(
          .invalidValue, "\(target.map(\.description).joined(separator: ", ")) is not a class",
          at: .init(subject: "targets, row \(row)"),
          advice: "give whole numbers from 0 to \(count - 1), or one 1 among zeros")
      }
      actual.append(number)
      found.append(Self.foundClass(outputs[row: place], threshold: threshold))
    }
    return (count, actual, found)
  }

  /// The class that the outputs of one sample say: whether a single one is at least `threshold`, or the place of the
  /// largest of several, the first of equal ones.
  public static func foundClass(_ outputs: ArraySlice<Double>, threshold: Double) -> Int {
    if outputs.count == 1, let only = outputs.first { return only >= threshold ? 1 : 0 }
    let most = outputs.indices.max { (outputs[$0], $1) < (outputs[$1], $0) }
    return (most ?? outputs.startIndex) - outputs.startIndex
  }

  /// The share of samples whose class is among so many with the largest outputs, of equal ones the first; `nil` without
  /// samples.
  func share(withClass actual: [Int], amongFirst most: Int) -> Double? {
    guard !rows.isEmpty else { return nil }
    let right = rows.indices.count { row in
      let own = outputs[row, actual[row]]
      return (0..<outputs.columns).count { column in
        let other = outputs[row, column]
        return other > own || other == own && column < actual[row]
      } < most
    }
    return Double(right) / Double(rows.count)
  }

  private static func classNumber(_ target: [Double], count: Int) -> Int? {
    if target.count == 1 {
      return (0..<count).first { Double($0) == target[0] }
    }
    guard target.allSatisfy({ $0 == 0 || $0 == 1 }), target.count(where: { $0 == 1 }) == 1 else {
      return nil
    }
    return target.firstIndex(of: 1)
  }
}
