import Cyclograd
import TestSupport
import Testing

@Suite("Every named solver agrees with the dense oracle", .tags(.slow), .unlessFast)
struct NamedSolverTests {
  @Test(
    "State solvers on tame random graphs",
    arguments: GradientBackend.stateSolvers.map(\.name))
  func states(solver: String) throws {
    for seed in 0..<40 {
      let problem = try Problem(RandomGraphs.make(.tame, seed: UInt64(seed)), seed: UInt64(seed))
      let simulator = try problem.simulator("\(solver)+direct", tolerance: 1e-12)
      let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      #expect(equilibrium.isConverged, "\(solver), seed \(seed)")
      let oracle = DenseOracle(problem.network, problem.parameters)
      for row in problem.inputs.indices where equilibrium.isConverged {
        let z = Array(equilibrium.states[row: row])
        let exact = try #require(try oracle.equilibrium(problem.inputs[row], from: z))
        for (z, exact) in zip(z, exact) {
          #expect(abs(z - exact) <= 1e-10 * max(1, abs(exact)), "\(solver), seed \(seed)")
        }
      }
    }
  }

  @Test(
    "Adjoint solvers on tame random graphs",
    arguments: GradientBackend.adjointSolvers.map(\.name))
  func adjoints(adjoint: String) throws {
    for seed in 0..<40 {
      let problem = try Problem(RandomGraphs.make(.tame, seed: UInt64(seed)), seed: UInt64(seed))
      let simulator = try problem.simulator("newton+\(adjoint)", tolerance: 1e-13)
      let oracle = DenseOracle(problem.network, problem.parameters)
      // The states are the oracle's, so that what is compared is the adjoint alone.
      let near = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      let states = try problem.inputs.indices.map { row in
        try #require(
          try oracle.equilibrium(problem.inputs[row], from: Array(near.states[row: row])))
      }
      let expected = try oracle.gradient(
        ReferenceLoss(problem.loss), at: states, targets: problem.targets)
      let equilibrium = try simulator.equilibrium(
        problem.parameters, inputs: problem.inputMatrix, at: Matrix(states))
      let found = try simulator.gradient(
        of: problem.loss, targets: problem.targetMatrix, at: equilibrium)
      #expect(
        relativeDifference(found.parameters, expected.parameters, floor: 1e-5) <= 1e-10,
        "\(adjoint), seed \(seed)")
    }
  }

  @Test("None reports convergence where there is no equilibrium: z = softplus(z) + 1")
  func none() throws {
    let graph = Graph("none") {
      Group("x", size: 1, role: .input)
      Group("h", size: 1, activation: .softplus, bias: ParameterRule(.constant(1)))
      Group("y", size: 1, role: .output)
      Connection("x", to: "h", weight: ParameterRule(.constant(1)))
      Connection("h", to: "h", weight: ParameterRule(.constant(1)))
      Connection("h", to: "y", weight: ParameterRule(.constant(1)))
    }
    let (network, parameters) = try graph.compile()
    for solver in GradientBackend.stateSolvers {
      let simulator = try Simulator(network, backend: .pair(solver: solver.name, adjoint: nil))
      let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[0]]))
      #expect(!equilibrium.isConverged, "\(solver.name)")
    }
  }
}
