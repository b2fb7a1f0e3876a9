import Testing

@testable import Cyclograd

@Suite("The network of Fig. 1: a neuron that feeds itself")
struct SelfLoopTests {
  static let graph = Graph("self-loop") {
    Group("x", size: 2, role: .input)
    Group("y", size: 1, role: .output, activation: .tanh, bias: 0.25)
    Edge(NeuronReference("x", 0), to: NeuronReference("y", 0), weight: 0.5)
    Edge(NeuronReference("x", 1), to: NeuronReference("y", 0), weight: -0.75)
    Edge(NeuronReference("y", 0), to: NeuronReference("y", 0), weight: 0.5)
  }

  @Test(
    "Every backend finds the equilibrium and the gradient",
    arguments: built(["edge-list", "direct", "klu", "umfpack", "cholmod", "dense"]))
  func solves(backend: String) throws {
    let (network, parameters) = try Self.graph.compile()
    let simulator = try Simulator(network, backend: .named(backend))
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[1, 0.5]]))
    #expect(equilibrium.evidence[0].status == .converged)
    #expect(abs(equilibrium.states[0, 2] - 0.66625576924513686443) < 1e-9)
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: Matrix([[0.3]]), at: equilibrium)
    #expect(abs(gradient.loss - 0.039906384690070707302) < 1e-9)
    let expected: [String: Double] = [
      "x.0": 0.27872331180987528061, "x.1": 0.13936165590493764031,
      "y.0": 0.1623595451754747307,
    ]
    network.forEachParameterUse { use in
      guard let source = use.source else { return }
      #expect(abs(gradient.parameters[use.parameter] - (expected[source] ?? .nan)) < 1e-9)
    }
    #expect(abs(gradient.inputs[0, 1] - -0.20904248385740646046) < 1e-9)
  }
}
