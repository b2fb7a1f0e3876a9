import SparseAlgebra
import TestSupport
import Testing

@testable import Cyclograd

/// Other suites may run at the same time on any instruction set: nobody can tell.
@Suite("Results are the same on every instruction set, bit for bit", .serialized)
struct InstructionSetTests {
  /// All bits of a solve and of a gradient.
  private func answer(_ graph: Graph, samples: Int, seed: UInt64) throws -> [UInt64] {
    let (network, parameters) = try graph.compile()
    var random = TestRandom(seed)
    let inputs = Matrix(
      rows: samples, columns: network.inputCount,
      elements: (0..<samples * network.inputCount).map { _ in 2 * random.symmetricUnit() })
    let targets = Matrix(
      rows: samples, columns: network.outputCount,
      elements: (0..<samples * network.outputCount).map { _ in random.symmetricUnit() })
    let simulator = try Simulator(network, backend: .named("iterative"))
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    let gradient = try simulator.differentiate(
      .halfSquaredError, targets: targets, at: equilibrium
    ).gradient
    return
      (equilibrium.states.elements + (gradient?.parameters ?? [])
      + (gradient?.inputs.elements ?? [])).map(\.bitPattern)
  }

  @Test(
    "Networks",
    arguments: [Activation.tanh, .logistic, .arctan, .relu, .clamp(lower: -0.5, upper: 2)],
    [1, 3, 40])
  func networks(activation: Activation, samples: Int) throws {
    defer { InstructionSet.limit(to: .avx512) }
    for seed in UInt64(0)..<3 {
      let size = [37, 300, 1000][Int(seed)]
      let graph = Graph("sets", seed: seed) {
        Group("x", size: 5, role: .input)
        Group("h", size: size, activation: activation, bias: .uniform(-1...1))
        Group("y", size: 3, role: .output)
        Connection("x", to: "h")
        Connection("h", to: "h", .inDegree(min(size, 9)), weight: .normal(0.2))
        Connection("h", to: "y")
      }
      var known: [UInt64]?
      for set in InstructionSet.allCases {
        InstructionSet.limit(to: set)
        let found = try answer(graph, samples: samples, seed: seed)
        if let known { #expect(found == known, "\(set), \(size) neurons") }
        known = known ?? found
      }
    }
  }

  @Test("Activations of any number", arguments: [VectorMath.Function.tanh, .logistic, .arctan])
  func activations(function: VectorMath.Function) {
    defer { InstructionSet.limit(to: .avx512) }
    var random = TestRandom(5)
    let numbers = (0..<20_000).map { index in
      index % 3 == 0 ? Double(bitPattern: random.next()) : 30 * random.symmetricUnit()
    }.filter { !$0.isNaN }
    var known: [UInt64]?
    for set in InstructionSet.allCases {
      InstructionSet.limit(to: set)
      var (values, slopes) = (numbers, numbers)
      VectorMath.evaluate(
        function, numbers, count: numbers.count, value: &values, derivative: &slopes)
      let bits = (values + slopes).map(\.bitPattern)
      if let known { #expect(bits == known, "\(set)") }
      known = known ?? bits
    }
  }
}
