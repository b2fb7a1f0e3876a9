import Foundation
import TestSupport
import Testing

@testable import Cyclograd

/// The oracles are steps on inputs that were attacked by hand, and central differences.
@Suite("Training on attacked inputs")
struct AdversarialLossTests {
  private static let x = Matrix([[0.4, -0.9], [0.95, 0.1]])
  private static let y = Matrix([[0.1, 0.2], [-0.4, 0.3]])

  private static func model() throws -> (network: Network, parameters: Parameters) {
    try Graph("attacked", seed: 4) {
      Group("x", size: 2, role: .input)
      Group("h", size: 4, activation: .tanh, bias: .uniform(-0.5...0.5))
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", weight: .normal(1))
      Connection("h", to: "h", weight: .uniform(-0.2...0.2))
      Connection("h", to: "y", weight: .normal(1))
    }.compile()
  }

  private func trainer(
    _ terms: [any Regulariser], _ model: (network: Network, parameters: Parameters)
  ) throws -> Trainer {
    try Trainer(
      Simulator(model.network, options: SolverOptions(tolerance: 1e-14)), model.parameters,
      TrainerOptions(optimizer: .sgd(), learningRate: LearningRate(0.1), regularisers: terms))
  }

  /// The corner of the box, cut by the range, where the half squared error of a sample grows, by finite differences.
  private func corners(_ model: (network: Network, parameters: Parameters)) throws -> Matrix {
    let simulator = try Simulator(model.network, options: SolverOptions(tolerance: 1e-14))
    func loss(_ inputs: Matrix, _ row: Int) throws -> Double {
      let outputs = try simulator.equilibrium(model.parameters, inputs: inputs).outputs
      return (0..<2).reduce(0) { $0 + pow(outputs[row, $1] - Self.y[row, $1], 2) / 2 }
    }
    var result = Self.x
    for row in 0..<2 {
      for j in 0..<2 {
        var moved = Self.x
        moved[row, j] += 1e-6
        let rises = try loss(moved, row) > loss(Self.x, row)
        result[row, j] = min(1, max(-1, Self.x[row, j] + (rises ? 0.1 : -0.1)))
      }
    }
    return result
  }

  @Test("A step with weight 1 is a step on the corners that the loss's gradient points to")
  func corner() throws {
    let model = try Self.model()
    let corners = try corners(model)
    #expect(corners.elements.contains(1) || corners.elements.contains(-1))
    var attacked = try trainer([AdversarialLoss(radius: 0.1, range: -1...1)], model)
    let report = try attacked.step(inputs: Self.x, targets: Self.y)
    var plain = try trainer([], model)
    let expected = try plain.step(inputs: corners, targets: Self.y)
    let term = try #require(report.regularisation.first)
    #expect(term.value > 0)
    #expect(abs(report.loss + term.value - expected.loss) < 1e-12)
    for (a, b) in zip(attacked.parameters.values, plain.parameters.values) {
      #expect(abs(a - b) < 1e-12)
    }
  }

  @Test("A smaller weight mixes both gradients")
  func mixed() throws {
    let model = try Self.model()
    var mixed = try trainer([AdversarialLoss(0.25, radius: 0.1)], model)
    var attacked = try trainer([AdversarialLoss(radius: 0.1)], model)
    var plain = try trainer([], model)
    _ = try mixed.step(inputs: Self.x, targets: Self.y)
    _ = try attacked.step(inputs: Self.x, targets: Self.y)
    _ = try plain.step(inputs: Self.x, targets: Self.y)
    for index in mixed.parameters.values.indices {
      let expected =
        0.25 * attacked.parameters.values[index] + 0.75 * plain.parameters.values[index]
      #expect(abs(mixed.parameters.values[index] - expected) < 1e-12)
    }
  }

  @Test("More steps attack no worse, stay in the box, and random starts depend on the seed alone")
  func steps() throws {
    let model = try Self.model()
    func value(_ term: AdversarialLoss, pieces: Int? = nil) throws -> Double {
      var options = TrainerOptions(
        optimizer: .sgd(), learningRate: LearningRate(0.1), regularisers: [term])
      options.pieceSize = pieces
      var trainer = try Trainer(Simulator(model.network), model.parameters, options)
      let report = try trainer.step(inputs: Self.x, targets: Self.y, samples: [7, 3])
      return try #require(report.regularisation.first).value
    }
    let one = try value(AdversarialLoss(radius: 0.1))
    #expect(try value(AdversarialLoss(radius: 0.1, steps: 8)) >= one - 1e-3 * abs(one))
    let random = AdversarialLoss(radius: 0.1, steps: 3, startsAtRandom: true)
    #expect(try value(random) == value(random))
    #expect(abs(try value(random) - value(random, pieces: 1)) < 1e-9)
    #expect(try value(AdversarialLoss(radius: 1e-300)) == 0)
  }

  @Test("Attacked training makes attacks find less", .tags(.slow), .unlessFast)
  func robust() throws {
    let model = try Self.model()
    var random = TestRandom(8)
    let x = Matrix((0..<40).map { _ in random.vector(2) })
    let y = Matrix((0..<40).map { x[$0, 0] + x[$0, 1] > 0 ? [1, 0] : [0, 1] })
    func after(_ terms: [any Regulariser]) throws -> Double {
      var trainer = try Trainer(
        try Simulator(model.network), model.parameters,
        TrainerOptions(
          loss: .softmaxCrossEntropy, optimizer: .adam(), learningRate: LearningRate(0.02),
          regularisers: terms))
      for _ in 0..<60 { _ = try trainer.step(inputs: x, targets: y) }
      let attack = try Attack(
        on: trainer.parameters, within: InputBox(around: x, radius: 0.1),
        targets: (0..<40).map { y[$0, 0] == 1 ? 0 : 1 }, by: Simulator(model.network))
      return attack.rows.reduce(0) { $0 + max(0, 1 + $1.margin) }
    }
    #expect(try after([AdversarialLoss(radius: 0.1, steps: 2)]) <= after([]))
  }

  @Test func refused() throws {
    let model = try Self.model()
    for term in [
      AdversarialLoss(0, radius: 0.1), AdversarialLoss(1.5, radius: 0.1),
      AdversarialLoss(radius: 0), AdversarialLoss(radius: .infinity),
      AdversarialLoss(radius: 0.1, steps: 0), AdversarialLoss(radius: 0.1, from: "h"),
      AdversarialLoss(radius: 0.1, from: "none"),
    ] {
      #expect(throws: CyclogradError.self) { try trainer([term], model) }
    }
  }
}
