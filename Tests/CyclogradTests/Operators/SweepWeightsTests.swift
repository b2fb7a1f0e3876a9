import SparseAlgebra
import Testing

@testable import Cyclograd

@Suite("Weights laid out for sweeps of one sample")
struct SweepWeightsTests {
  /// Two grids whose neurons listen to their neighbours, the second to the first as well, and a small dense group.
  private static func problem(_ rows: Int, _ columns: Int, seed: UInt64) throws -> Problem {
    let window = Neighborhood(kernel: .init(3, 3), boundary: .zero)
    return try Problem(
      Graph("grids", seed: seed) {
        Group("x", size: 2, role: .input)
        Group("a", shape: [rows, columns], activation: .tanh, bias: .uniform(-0.3...0.3))
        Group("b", shape: [rows, columns], activation: .tanh, bias: .uniform(-0.3...0.3))
        Group("c", size: 40, activation: .logistic, bias: .uniform(-0.3...0.3))
        Group("y", size: 2, role: .output)
        Connection("x", to: "a", .inDegree(1), weight: .normal(1))
        Connection("a", to: "a", .neighborhood(window), weight: .uniform(-0.15...0.15))
        Connection("a", to: "b", .oneToOne, weight: .normal(0.5))
        Connection("b", to: "b", .neighborhood(window), weight: .uniform(-0.15...0.15))
        Connection("b", to: "c", .inDegree(5), weight: .normal(0.5))
        Connection("c", to: "c", weight: .uniform(-0.05...0.05))
        Connection("c", to: "y", .inDegree(20), weight: .normal(0.3))
      }, samples: 1)
  }

  @Test(
    "The equilibrium and the gradient are those of edge-by-edge sweeps, call after call",
    .tags(.slow), .unlessFast,
    arguments: [(10, 22), (40, 64)])
  func agrees(rows: Int, columns: Int) throws {
    let problem = try Self.problem(rows, columns, seed: 7)
    let components = problem.network.stages.filter(\.isCyclic).map {
      Component(problem.network, stage: $0)
    }
    try #require(components.count == 3)
    for component in components {
      for isTransposed in [false, true] {
        #expect(component.bundles(isTransposed: isTransposed) != nil)
      }
    }
    let options = SolverOptions(tolerance: 1e-12)
    let reference = try Simulator(problem.network, backend: .edgeList, options: options)
    let names = ["picard+neumann", "anderson+neumann", "automatic"]
    let simulators = try names.flatMap { name in
      try [1, 3].map {
        try Simulator(
          problem.network, backend: .named(name),
          options: SolverOptions(tolerance: 1e-12, threads: $0))
      }
    }
    var parameters = problem.parameters
    for _ in 0..<3 {
      let expected = try reference.equilibrium(parameters, inputs: problem.inputMatrix)
      let gradient = try reference.gradient(
        of: .halfSquaredError, targets: problem.targetMatrix, at: expected)
      try #require(expected.evidence[0].iterations > ComponentWorkspace.fewSweeps)
      var states: [[Double]] = []
      for simulator in simulators {
        let found = try simulator.equilibrium(parameters, inputs: problem.inputMatrix)
        #expect(relativeDifference(found.states.elements, expected.states.elements) < 1e-11)
        let own = try simulator.gradient(
          of: .halfSquaredError, targets: problem.targetMatrix, at: found)
        #expect(relativeDifference(own.parameters, gradient.parameters) < 1e-10)
        states.append(found.states.elements + own.parameters)
      }
      // With one thread and with three.
      for pair in stride(from: 0, to: states.count, by: 2) {
        #expect(states[pair] == states[pair + 1])
      }
      for index in parameters.values.indices { parameters.values[index] *= 0.9 }
    }
  }
}
