import Testing

@testable import Cyclograd

@Suite("A training's derivatives are those of the whole gradient")
struct TrainedDerivativeTests {
  /// Two layers before a cycle, of which a training changes all, the second and the cycle, the cycle alone, or nothing.
  private static func problem(_ frozen: Int) throws -> Problem {
    func weight(_ deviation: Double, _ layer: Int) -> ParameterRule {
      ParameterRule(.normal(deviation: deviation), isTrainable: frozen <= layer)
    }
    func bias(_ layer: Int) -> ParameterRule {
      ParameterRule(.uniform(lower: -0.2, upper: 0.2), isTrainable: frozen <= layer)
    }
    return try Problem(
      Graph("layers", seed: 3) {
        Group("x", size: 3, role: .input)
        Group("u", size: 5, activation: .tanh, bias: bias(0))
        Group("v", size: 4, activation: .relu, bias: bias(1))
        Group("h", size: 12, activation: .tanh, bias: bias(2))
        Group("y", size: 2, role: .output, bias: bias(2))
        Connection("x", to: "u", weight: weight(0.5, 0))
        Connection("u", to: "v", weight: weight(0.5, 1))
        Connection("v", to: "h", weight: weight(0.5, 2))
        Connection("h", to: "h", weight: weight(0.1, 2))
        Connection("h", to: "y", weight: weight(0.5, 2))
      }, samples: 5)
  }

  @Test("Where the first layers are frozen, nothing else changes", arguments: 0...3)
  func frozen(layers: Int) throws {
    let problem = try Self.problem(layers)
    let network = problem.network
    let simulator = try Simulator(network)
    let found = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let objective = try Objective(
      meanOf: HalfSquaredError(), targets: problem.targetMatrix, samples: 5, network)
    let whole = try simulator.differentiate(
      objective, at: found, kind: .exact, skippingFailures: false
    ).get()
    let trained = try simulator.differentiate(
      objective, at: found, kind: .exact, skippingFailures: false, trainedOnly: true
    ).get()
    #expect(trained.loss == whole.loss)
    for index in whole.parameters.indices where network.isTrainable(parameter: index) {
      #expect(trained.parameters[index] == whole.parameters[index])
    }
    // What is upstream of the first trained layer is not computed.
    #expect(trained.inputs.elements.allSatisfy { $0 == 0 })
    #expect(!whole.inputs.elements.allSatisfy { $0 == 0 })
  }
}
