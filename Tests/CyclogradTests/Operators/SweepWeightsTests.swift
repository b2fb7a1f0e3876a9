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

  @Test("Weights that are changed in place are laid out anew")
  func changedInPlace() throws {
    let problem = try Problem(
      Graph("dense", seed: 5) {
        Group("x", size: 2, role: .input)
        Group("h", size: 80, activation: .tanh)
        Group("y", size: 2, role: .output)
        Connection("x", to: "h", weight: .normal(1))
        Connection("h", to: "h", weight: .normal(0.05))
        Connection("h", to: "y", weight: .normal(0.3))
      }, samples: 9)
    for samples in [1, 9] {
      let inputs = problem.inputMatrix.selecting(rows: Array(0..<samples))
      let targets = problem.targetMatrix.selecting(rows: Array(0..<samples))
      let simulator = try Simulator(problem.network)
      var parameters = problem.parameters
      for step in 0..<6 {
        let found = try simulator.equilibrium(parameters, inputs: inputs)
        let gradient = try simulator.gradient(of: .halfSquaredError, targets: targets, at: found)
        let fresh = try Simulator(problem.network)
        let expected = try fresh.equilibrium(parameters, inputs: inputs)
        #expect(found.states == expected.states)
        let again = try fresh.gradient(of: .halfSquaredError, targets: targets, at: expected)
        #expect(gradient.parameters == again.parameters)
        if step % 2 == 0 {
          parameters.values.withUnsafeMutableBufferPointer { values in
            for index in values.indices { values[index] *= 0.9 }
          }
        }
      }
    }
  }

  /// A large component with neurons that many listen to, and few.
  private static func hubs(_ neurons: Int, samples: Int) throws -> Problem {
    try Problem(
      Graph("hubs", seed: 11) {
        Group("x", size: 2, role: .input)
        Group("h", size: neurons, activation: .tanh, bias: .uniform(-0.3...0.3))
        Group("m", size: 300, activation: .tanh, bias: .uniform(-0.3...0.3))
        Group("y", size: 2, role: .output)
        Connection("x", to: "h", .inDegree(1), weight: .normal(1))
        Connection(
          "h", to: "h", .random(probability: 2 / Double(neurons)), weight: .uniform(-0.2...0.2))
        Connection("h", to: "m", .random(probability: 0.002), weight: .uniform(-0.1...0.1))
        Connection("m", to: "h", .random(probability: 0.002), weight: .uniform(-0.1...0.1))
        Connection("h", to: "y", .inDegree(20), weight: .normal(0.3))
      }, samples: samples)
  }

  private static func row(_ sample: Int, of matrix: Matrix) -> Matrix {
    Matrix(rows: 1, columns: matrix.columns, elements: Array(matrix[row: sample]))
  }

  @Test(
    "In tiles a sample gives what it gives beside others, on any number of threads",
    .ifExhaustive, .tags(.exhaustive))
  func tiles() throws {
    // So many on cycles that their states are far even where the processor fetches eight numbers at a time.
    try checkLarge(Self.hubs(3_000_000, samples: 9)) {
      $0.bundles(isTransposed: false) == nil && $0.bundles(isTransposed: true) == nil
    }
  }

  @Test(
    "In a large component a sample gives what it gives beside others, on any number of threads",
    .tags(.slow), .unlessFast)
  func large() throws {
    try checkLarge(Self.hubs(45_000, samples: 9)) { _ in true }
  }

  private func checkLarge(_ problem: Problem, isMeant: (Component) -> Bool) throws {
    let component = try #require(
      problem.network.stages.filter(\.isCyclic).map { Component(problem.network, stage: $0) }
        .max { $0.neuronCount < $1.neuronCount })
    #expect(component.hasTiles && isMeant(component))
    for backend in ["automatic", "picard+neumann"] {
      func simulator(_ threads: Int) throws -> Simulator {
        try Simulator(
          problem.network, backend: .named(backend),
          options: SolverOptions(tolerance: 1e-12, threads: threads))
      }
      // Eight of them side by side and one alone.
      let together = try simulator(1).equilibrium(problem.parameters, inputs: problem.inputMatrix)
      let one = try simulator(1)
      for sample in [0, 8] {
        let inputs = Self.row(sample, of: problem.inputMatrix)
        let alone = try one.equilibrium(problem.parameters, inputs: inputs)
        #expect(alone.states.elements == Array(together.states[row: sample]))
        let targets = Self.row(sample, of: problem.targetMatrix)
        let gradient = try one.gradient(of: .halfSquaredError, targets: targets, at: alone)
        let other = try simulator(3)
        let again = try other.equilibrium(problem.parameters, inputs: inputs)
        #expect(again.states == alone.states)
        let same = try other.gradient(of: .halfSquaredError, targets: targets, at: again)
        #expect(same.parameters == gradient.parameters && same.inputs == gradient.inputs)
      }
    }
    let oracle = try Simulator(
      problem.network, backend: .edgeList, options: SolverOptions(tolerance: 1e-12))
    let expected = try oracle.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let found = try Simulator(
      problem.network, options: SolverOptions(tolerance: 1e-12)
    ).equilibrium(problem.parameters, inputs: problem.inputMatrix)
    #expect(relativeDifference(found.states.elements, expected.states.elements) < 1e-11)
  }

  @Test(
    "A large network without edges has nothing to lay out", arguments: ["edge-list", "automatic"])
  func noEdges(backend: String) throws {
    let problem = try Problem(
      Graph("none", seed: 2) {
        Group("h", size: 9000, activation: .tanh, bias: .uniform(-1...1))
        Inputs(NeuronRange("h", 0...1))
        Outputs(NeuronRange("h", 8998...8999))
      }, samples: 2)
    let found = try Simulator(problem.network, backend: .named(backend))
      .equilibrium(problem.parameters, inputs: problem.inputMatrix)
    #expect(found.evidence.allSatisfy { $0.status == .converged })
    let layout = problem.network.parameterLayout
    let states = found.states
    for sample in 0..<2 {
      for unit in 0..<9000 {
        let input = unit < 2 ? problem.inputMatrix[sample, unit] : 0
        let bias = problem.parameters.values[Int(layout.biases[unit])]
        #expect(states[sample, unit] == bias + input)
      }
    }
  }
}
