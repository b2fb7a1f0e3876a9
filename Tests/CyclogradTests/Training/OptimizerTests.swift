import Cyclograd
import Foundation
import Testing

/// Each optimizer for one number, as textbooks have it.
private struct Textbook {
  var w: Double
  var v = 0.0
  var m = 0.0
  var s = 0.0
  var t = 0

  mutating func momentum(_ g: Double, rate: Double, mu: Double) {
    v = mu * v - rate * g
    w = w + v
  }

  /// Two points, as Nesterov has it: x from y by the gradient at y, then y beyond x.
  mutating func nesterov(_ g: Double, rate: Double, mu: Double) {
    // w is y, v is x − x of the step before, m is x before.
    let before = t == 0 ? w : m
    let x = w - rate * g
    t += 1
    w = x + mu * (x - before)
    m = x
  }

  /// As the program of Szekeres & Izsák does it: twice ahead.
  mutating func paper(_ g: Double, rate: Double, mu: Double) {
    v = mu * v - rate * g
    w = w + mu * v - rate * g
  }

  mutating func adam(
    _ g: Double, rate: Double, beta1: Double, beta2: Double, epsilon: Double, decoupled: Double
  ) {
    t += 1
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g * g
    let mHat = m / (1 - pow(beta1, Double(t)))
    let sHat = s / (1 - pow(beta2, Double(t)))
    w = w - rate * mHat / (sqrt(sHat) + epsilon) - rate * decoupled * w
  }
}

@Suite("Optimizers do what textbooks say")
struct OptimizerTests {
  static let rates = LearningRate(0.1, shape: .constant)

  /// Trains with the textbook and differences of the loss, and with the library; compares.
  private func compare(
    _ optimizer: Optimizer, decay: Double = 0, ahead: Double = 0,
    _ update: (inout Textbook, Double) -> Void
  ) throws {
    let problem = try TrainingProblem()
    let simulator = try problem.simulator()
    var trainer = try problem.trainer(
      TrainerOptions(optimizer: optimizer, learningRate: Self.rates, decay: decay))
    var books = problem.parameters.values.map { Textbook(w: $0) }
    let first = problem.parameters.values
    for step in 0..<8 {
      let rows = [step % 12, (step + 5) % 12, (step + 7) % 12]
      let (inputs, targets) = problem.table.samples(rows)
      let point = books.map { $0.w + ahead * $0.v }
      let gradient = try problem.differences(point, rows: rows, simulator)
      for index in books.indices where problem.network.isTrainable(parameter: index) {
        let isWeight = index < problem.network.weightParameterCount
        let g = gradient[index] + (isWeight ? decay * books[index].w : 0)
        update(&books[index], g)
      }
      let report = try trainer.step(inputs: inputs, targets: targets)
      #expect(abs(report.loss - (try problem.loss(point, rows: rows, simulator))) < 1e-6)
    }
    let worst = zip(trainer.parameters.values, books).map { abs($0 - $1.w) }.max() ?? .nan
    #expect(worst < 1e-6, "\(worst)")
    let moved = zip(trainer.parameters.values, first).map { abs($0 - $1) }.max() ?? 0
    #expect(moved > 0.01, "nothing was trained")
  }

  @Test("Gradient descent, with weight decay")
  func plain() throws {
    try compare(.sgd(), decay: 0.05) { $0.momentum($1, rate: 0.1, mu: 0) }
  }

  @Test("Momentum")
  func momentum() throws {
    try compare(.sgd(momentum: 0.8)) { $0.momentum($1, rate: 0.1, mu: 0.8) }
  }

  @Test("Nesterov's method")
  func nesterov() throws {
    try compare(.sgd(momentum: 0.8, nesterov: .standard)) {
      $0.nesterov($1, rate: 0.1, mu: 0.8)
    }
  }

  @Test("Nesterov's method looking ahead twice, as in the paper")
  func paper() throws {
    try compare(.sgd(momentum: 0.8, nesterov: .paper), ahead: 0.8) {
      $0.paper($1, rate: 0.1, mu: 0.8)
    }
  }

  @Test("Adam, with weight decay in the gradient")
  func adam() throws {
    // A large epsilon keeps the errors of differences from being blown up.
    try compare(.adam(beta1: 0.7, beta2: 0.9, epsilon: 0.01), decay: 0.05) {
      $0.adam($1, rate: 0.1, beta1: 0.7, beta2: 0.9, epsilon: 0.01, decoupled: 0)
    }
  }

  @Test("AdamW, without biases' decay")
  func adamW() throws {
    let problem = try TrainingProblem()
    let simulator = try problem.simulator()
    var trainer = try problem.trainer(
      TrainerOptions(
        optimizer: .adamW(epsilon: 0.01), learningRate: Self.rates, decay: 0.3))
    var books = problem.parameters.values.map { Textbook(w: $0) }
    for step in 0..<6 {
      let rows = [step, step + 3]
      let (inputs, targets) = problem.table.samples(rows)
      let gradient = try problem.differences(books.map(\.w), rows: rows, simulator)
      for index in books.indices where problem.network.isTrainable(parameter: index) {
        books[index].adam(
          gradient[index], rate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 0.01,
          decoupled: index < problem.network.weightParameterCount ? 0.3 : 0)
      }
      _ = try trainer.step(inputs: inputs, targets: targets)
    }
    let worst = zip(trainer.parameters.values, books).map { abs($0 - $1.w) }.max() ?? .nan
    #expect(worst < 1e-6, "\(worst)")
  }

  @Test(
    "Constants without a meaning are refused",
    arguments: [
      Optimizer.sgd(momentum: 1), .sgd(momentum: -0.1), .adam(beta1: 1), .adam(beta2: .nan),
      .adamW(epsilon: 0),
    ])
  func invalid(optimizer: Optimizer) throws {
    #expect(throws: CyclogradError.self) {
      try TrainingProblem().trainer(TrainerOptions(optimizer: optimizer))
    }
  }
}
