import Cyclograd
import Testing

@Suite("Thresholds of anomaly scores")
struct ThresholdSearchTests {
  private func samples(_ seed: UInt64) -> (scores: [Double], labels: [Bool]) {
    let random = CounterRandom(seed: seed, purpose: .inputs, index: 0)
    let labels = (0..<80).map { random.uniform(2 * $0) < 0.4 }
    // Rounded, so that some scores are equal.
    let scores = labels.enumerated().map { row, label in
      (20 * (random.normal(2 * row + 1) + (label ? 1.5 : 0))).rounded() / 20 + 5
    }
    return (scores, labels)
  }

  private func f1(_ scores: [Double], _ labels: [Bool], _ threshold: Double) -> Double {
    var (tp, fp, fn) = (0.0, 0.0, 0.0)
    for (score, label) in zip(scores, labels) {
      if score >= threshold { if label { tp += 1 } else { fp += 1 } } else if label { fn += 1 }
    }
    return 2 * tp / (2 * tp + fp + fn)
  }

  @Test("standardised thresholds are tried one by one", arguments: 1..<20 as Range<UInt64>)
  func grid(seed: UInt64) throws {
    let (scores, labels) = samples(seed)
    let negative = zip(scores, labels).filter { !$1 }.map(\.0)
    let spread = Spread(negative)
    let deviation = try #require(spread.deviation)
    var best = -1.0
    for number in 0...800 {
      best = max(best, f1(scores, labels, spread.mean + deviation * (-4 + 0.01 * Double(number))))
    }
    let cut = try ThresholdSearch.standardised(lower: -4, upper: 4, step: 0.01)
      .best(scores, areLabels: labels)
    #expect(abs((cut.counts.f1 ?? -1) - best) < 1e-15)
    #expect(f1(scores, labels, cut.threshold) == cut.counts.f1)
    let exact = try ThresholdSearch.exact.best(scores, areLabels: labels)
    #expect((exact.counts.f1 ?? 0) >= best)
    let brute = scores.map { f1(scores, labels, $0) }.max()
    #expect(exact.counts.f1 == brute)
  }

  @Test("what cannot be searched is said")
  func bad() {
    let search = ThresholdSearch.standardised(lower: -4, upper: 4, step: 0.1)
    #expect(throws: CyclogradError.self) { try search.best([1, 2], areLabels: [false, false]) }
    #expect(throws: CyclogradError.self) {
      try search.best([1, 1, 3], areLabels: [false, false, true])
    }
    #expect(throws: CyclogradError.self) { try search.best([1, 3], areLabels: [false, true]) }
    for bad in [
      ThresholdSearch.standardised(lower: 1, upper: 0, step: 0.1),
      .standardised(lower: 0, upper: 1, step: 0), .standardised(lower: 0, upper: 1, step: 1e-300),
      .standardised(lower: .nan, upper: 1, step: 0.1),
    ] {
      #expect(throws: CyclogradError.self) { try bad.validate() }
    }
  }

  @Test("a spread is that of the textbook")
  func spread() {
    let spread = Spread([2, 4, 4, 4, 5, 5, 7, 9])
    #expect(spread.mean == 5)
    #expect(abs((spread.deviation ?? 0) - (32.0 / 7).squareRoot()) < 1e-15)
    #expect(Spread([3]).deviation == nil && Spread([]).mean.isNaN)
  }

  @Test("a spread of numbers whose squares are out of range", arguments: [1e300, 0x1p1022, 3e-300])
  func spreadOfExtremes(size: Double) {
    let spread = Spread([size, -size, size])
    #expect(abs(spread.mean / size - 1.0 / 3) < 1e-15)
    #expect(abs((spread.deviation ?? 0) / size - (4.0 / 3).squareRoot()) < 1e-15)
  }
}
