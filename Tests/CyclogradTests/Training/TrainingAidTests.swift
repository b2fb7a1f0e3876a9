import Foundation
import TestSupport
import Testing

@testable import Cyclograd

@Suite("Early stopping, gradients in pieces, moving averages, smooth labels, a search for the rate")
struct TrainingAidTests {
  // MARK: Gradients in pieces

  @Test("A batch in pieces makes the steps of the whole batch", arguments: [1, 4, 5, 12])
  func pieces(size: Int) throws {
    let problem = try TrainingProblem()
    func trained(_ pieceSize: Int?) throws -> (Trainer, [StepReport]) {
      var trainer = try problem.trainer(
        TrainerOptions(
          optimizer: .adam(), learningRate: LearningRate(0.05),
          regularisers: [ElasticNet(l1: 0, l2: 0.01)], pieceSize: pieceSize, warmStart: .row))
      var reports: [StepReport] = []
      for _ in 0..<6 {
        let (inputs, targets) = problem.table.samples(Array(0..<12))
        reports.append(try trainer.step(inputs: inputs, targets: targets))
      }
      return (trainer, reports)
    }
    let (whole, expected) = try trained(nil)
    let (pieces, found) = try trained(size)
    for (a, b) in zip(whole.parameters.values, pieces.parameters.values) {
      #expect(abs(a - b) < 1e-9)
    }
    for (a, b) in zip(expected, found) {
      #expect(a.used == b.used && abs(a.loss - b.loss) < 1e-10)
      #expect(abs(a.gradientNorm - b.gradientNorm) < 1e-9)
      #expect(abs(a.regularisation[0].value - b.regularisation[0].value) < 1e-10)
    }
    // Rows are those of the batch, not of the piece.
    #expect(Set(pieces.state.warmStates.keys) == Set(0..<12))
  }

  @Test("Samples that fail in one piece leave the mean over the others")
  func failures() throws {
    // x = 2 tanh-free growth: no equilibrium where the input is not 0.
    let graph = Graph("runaway") {
      Group("x", size: 1, role: .input, bias: .frozen(.constant(0)))
      Group("h", size: 1, activation: .relu, bias: .frozen(.constant(0)))
      Group("y", size: 1, role: .output, bias: .frozen(.constant(0)))
      Connection("x", to: "h", weight: .frozen(.constant(1)))
      Connection("h", to: "h", weight: .frozen(.constant(2)))
      Connection("x", to: "y", weight: ParameterRule(.constant(0.5)))
    }
    let (network, parameters) = try graph.compile()
    let inputs = Matrix([[-1], [1], [-2], [3], [-3]])
    let targets = Matrix([[1], [1], [0.5], [1], [2]])
    func step(_ pieceSize: Int?) throws -> (StepReport, [Double]) {
      var trainer = try Trainer(
        Simulator(network), parameters,
        TrainerOptions(
          optimizer: .sgd(), learningRate: LearningRate(0.1), pieceSize: pieceSize))
      let report = try trainer.step(
        inputs: inputs, targets: targets, samples: [10, 11, 12, 13, 14])
      return (report, trainer.parameters.values)
    }
    let (whole, expected) = try step(nil)
    #expect(whole.used == 3 && whole.skipped.map(\.sample) == [11, 13])
    for size in 1...4 {
      let (report, found) = try step(size)
      #expect(report.used == 3 && report.skipped.map(\.sample) == [11, 13])
      #expect(abs(report.loss - whole.loss) < 1e-14)
      for (a, b) in zip(expected, found) { #expect(abs(a - b) < 1e-14) }
    }
  }

  // MARK: Moving averages

  @Test("The average is that of the definition, and it is what is validated and comes out")
  func average() throws {
    let problem = try TrainingProblem()
    let decay = 0.7
    var trainer = try problem.trainer(
      TrainerOptions(
        optimizer: .sgd(momentum: 0.5), learningRate: LearningRate(0.1), averageDecay: decay))
    var expected = trainer.state.parameters.values
    let (inputs, targets) = problem.table.samples(Array(0..<12))
    for t in 1...25 {
      _ = try trainer.step(inputs: inputs, targets: targets)
      let limited = min(decay, Double(1 + t) / Double(10 + t))
      for index in expected.indices {
        expected[index] =
          limited * expected[index] + (1 - limited) * trainer.state.parameters.values[index]
      }
      for (a, b) in zip(expected, trainer.parameters.values) { #expect(abs(a - b) < 1e-12) }
    }
    #expect(trainer.parameters != trainer.state.parameters)
    var run = try TrainingRun(
      trainer, on: problem.table, TrainingRunOptions(epochs: 1, batchSize: 12),
      validation: Validation(problem.table))
    while let event = try run.next() {
      guard case .validation(let report) = event else { continue }
      let loss = try problem.loss(
        run.trainer.parameters.values, rows: Array(0..<12), problem.simulator())
      #expect(abs(report.loss - loss) < 1e-12)
    }
    // Another training can begin from the state with and without an average.
    let plain = try Trainer(
      problem.simulator(), run.trainer.state, TrainerOptions(optimizer: .sgd(momentum: 0.5))
    ).state
    #expect(plain.average.isEmpty && plain.parameters == run.trainer.state.parameters)
    #expect(throws: CyclogradError.self) {
      _ = try problem.trainer(TrainerOptions(averageDecay: 1))
    }
    #expect(throws: CyclogradError.self) {
      _ = try problem.trainer(TrainerOptions(optimizer: .lbfgs(), averageDecay: 0.9))
    }
  }

  // MARK: Early stopping

  private func run(
    _ problem: TrainingProblem, _ rule: EarlyStopping?, validates: Bool, perEpoch: Int = 1
  ) throws -> TrainingRun {
    // So large a rate that the loss goes up and down.
    let options = TrainerOptions(optimizer: .adam(), learningRate: LearningRate(0.25))
    return try TrainingRun(
      try problem.trainer(options), on: problem.table,
      TrainingRunOptions(
        epochs: 12, batchSize: 4, seed: 3, validationsPerEpoch: perEpoch, earlyStopping: rule),
      validation: validates ? Validation(problem.table) : nil)
  }

  @Test(
    "It ends after the epoch in which one validation too many was no better",
    arguments: [(0, 0.0), (1, 0.0), (2, 0.0), (2, 0.2), (4, 0.05), (90, 0.0)], [1, 2])
  func stopping(rule: (patience: Int, threshold: Double), perEpoch: Int) throws {
    for validates in [true, false] {
      let problem = try TrainingProblem()
      var free = try run(problem, nil, validates: validates, perEpoch: perEpoch)
      while try free.next() != nil {}
      let values: [(epoch: Int, loss: Double)] =
        validates
        ? free.progress.validations.map { ($0.epoch, $0.loss) }
        : free.progress.epochs.map { ($0.epoch, $0.loss) }
      // The rule once more, from its words: an epoch at whose end the last values were no better.
      var (last, best, waited) = (12, Double.infinity, 0)
      for epoch in 1...12 {
        for value in values where value.epoch == epoch {
          if value.loss < best - (best.isFinite ? rule.threshold * best : 0) {
            (best, waited) = (value.loss, 0)
          } else {
            waited += 1
          }
        }
        if waited > rule.patience {
          last = epoch
          break
        }
      }
      var stopped = try run(
        problem, EarlyStopping(patience: rule.patience, threshold: rule.threshold),
        validates: validates, perEpoch: perEpoch)
      while try stopped.next() != nil {}
      #expect(stopped.progress.epochs.count == last)
      #expect(stopped.hasStoppedEarly == (last < 12) && stopped.isFinished)
      #expect(stopped.progress.epochs == Array(free.progress.epochs.prefix(last)))
      #expect(try stopped.next() == nil)
    }
    #expect(throws: CyclogradError.self) { try EarlyStopping(patience: -1).validate() }
  }

  @Test("No parameters are validated twice, however often an epoch is to be validated")
  func validationsOfFewSteps() throws {
    let problem = try TrainingProblem()
    var run = try run(problem, nil, validates: true, perEpoch: 1000)
    while try run.next() != nil {}
    let steps = run.progress.validations.map(\.step)
    #expect(steps == Array(Set(steps)).sorted() && steps.count == 12 * run.stepsPerEpoch)
  }

  // MARK: Smooth labels

  @Test("Smooth labels are a mixture with chance")
  func smoothing() throws {
    let outputs = [0.3, -1.2, 2]
    func value(_ loss: any Loss, _ a: [Double], _ y: [Double]) throws -> (Double, [Double]) {
      let prepared = try loss.prepare(Matrix([y]), samples: 1, outputs: a.count)
      var slopes = [Double](repeating: 0, count: a.count)
      let row = Array(prepared[row: 0])
      var span = slopes.mutableSpan
      let value = loss.evaluate(outputs: a.span, targets: row.span, derivatives: &span)
      return (value, slopes)
    }
    let smooth = try LabelSmoothing(.softmaxCrossEntropy, amount: 0.3)
    let (found, slopes) = try value(smooth, outputs, [2])
    let classes = try (0..<3).map { try value(.softmaxCrossEntropy, outputs, [Double($0)]) }
    #expect(abs(found - (0.7 * classes[2].0 + 0.1 * classes.map(\.0).reduce(0, +))) < 1e-14)
    for j in 0..<3 {
      let mixture = 0.7 * classes[2].1[j] + 0.1 * classes.map { $0.1[j] }.reduce(0, +)
      #expect(abs(slopes[j] - mixture) < 1e-14)
    }
    let binary = try value(LabelSmoothing(.binaryCrossEntropy, amount: 0.2), [0.4, -1], [1, 0]).0
    let (one, other) = (
      try value(.binaryCrossEntropy, [0.4, -1], [1, 0]).0,
      try value(.binaryCrossEntropy, [0.4, -1], [0, 1]).0
    )
    #expect(abs(binary - (0.9 * one + 0.1 * other)) < 1e-14)
    let weighted = try ClassWeightedLoss(smooth, weights: [1, 2, 3])
    #expect(
      abs(try value(weighted, outputs, [2]).0 - 3 * found) < 1e-13)
    // The weight is that of the label, not of the others that smoothing mixes in.
    let rare = try ClassWeightedLoss(smooth, weights: [0, 100, 1])
    #expect(abs(try value(rare, outputs, [2]).0 - found) < 1e-12)
    #expect(abs(try value(rare, outputs, [0]).0) < 1e-12)
    for amount in [-0.1, 1, .nan] {
      #expect(throws: CyclogradError.self) {
        _ = try LabelSmoothing(.softmaxCrossEntropy, amount: amount)
      }
    }
    #expect(throws: CyclogradError.self) {
      _ = try LabelSmoothing(.halfSquaredError, amount: 0.1)
    }
  }

  // MARK: A search for the rate

  @Test("Rates grow in equal ratios; smoothing, minimum and steepest descent are as defined")
  func search() throws {
    let problem = try TrainingProblem()
    let trainer = try problem.trainer(TrainerOptions(optimizer: .sgd()))
    let search = LearningRateSearch(lowest: 1e-4, highest: 1e3, steps: 60, smoothing: 0.8)
    let found = try search.run(trainer, on: problem.table, batchSize: 6, seed: 1)
    let again = try search.run(trainer, on: problem.table, batchSize: 6, seed: 1)
    #expect(found == again && found.end == .diverged)
    #expect(found.points.count > 20 && found.points.count < 60)
    var numbers: [Double] = []
    for (index, point) in found.points.enumerated() {
      #expect(abs(point.rate / (1e-4 * pow(1e7, Double(index) / 59)) - 1) < 1e-12)
      let weights = (0...index).map { pow(0.8, Double(index - $0)) }
      let sum = zip(weights, found.points).reduce(0) { $0 + $1.0 * $1.1.loss }
      numbers.append(sum / weights.reduce(0, +))
      #expect(abs(point.smoothed - numbers[index]) < 1e-12 * abs(numbers[index]))
    }
    let least = try #require(numbers.indices.min { numbers[$0] < numbers[$1] })
    #expect(found.bestLoss == found.points[least].rate)
    func slope(_ index: Int) -> Double { numbers[index + 1] - numbers[index - 1] }
    // Means of fewer than 1 / (1 − 0.8) losses are noise.
    #expect(found.unsettled == 5)
    let inner = Array(6..<least)
    let steepest = try #require(inner.min { slope($0) < slope($1) })
    #expect(found.steepest == found.points[steepest].rate)
    #expect(throws: CyclogradError.self) {
      _ = try search.run(
        problem.trainer(TrainerOptions(optimizer: .lbfgs())), on: problem.table, batchSize: 12)
    }
    var noisy = LearningRateSearch.Outcome()
    let losses = [3, 1.5, 1, 1.2, 1.1, 1.15, 1.1, 1.0, 0.8, 0.3, 0.2, 5]
    noisy.points = losses.enumerated().map {
      .init(rate: Double($0), loss: $1, smoothed: $1)
    }
    noisy.unsettled = 4
    #expect(noisy.steepest == 8)
    noisy.points = Array(noisy.points.prefix(5))
    #expect(noisy.steepest == nil)
    #expect(throws: CyclogradError.self) {
      _ = try LearningRateSearch(lowest: 1, highest: 0.1).run(
        trainer, on: problem.table, batchSize: 6)
    }
  }
}
