import Cyclograd
import Testing

@Suite("Results do not depend on threads")
struct ThreadTests {
  static func problem() throws -> Problem {
    try Problem(
      Graph("threads", seed: 12) {
        Group("x", size: 3, role: .input)
        Group("h", size: 12, activation: .tanh, bias: .uniform(-0.2...0.2))
        Group("s", size: 3, activation: .softmax)
        Group("y", size: 2, role: .output)
        Connection("x", to: "h")
        Connection("h", to: "h", .random(probability: 0.4), weight: .normal(0.2))
        Connection("h", to: "s", weight: .normal(0.5).shared("w"))
        Connection("s", to: "h", weight: .normal(0.3))
        Connection("h", to: "y")
      }, samples: 37)
  }

  @Test(
    "Bit-identical for 1, 2, 3 and 8 threads",
    arguments: ["automatic", "iterative", "edge-list", "direct", "klu"])
  func threads(backend: String) throws {
    let problem = try Self.problem()
    var first: (Equilibrium, Gradient)?
    for threads in [1, 2, 3, 8] {
      let simulator = try Simulator(
        problem.network, backend: .named(backend), options: SolverOptions(threads: threads))
      for _ in 0..<2 {
        let equilibrium = try simulator.equilibrium(
          problem.parameters, inputs: problem.inputMatrix)
        let gradient = try simulator.gradient(
          of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
        guard let known = first else {
          first = (equilibrium, gradient)
          continue
        }
        #expect(known.0.states == equilibrium.states)
        #expect(known.0.outputs == equilibrium.outputs)
        #expect(known.0.evidence == equilibrium.evidence)
        #expect(known.1.parameters == gradient.parameters)
        #expect(known.1.inputs == gradient.inputs)
        #expect(known.1.loss == gradient.loss)
      }
    }
  }

  @Test(
    "A sample has the same state alone and in a batch, up to the order of sums and the tolerance",
    arguments: [("edge-list", 0), ("direct", 1e-13), ("automatic", 1e-9), ("iterative", 1e-9)])
  func alone(backend: String, tolerance: Double) throws {
    let problem = try Self.problem()
    let simulator = try problem.simulator(backend)
    let batch = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    var sum = [Double](repeating: 0, count: problem.network.parameterCount)
    for row in problem.inputs.indices {
      let alone = try simulator.equilibrium(
        problem.parameters, inputs: Matrix([problem.inputs[row]]))
      #expect(batch[row].states.elements == Array(batch.states[row: row]))
      let difference = relativeDifference(batch[row].states.elements, alone.states.elements)
      #expect(difference <= tolerance)
      let gradient = try simulator.gradient(
        of: .halfSquaredError, targets: Matrix([problem.targets[row]]), at: batch[row])
      for index in sum.indices { sum[index] += gradient.parameters[index] / 37 }
    }
    let mean = try simulator.gradient(
      of: .halfSquaredError, targets: problem.targetMatrix, at: batch)
    #expect(relativeDifference(mean.parameters, sum) <= max(tolerance, 1e-13))
  }

  @Test("One simulator from several tasks at once")
  func tasks() async throws {
    let problem = try Self.problem()
    let simulator = try Simulator(
      problem.network, backend: .direct, options: SolverOptions(threads: 2))
    let expected = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: problem.targetMatrix, at: expected)
    try await withThrowingTaskGroup(of: (Matrix, [Double]).self) { group in
      for _ in 0..<8 {
        group.addTask {
          let equilibrium = try simulator.equilibrium(
            problem.parameters, inputs: problem.inputMatrix)
          let gradient = try simulator.gradient(
            of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
          return (equilibrium.states, gradient.parameters)
        }
      }
      for try await (states, parameters) in group {
        #expect(states == expected.states)
        #expect(parameters == gradient.parameters)
      }
    }
  }

  @Test("A failed call leaves the simulator usable")
  func afterFailure() throws {
    let problem = try Self.problem()
    let simulator = try Simulator(problem.network)
    let expected = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    var wild = problem.parameters
    for index in wild.values.indices { wild.values[index] = 1e200 }
    let failed = try simulator.equilibrium(wild, inputs: problem.inputMatrix)
    #expect(!failed.isConverged)
    #expect(throws: CyclogradError.self) {
      try simulator.equilibrium(problem.parameters, inputs: Matrix([[.nan, 0, 0]]))
    }
    let again = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    #expect(again.states == expected.states)
    #expect(again.evidence == expected.evidence)
  }
}
