import Cyclograd
import Testing

@Suite("Statuses tell the truth")
struct StatusTests {
  static let direct = ["direct", "dense", "klu", "umfpack"]
  static let all = GradientBackend.all.map(\.name)

  /// One neuron with an edge to itself.
  static func loop(_ activation: Activation, weight: Double, bias: Double) -> Graph {
    Graph("loop") {
      Group(
        "z", size: 1, role: [.input, .output], activation: activation, bias: .init(.constant(bias)))
      Connection("z", to: "z", weight: .init(.constant(weight)))
    }
  }

  static func solve(
    _ graph: Graph, _ backend: String, input: [Double] = [0], start: [Double]? = nil,
    options: SolverOptions = SolverOptions()
  ) throws -> Equilibrium {
    let (network, parameters) = try graph.compile()
    return try Simulator(network, backend: .named(backend), options: options)
      .equilibrium(parameters, inputs: Matrix([input]), start: start.map { Matrix([$0]) })
  }

  @Test(
    "A negative loop, whose adjoint is smaller than its right-hand side, has a gradient",
    arguments: all, [-0.5, -0.9, -0.99])
  func negativeLoop(backend: String, weight: Double) throws {
    let equilibrium = try Self.solve(
      Self.loop(.identity, weight: weight, bias: 1), backend)
    #expect(equilibrium.isConverged)
    let simulator = try Simulator(equilibrium.network, backend: .named(backend))
    let outcome = try simulator.differentiate(
      .halfSquaredError, targets: Matrix([[0]]), at: equilibrium)
    #expect(outcome.evidence[0].status == .converged)
    #expect(outcome.evidence[0].residual <= 1e-10)
    let z = 1 / (1 - weight)
    #expect(abs((outcome.gradient?.inputs[0, 0] ?? .nan) - z * z) < 1e-9)
  }

  @Test("A softmax that cannot move has a gradient of zero, not none", arguments: all)
  func rigidSoftmax(backend: String) throws {
    // One neuron alone is always 1; a group far from balance is all but constant.
    for (size, bias) in [(1, 0.0), (3, 45)] {
      let graph = Graph("rigid softmax", seed: 4) {
        Group("h", size: 3, role: .input, activation: .tanh, bias: .uniform(-0.5...0.5))
        Group(
          "s", size: size, role: .output, activation: .softmax,
          bias: .init(.list([bias, 0, 0].prefix(size).map(\.self))))
        Connection("h", to: "s", weight: .uniform(-0.5...0.5))
        Connection("s", to: "h", weight: .uniform(-0.5...0.5))
      }
      let equilibrium = try Self.solve(graph, backend, input: [0.3, 0.2, -0.1])
      guard backend != "cholmod" else {
        #expect(equilibrium.evidence[0].status == .notApplicable)
        continue
      }
      #expect(equilibrium.isConverged)
      let simulator = try Simulator(equilibrium.network, backend: .named(backend))
      let gradient = try simulator.gradient(
        of: .halfSquaredError, targets: Matrix([[0.3, 0.1, 0.2].prefix(size).map(\.self)]),
        at: equilibrium)
      #expect(DenseAlgebra.largest(gradient.parameters) < 1e-15)
      #expect(gradient.evidence[0].residual <= 1e-10)
    }
  }
}
