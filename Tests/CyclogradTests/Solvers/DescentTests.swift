import TestSupport
import Testing

@testable import Cyclograd

@Suite("Descent on the squared residual finds equilibria, or says that it does not")
struct DescentTests {
  @Test("The same equilibria as Newton's method", arguments: DescentSolver.Direction.allCases)
  func equilibria(direction: DescentSolver.Direction) throws {
    let graph = Graph("ring", seed: 2) {
      Group("x", size: 2, role: .input)
      Group("h", size: 6, activation: .tanh, bias: .uniform(-0.5...0.5))
      Group("p", size: 3, combine: .product, units: [.init(.tanh), .init(.logistic)])
      Group("a", size: 2, role: .output, activation: .softmax)
      Connection("x", to: "h", weight: .uniform(-1...1))
      Connection("h", to: "h", weight: .uniform(-0.5...0.5))
      Connection("h", to: "p", weight: .uniform(-1...1))
      Connection("h", to: "p", unit: 1, weight: .uniform(-1...1))
      Connection("p", to: "a", weight: .uniform(-1...1))
      Connection("a", to: "h", weight: .uniform(-1...1))
    }
    let (network, parameters) = try graph.compile()
    let inputs = Matrix([[0.3, -1], [1, 0.2], [-2, 0.6]])
    let options = SolverOptions(tolerance: 1e-12)
    let expected = try Simulator(network, backend: .direct, options: options)
      .equilibrium(parameters, inputs: inputs).requireConverged()
    let backend = try GradientBackend.pair(
      solver: DescentSolver(direction).name, adjoint: "direct")
    let found = try Simulator(network, backend: backend, options: options)
      .equilibrium(parameters, inputs: inputs).requireConverged()
    for (a, b) in zip(found.states.elements, expected.states.elements) {
      #expect(abs(a - b) <= 1e-10)
    }
    let most = direction == .gradient ? 2000 : 150
    #expect(
      found.evidence.allSatisfy { $0.iterations < most }, "\(found.evidence.map(\.iterations))")
  }

  /// A gate without edges would be moved along with what it multiplies, and then be far from its own bias.
  @Test("Units that nothing moves stay where they are", arguments: DescentSolver.Direction.allCases)
  func gates(direction: DescentSolver.Direction) throws {
    let blocks = try ThetaBlocks(
      dimension: 3, steps: 2, theta: 1, stepSize: 0.1, hidden: [6, 5], .tanh, limits: -25 ... -15,
      weights: .uniform(-0.4...0.4), biases: .uniform(-0.2...0.2))
    let (network, initial) = try Graph("gates", seed: 4) {
      blocks.parts
      Inputs(NeuronRange("y0"))
      Outputs(NeuronRange("y2"))
    }.compile()
    var parameters = initial
    // The biases of the gates, almost nothing.
    for p in parameters.values.indices where parameters.values[p] == 0 {
      if network.isTrainable(parameter: p) { parameters.values[p] = 1e-17 }
    }
    let inputs = Matrix([[0.3, -1, 0.4]])
    let expected = try Simulator(network, backend: .direct)
      .equilibrium(parameters, inputs: inputs).requireConverged()
    let backend = try GradientBackend.pair(solver: DescentSolver(direction).name, adjoint: nil)
    let found = try Simulator(network, backend: backend)
      .equilibrium(parameters, inputs: inputs).requireConverged()
    #expect(relativeDifference(found.outputs.elements, expected.outputs.elements) < 1e-8)
    let gate = try #require(network.unitNames.firstIndex(of: "f1.0/1"))
    #expect(found.states[0, gate] == expected.states[0, gate])
  }

  @Test("Where there is no equilibrium it stalls", arguments: DescentSolver.Direction.allCases)
  func none(direction: DescentSolver.Direction) throws {
    // z = z² + 1, whose residual is smallest at z = ½.
    let graph = Graph("none") {
      Group("x", size: 1, role: .input)
      Group("h", size: 1, combine: .product, units: [.init(), .init()])
      Group("y", size: 1, role: .output)
      Connection("x", to: "h", weight: 0)
      Connection("h", to: "h", weight: 1)
      Connection("h", to: "h", unit: 1, weight: 1)
      Connection("h", to: "y", weight: 1)
    }
    var shifted = graph
    shifted.groups[1].units[0].bias = ParameterRule(.constant(1))
    shifted.groups[1].units[1].bias = ParameterRule(.constant(1))
    let (network, parameters) = try shifted.compile()
    let backend = try GradientBackend.pair(
      solver: DescentSolver(direction).name, adjoint: nil)
    let found = try Simulator(network, backend: backend)
      .equilibrium(parameters, inputs: Matrix([[0]]))
    #expect(found.evidence[0].status == .stalled, "\(found.evidence[0])")
  }

  @Test("A limit of iterations is kept")
  func limit() throws {
    let problem = try TrainingProblem()
    let backend = try GradientBackend.pair(solver: "descent:gradient", adjoint: nil)
    let simulator = try Simulator(
      problem.network, backend: backend, options: SolverOptions(maximumIterations: 2))
    let (inputs, _) = problem.table.samples([0])
    let found = try simulator.equilibrium(problem.parameters, inputs: inputs)
    #expect(found.evidence[0].status == .iterationLimit && found.evidence[0].iterations == 2)
  }
}
