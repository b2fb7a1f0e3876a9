import Foundation
import TestSupport
import Testing

@testable import Cyclograd

/// The oracles are known answers, and central differences of the values.
@Suite("Penalties on what inputs within a box can do")
struct RobustnessTermTests {
  private func value(
    _ term: any Regulariser, _ network: Network, _ parameters: Parameters, inputs: Matrix,
    targets: Matrix?
  ) throws -> (value: Double, gradient: [Double]) {
    let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-14))
    let bound = try term.bound(
      to: TrainedParameters(simulator, groups: [], segments: []))
    var gradient = [Double](repeating: 0, count: network.parameterCount)
    let value = try bound.value(
      at: RegularisedStep(
        parameters: parameters,
        equilibrium: try simulator.equilibrium(parameters, inputs: inputs), simulator: simulator,
        step: 0, samples: Array(0..<inputs.rows), seed: 0, targets: targets),
      addingGradientTo: &gradient)
    return (value, gradient)
  }

  private func checkGradient(
    _ term: any Regulariser, _ network: Network, _ parameters: Parameters, inputs: Matrix,
    targets: Matrix?
  ) throws {
    let (_, gradient) = try value(term, network, parameters, inputs: inputs, targets: targets)
    let step = 1e-6
    let largest = gradient.map(\.magnitude).max() ?? 0
    #expect(largest > 0)
    for index in parameters.values.indices {
      // A weight of 0 is a kink.
      guard parameters.values[index].magnitude > 1e-3 else { continue }
      var ends: [Double] = []
      for side in [step, -step] {
        var moved = parameters
        moved.values[index] += side
        ends.append(
          try value(term, network, moved, inputs: inputs, targets: targets).value)
      }
      let difference = (ends[0] - ends[1]) / (2 * step)
      #expect(
        abs(gradient[index] - difference) < 1e-5 * max(1, largest),
        "\(term.name), parameter \(index): \(gradient[index]) and \(difference)")
    }
  }

  @Test func knownNorms() throws {
    let (network, parameters) = try SmallImplicitModel.graph(.relu).compile()
    let inputs = Matrix([SmallImplicitModel.u])
    let norm = try value(NormBound(2), network, parameters, inputs: inputs, targets: nil)
    #expect(abs(norm.value - 2 * 17.92) < 1e-12)
    let sensitivity = try value(
      SensitivityNorm(0.5), network, parameters, inputs: inputs, targets: nil)
    #expect(abs(sensitivity.value - 0.5 * 10.448582383954577) < 1e-9)
  }

  @Test("Worst-case losses are those of the known answers, and no loss within the box is larger")
  func knownLosses() throws {
    let graph = implicitGraph(
      SmallImplicitModel.a, SmallImplicitModel.b, [[1, -1, 0.5, 0], [0.6, -0.7, 0.4, 1.2]],
      SmallImplicitModel.d, activation: .relu)
    let (network, parameters) = try graph.compile()
    // The known box has a radius for each input, so inputs are scaled to radius 1.
    var scaled = parameters
    let u = zip(SmallImplicitModel.u, SmallImplicitModel.sigma).map { $0 / $1 }
    network.forEachParameterUse { use in
      guard let source = use.source, let j = network.inputNames.firstIndex(of: source) else {
        return
      }
      scaled.values[use.parameter] = parameters.values[use.parameter] * SmallImplicitModel.sigma[j]
    }
    let inputs = Matrix([u])
    let targets = Matrix([[1, 0]])
    let square = try value(
      WorstCaseLoss(1, radius: 1, .square), network, scaled, inputs: inputs, targets: targets)
    #expect(abs(square.value - 5.7298155716345756) < 1e-9)
    let margins = try value(
      WorstCaseLoss(1, radius: 1, .crossEntropy), network, scaled, inputs: inputs,
      targets: targets)
    #expect(abs(margins.value - 1.0192984788777928) < 1e-9)
    let simulator = try Simulator(network)
    var random = TestRandom(2)
    for _ in 0..<50 {
      let moved = Matrix([u.map { $0 + random.symmetricUnit() }])
      let y = try simulator.equilibrium(scaled, inputs: moved).outputs
      #expect((y[0, 0] - 1) * (y[0, 0] - 1) + y[0, 1] * y[0, 1] <= square.value)
      #expect(log(1 + exp(y[0, 1] - y[0, 0])) <= margins.value)
    }
  }

  @Test("The worst case of smoothed classes bounds their loss, and is the mean over classes")
  func smoothedClasses() throws {
    let (network, parameters) = try SmallImplicitModel.graph(.relu).compile()
    let u = Matrix([SmallImplicitModel.u])
    func worst(_ targets: [Double]) throws -> Double {
      try value(
        WorstCaseLoss(1, radius: 0.05, .crossEntropy), network, parameters, inputs: u,
        targets: Matrix([targets])
      ).value
    }
    let mean = try 0.9 * worst([1, 0]) + 0.1 * worst([0, 1])
    #expect(abs(try worst([0.9, 0.1]) - mean) < 1e-12)
    #expect(throws: CyclogradError.self) { try worst([0.9, 0.3]) }
    #expect(throws: CyclogradError.self) { try worst([1.5, -0.5]) }
    var random = TestRandom(3)
    for _ in 0..<20 {
      let moved = Matrix([SmallImplicitModel.u.map { $0 + 0.05 * random.symmetricUnit() }])
      let y = try Simulator(network).equilibrium(parameters, inputs: moved).outputs
      let total = log(exp(y[0, 0]) + exp(y[0, 1]))
      #expect(total - 0.9 * y[0, 0] - 0.1 * y[0, 1] <= mean)
    }
  }

  @Test("Where no input drives a cycle, its eigenvalue counts all the same")
  func undriven() throws {
    func value(_ loop: Double) throws -> Double {
      let (network, parameters) = try Graph("undriven") {
        Group("x", size: 1, role: .input)
        Group("q", size: 1, activation: .tanh, bias: 0.3)
        Group("y", size: 1, role: .output)
        Connection("q", to: "q", weight: ParameterRule(.constant(loop)))
        Connection("q", to: "y", weight: 1)
        Connection("x", to: "y", weight: 2)
      }.compile()
      return try self.value(
        SensitivityNorm(1), network, parameters, inputs: Matrix([[0.5]]), targets: nil
      ).value
    }
    #expect(try value(0.9) == 2)
    for loop in [1, 1.5] {
      #expect { try value(loop) } throws: { ($0 as? CyclogradError)?.code == .notApplicable }
    }
  }

  @Test("Gradients are those of central differences, on networks of any kind", arguments: 0..<6)
  func gradients(_ seed: UInt64) throws {
    var random = TestRandom(seed)
    let isLinear = seed % 2 == 0
    let (network, parameters) = try Graph("random", seed: seed) {
      Group("x", size: 3, role: .input)
      Group("h", size: 5, activation: seed % 3 == 0 ? .relu : .tanh, bias: .uniform(-1...1))
      Group("y", size: 3, role: .output, activation: isLinear ? .identity : .tanh)
      Connection("x", to: "h", weight: .normal(0.7))
      Connection("h", to: "h", weight: .uniform(-0.15...0.15))
      Connection("h", to: "y", weight: .normal(0.7))
      Connection("x", to: "y", weight: .normal(0.3))
    }.compile()
    let inputs = Matrix((0..<3).map { _ in random.vector(3) })
    let classes = Matrix([[1, 0, 0], [0, 0, 1], [0, 1, 0]])
    let smoothed = Matrix([[0.8, 0.1, 0.1], [0, 0.25, 0.75], [0.1, 0.7, 0.2]])
    let numbers = Matrix((0..<3).map { _ in random.vector(3) })
    for (term, targets) in [
      (SensitivityNorm(0.3), nil),
      // Outputs that do more than add up are states, whose rows are too large here.
      isLinear ? (NormBound(0.2), nil) : (SensitivityNorm(1, from: "x"), nil),
      (WorstCaseLoss(0.5, radius: 0.1, .square), numbers),
      (WorstCaseLoss(0.5, radius: 0.1, .crossEntropy, from: "x"), classes),
      (WorstCaseLoss(0.5, radius: 0.1, .crossEntropy), smoothed),
    ] as [(any Regulariser, Matrix?)] {
      try checkGradient(term, network, parameters, inputs: inputs, targets: targets)
    }
  }

  @Test("A training with each term makes it smaller")
  func training() throws {
    let (network, parameters) = try Graph("trained", seed: 3) {
      Group("x", size: 2, role: .input)
      Group("h", size: 4, activation: .tanh)
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", weight: .normal(1))
      Connection("h", to: "h", weight: .uniform(-0.2...0.2))
      Connection("h", to: "y", weight: .normal(1))
    }.compile()
    for term in [
      SensitivityNorm(1), NormBound(0.1), WorstCaseLoss(1, radius: 0.3, .square),
    ] as [any Regulariser] {
      var trainer = try Trainer(
        try Simulator(network), parameters,
        TrainerOptions(
          optimizer: .sgd(), learningRate: LearningRate(0.01), regularisers: [term]))
      var values: [Double] = []
      for _ in 0..<30 {
        let report = try trainer.step(
          inputs: Matrix([[0.5, -1], [1, 1]]), targets: Matrix([[0.1, 0.2], [0, 0]]))
        values.append(try #require(report.regularisation.first).value)
      }
      #expect(values[29] < 0.9 * values[0], "\(term.name): \(values)")
    }
  }

  @Test func refused() throws {
    let (network, parameters) = try SmallImplicitModel.graph(.relu).compile()
    let inputs = Matrix([SmallImplicitModel.u])
    for term in [
      SensitivityNorm(0), NormBound(-1), SensitivityNorm(1, from: "z"),
      WorstCaseLoss(1, radius: 0, .square), WorstCaseLoss(1, radius: .nan, .square),
    ] as [any Regulariser] {
      #expect(throws: CyclogradError.self) {
        try value(term, network, parameters, inputs: inputs, targets: Matrix([[1, 0]]))
      }
    }
    #expect(throws: CyclogradError.self) {
      try value(
        WorstCaseLoss(1, radius: 1, .crossEntropy), network, parameters, inputs: inputs,
        targets: Matrix([[0.5, 0.4]]))
    }
    #expect(throws: CyclogradError.self) {
      try value(
        WorstCaseLoss(1, radius: 1, .square), network, parameters, inputs: inputs, targets: nil)
    }
    var large = parameters
    for index in large.values.indices { large.values[index] *= 4 }
    for term in [SensitivityNorm(1), NormBound(1)] as [any Regulariser] {
      let error = #expect(throws: CyclogradError.self) {
        try value(term, network, large, inputs: inputs, targets: nil)
      }
      #expect(error?.code == .notApplicable)
    }
  }
}
