import Cyclograd
import Testing

@Suite("Metrics of classifiers and regressions")
struct MetricTests {
  @Test("a table worked out by hand")
  func table() throws {
    let counts = BinaryCounts(
      truePositives: 6, falsePositives: 1, trueNegatives: 3, falseNegatives: 2)
    #expect(counts.accuracy == 0.75)
    #expect(counts.precision == 6.0 / 7)
    #expect(counts.recall == 0.75)
    #expect(counts.f1 == 0.8)
    // (6·3 − 1·2) / √(7·8·4·5)
    #expect(abs(try #require(counts.mcc) - 16 / 1120.0.squareRoot()) < 1e-15)
  }

  @Test("what has no meaning is nil")
  func undefined() throws {
    let counts = BinaryCounts(
      truePositives: 0, falsePositives: 0, trueNegatives: 3, falseNegatives: 0)
    #expect(counts.precision == nil && counts.recall == nil && counts.f1 == nil)
    #expect(counts.mcc == nil && counts.accuracy == 1)
    #expect(try ScoreRanking(scores: [1, 2], areLabels: [true, true]).areaUnderCurve == nil)
  }

  /// Few distinct scores, so that most are tied.
  private func example(_ seed: UInt64) -> (scores: [Double], labels: [Bool]) {
    let random = CounterRandom(seed: seed, purpose: .check, index: 0)
    let count = 2 + random.index(0, below: 60)
    let kinds = 1 + random.index(1, below: 20)
    let scores = (0..<count).map { Double(random.index(2 + 2 * $0, below: kinds)) / 8 }
    return (scores, (0..<count).map { random.uniform(3 + 2 * $0) < 0.4 })
  }

  @Test("the area is the share of pairs in order, ties counting one half", arguments: 0..<200)
  func area(seed: Int) throws {
    let (scores, labels) = example(UInt64(seed))
    var (sum, pairs) = (0.0, 0.0)
    for i in labels.indices where labels[i] {
      for j in labels.indices where !labels[j] {
        sum += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0
        pairs += 1
      }
    }
    let found = try ScoreRanking(scores: scores, areLabels: labels).areaUnderCurve
    if pairs == 0 { #expect(found == nil) } else { #expect(found == sum / pairs) }
  }

  @Test("no threshold has a higher F1 than the one that was found", arguments: 0..<200)
  func threshold(seed: Int) throws {
    let (scores, labels) = example(UInt64(seed))
    guard labels.contains(true) else {
      #expect(throws: CyclogradError.self) {
        try ScoreRanking(scores: scores, areLabels: labels).bestCut()
      }
      return
    }
    let all = try Set(scores).map {
      ($0, try BinaryCounts(scores: scores, areLabels: labels, threshold: $0))
    }
    let best = all.compactMap(\.1.f1).max()
    let cut = try ScoreRanking(scores: scores, areLabels: labels).bestCut()
    #expect(cut.counts.f1 == best)
    #expect(cut.counts == all.first { $0.0 == cut.threshold }?.1)
    #expect(cut.threshold == all.filter { $0.1.f1 == best }.map(\.0).max())
  }

  @Test("a confusion matrix has the true classes in its rows")
  func confusion() throws {
    let matrix = try ConfusionMatrix(
      classCount: 3, actual: [0, 0, 1, 2, 2], found: [0, 1, 1, 0, 2])
    #expect(matrix.counts == [1, 1, 0, 0, 1, 0, 1, 0, 1])
    #expect(matrix.accuracy == 0.6)
    #expect(
      matrix.binary(positive: 0)
        == BinaryCounts(truePositives: 1, falsePositives: 1, trueNegatives: 2, falseNegatives: 1))
    #expect(throws: CyclogradError.self) {
      try ConfusionMatrix(classCount: 2, actual: [2], found: [0])
    }
  }

  /// By hand, as scikit-learn's `precision_recall_fscore_support` and `f1_score(average="macro")` say too.
  @Test("precision, recall and F1 of each class, and the mean F1")
  func classScores() throws {
    let matrix = try ConfusionMatrix(
      classCount: 4, actual: [0, 0, 1, 2, 2], found: [0, 1, 1, 0, 2])
    let scores = matrix.classScores
    #expect(scores.map { $0?.samples } == [2, 1, 2, nil])
    #expect(scores.map { $0?.precision } == [0.5, 0.5, 1, nil])
    #expect(scores.map { $0?.recall } == [0.5, 1, 0.5, nil])
    #expect(scores.map { $0?.f1 } == [0.5, 2.0 / 3, 2.0 / 3, nil])
    // The class that does not occur takes no part.
    #expect(abs((matrix.macroF1 ?? .nan) - 11.0 / 18) < 1e-15)
    #expect(scores.enumerated().allSatisfy { $1?.f1 == matrix.binary(positive: $0).f1 })

    // One that is never found has 0 of 0 as precision, which counts as 0, and so does one that is only found.
    let never = try ConfusionMatrix(classCount: 3, actual: [0, 0, 1], found: [0, 2, 0])
    #expect(never.classScores.map { $0?.precision } == [0.5, 0, 0])
    #expect(never.classScores.map { $0?.recall } == [0.5, 0, 0])
    #expect(abs((never.macroF1 ?? .nan) - 0.5 / 3) < 1e-15)
    #expect(try ConfusionMatrix(classCount: 2, actual: [], found: []).macroF1 == nil)
  }

  @Test("errors of a regression, worked out by hand")
  func regression() throws {
    let errors = try RegressionErrors(
      outputs: Matrix([[1, 5], [2, 5], [5, 6]]), targets: Matrix([[1, 5], [2, 5], [3, 5]]))
    #expect(errors.meanSquaredError == 5.0 / 6)
    #expect(errors.rootMeanSquaredError == (5.0 / 6).squareRoot())
    #expect(errors.meanAbsoluteError == 0.5)
    #expect(errors.determination == [-1, nil])
  }

  @Test("a sample without an equilibrium is never scored")
  func failed() {
    #expect(throws: CyclogradError.self) {
      try ScoreRanking(scores: [1, .nan], areLabels: [true, false])
    }
    #expect(throws: CyclogradError.self) {
      try RegressionErrors(outputs: Matrix([[.nan]]), targets: Matrix([[1]]))
    }
    #expect(throws: CyclogradError.self) {
      try BinaryCounts(scores: [1], areLabels: [], threshold: 0)
    }
  }

  @Test(
    "the share among the first k counts classes with larger outputs, and of equal ones the first",
    arguments: 0..<50)
  func amongTheFirst(seed: Int) throws {
    let random = CounterRandom(seed: UInt64(seed), purpose: .check, index: 1)
    let (count, classes) = (1 + random.index(0, below: 20), 3 + random.index(1, below: 6))
    // Few distinct outputs, so that many are equal.
    let outputs = Matrix(
      rows: count, columns: classes,
      elements: (0..<count * classes).map { Double(random.index(2 + $0, below: 4)) })
    let actual = (0..<count).map { random.index(1000 + $0, below: classes) }
    let answers = Answers(
      rows: Array(0..<count), outputs: outputs,
      targets: Matrix(rows: count, columns: 1, elements: actual.map(Double.init)))
    let measures = try Measures(classesOf: answers, threshold: 0.5)
    for most in [1, 2, 5] {
      let right = (0..<count).count { row in
        let order = (0..<classes).sorted {
          (-outputs[row, $0], $0) < (-outputs[row, $1], $1)
        }
        return order.prefix(most).contains(actual[row])
      }
      let found = measures[most == 1 ? "accuracy" : "top-\(most)"]
      #expect(found == (most < classes ? Double(right) / Double(count) : nil))
    }
  }

  @Test("Of every measure it is known which way is better")
  func directions() {
    let smaller: Set = ["mse", "rmse", "mae", "largest-error", "nrmse", "threshold"]
    let larger: Set = [
      "r2", "accuracy", "macro-f1", "top-2", "top-5", "f1", "mcc", "precision", "recall", "auc",
    ]
    let tasks: [MeasuredTask] = [
      .regression, .classifier(threshold: 0.5), .autoencoder(.exact),
    ]
    for name in tasks.flatMap(\.measureNames) {
      #expect(smaller.contains(name) != larger.contains(name), "\(name)")
      #expect(MeasuredTask.isLargerBetter(name) == larger.contains(name), "\(name)")
    }
    #expect(!MeasuredTask.isLargerBetter("loss"))
  }
}
