/// Divides samples into parts in which every class has its share.
public enum StratifiedSplit {
  /// The rows of each part, shuffled.
  ///
  /// In each class the first parts take the rounded multiples of their cumulated shares, so that no
  /// part is off its share by more than one sample of a class. The order is Fisher and Yates's, from
  /// a stream for each class: the same on every platform.
  ///
  /// - Parameters:
  ///   - labels: the class of each sample.
  ///   - shares: of each part, at least 0, with the sum 1; one of 0 stays empty.
  ///   - seed: what random choices are drawn from.
  /// - Throws: ``CyclogradError`` for shares without a meaning, and if a class is too small to be
  ///   in every part that is to have samples.
  public static func rows(
    labels: [Int], shares: [Double], seed: UInt64
  ) throws(CyclogradError) -> [[Int]] {
    guard shares.allSatisfy({ $0 >= 0 && $0 <= 1 }), abs(shares.reduce(0, +) - 1) < 1e-9 else {
      throw CyclogradError(
        .invalidOption, "the shares of the parts are not at least 0 with the sum 1",
        advice: "give shares such as 0.8, 0.1 and 0.1")
    }
    var classes: [Int: [Int]] = [:]
    for (row, label) in labels.enumerated() { classes[label, default: []].append(row) }
    var parts = Array(repeating: [Int](), count: shares.count)
    for (index, label) in classes.keys.sorted().enumerated() {
      var rows = classes[label] ?? []
      let random = CounterRandom(seed: seed, purpose: .split, index: index)
      for last in stride(from: rows.count - 1, to: 0, by: -1) {
        rows.swapAt(last, random.index(last, below: last + 1))
      }
      var (start, share) = (0, 0.0)
      for part in shares.indices {
        share += shares[part]
        let end = min(rows.count, Int((share * Double(rows.count)).rounded()))
        guard end > start || shares[part] == 0 else {
          throw CyclogradError(
            .invalidValue,
            "class \(label) has \(rows.count) samples, too few for a share of \(shares[part])",
            at: .init(subject: "part \(part)"), advice: "give more samples, or larger shares")
        }
        parts[part] += rows[start..<end]
        start = end
      }
    }
    for part in parts.indices {
      let random = CounterRandom(seed: seed, purpose: .split, index: classes.count + part)
      for last in stride(from: parts[part].count - 1, to: 0, by: -1) {
        parts[part].swapAt(last, random.index(last, below: last + 1))
      }
    }
    return parts
  }
}
