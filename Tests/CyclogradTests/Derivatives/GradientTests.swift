import Cyclograd
import TestSupport
import Testing

@Suite(
  "Gradients agree with the dense oracle, dual numbers and central differences", .tags(.slow),
  .unlessFast)
struct GradientTests {
  static let general = built([
    "automatic", "edge-list", "direct", "iterative", "dense", "klu", "umfpack",
  ])

  /// Two inputs, a cycle of three neurons with a self-loop, and an output downstream.
  static func cycle(_ activation: Activation, _ scale: Double = 0.3) -> Graph {
    let bias = activation == .reciprocal ? 5.0 : 0.2
    return Graph("cycle") {
      Group("x", size: 2, role: .input)
      Group("h", size: 3, activation: activation, bias: [bias, bias - 0.5, bias + 0.1])
      Group("y", size: 2, role: .output, activation: activation, bias: .init(.constant(bias)))
      Connection("x", to: "h", weight: .uniform(-scale...scale))
      Connection("h", to: "h", weight: .uniform(-scale...scale))
      Connection("h", to: "y", weight: .uniform(-scale...scale))
    }
  }

  @Test("Every activation", arguments: ReferenceActivation.all, general)
  func activation(_ activation: Activation, backend: String) throws {
    try Problem(Self.cycle(activation)).expectAgreement(backend, directions: 3, "\(activation)")
  }

  @Test("Every derivative by itself, in dual numbers", arguments: ReferenceActivation.all)
  func everyEntry(_ activation: Activation) throws {
    let problem = try Problem(Self.cycle(activation), samples: 1)
    let simulator = try problem.simulator("direct")
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
    let oracle = DenseOracle(problem.network, problem.parameters)
    let scale = DenseAlgebra.largest(gradient.parameters)
    for parameter in 0..<problem.network.parameterCount {
      var direction = [Double](repeating: 0, count: problem.network.parameterCount)
      direction[parameter] = 1
      let dual = try #require(
        oracle.dualDerivative(
          ReferenceLoss(.halfSquaredError), inputs: problem.inputs[0], target: problem.targets[0],
          at: Array(equilibrium.states[row: 0]), along: direction, inputDirection: [0, 0]))
      #expect(abs(dual - gradient.parameters[parameter]) <= 1e-12 * scale)
    }
  }

  @Test("Neurons of several units", arguments: Group.Combination.allCases, general)
  func severalUnits(_ combination: Group.Combination, backend: String) throws {
    for activations in [
      [Activation.arctan, .logistic], [.identity, .tanh, .cos], [.tanh, .tanh],
      [.silu, .complement], [.tanh, .arctan, .logistic, .identity],
    ] where combination != .select || activations.count % 2 == 0 {
      let graph = Graph("several units", seed: 3) {
        Group("x", size: 2, role: .input)
        Group(
          "h", size: 3, combine: combination,
          units: activations.map { Group.Unit($0, bias: .uniform(-0.4...0.4)) })
        Group("y", size: 2, role: .output, activation: .tanh)
        for unit in activations.indices {
          Connection("x", to: "h", unit: unit, weight: .uniform(-0.5...0.5))
          // A choice that depends on itself jumps, and may have no equilibrium.
          if combination != .select || unit >= activations.count / 2 {
            Connection("h", to: "h", unit: unit, weight: .uniform(-0.15...0.15))
            Connection("y", to: "h", unit: unit, weight: .uniform(-0.15...0.15))
          }
        }
        Connection("h", to: "y", weight: .uniform(-0.4...0.4))
      }
      try Problem(graph).expectAgreement(backend, "\(activations)")
    }
  }

  @Test("A factor of exactly zero in a product")
  func zeroFactor() throws {
    let graph = Graph("zero factor") {
      Group(
        "p", size: 1, role: [.input, .output], combine: .product,
        units: [.init(.tanh, bias: 0), .init(.identity, bias: 0.5), .init(.logistic, bias: 1)])
      Group("q", size: 1, role: .output, activation: .tanh, bias: 0.3)
      Connection("p", to: "q", weight: 0.5)
      Connection("q", to: "p", unit: 1, weight: 0.25)
    }
    var problem = try Problem(graph, samples: 1)
    problem.inputs = [[0]]
    for backend in Self.general { try problem.expectAgreement(backend) }
  }

  @Test("Softmax groups in and out of cycles, several in one component", arguments: general)
  func softmax(backend: String) throws {
    let graph = Graph("softmax", seed: 5) {
      Group("x", size: 3, role: .input, activation: .softmax)
      Group("h", size: 3, activation: .tanh)
      Group("s", size: 4, activation: .softmax)
      Group("t", size: 2, activation: .softmax)
      Group(
        "p", size: 2, combine: .product, units: [.init(.arctan), .init(.logistic, bias: 0.4)])
      Group("y", size: 3, role: .output, activation: .softmax)
      Connection("x", to: "h", weight: .normal(0.5))
      Connection("h", to: "s", weight: .normal(0.5))
      Connection("s", to: "s", self: false, weight: .normal(0.5))
      Connection("s", to: "t", weight: .normal(0.5))
      Connection("t", to: "h", weight: .normal(0.5))
      Connection("t", to: "p", unit: 0, weight: .normal(0.5))
      Connection("s", to: "p", unit: 1, weight: .normal(0.5))
      Connection("p", to: "s", weight: .normal(0.5))
      Connection("p", to: "y", weight: .normal(0.5))
      Connection("s", to: "y", weight: .normal(0.5))
    }
    let problem = try Problem(graph)
    #expect(problem.network.cyclicComponentCount == 1)
    #expect(problem.network.largestComponent == 11)
    try problem.expectAgreement(backend, directions: 3)
  }

  @Test("Tied and frozen parameters have the sum of the derivatives", arguments: general)
  func ties(backend: String) throws {
    let graph = Graph("ties", seed: 2) {
      Group("x", size: 3, role: .input)
      Group("h", size: 3, activation: .tanh, bias: .single(0.1))
      Group("k", size: 3, activation: .arctan, bias: .uniform(-0.1...0.1).shared("bias"))
      Group("y", size: 3, role: .output, activation: .softsign, bias: .shared("bias"))
      Connection("x", to: "h", weight: .frozen(.uniform(lower: -0.5, upper: 0.5)))
      Connection("h", to: "h", weight: .uniform(-0.3...0.3).shared("lateral"))
      Connection("k", to: "k", weight: .shared("lateral"))
      Connection("h", to: "k", weight: .single(0.2))
      Connection("k", to: "h", .oneToOne, weight: .uniform(-0.3...0.3).shared("one").frozen())
      Connection("k", to: "y", .oneToOne, weight: .shared("one"))
      Edge(.init("h", 0), to: .init("y", 1), weight: .init(0.3, share: "edge"))
      Edge(.init("h", 1), to: .init("y", 2), weight: .shared("edge"))
    }
    let problem = try Problem(graph)
    // 9 + 9 + 1 + 3 + 1 weights; 3 input biases, 1 + 3.
    #expect(problem.network.weightParameterCount == 23)
    #expect(problem.network.parameterCount == 30)
    #expect(problem.network.trainableParameterCount == 30 - 9 - 3 - 3)
    try problem.expectAgreement(backend, directions: 3)
  }

  @Test("An output that is an input, a self-loop and an isolated neuron", arguments: general)
  func odd(backend: String) throws {
    let graph = Graph("odd") {
      Group("a", size: 2, role: [.input, .output], activation: .tanh, bias: 0.1)
      Group("b", size: 1, role: .output, activation: .logistic)
      Edge(.init("a", 0), to: .init("a", 0), weight: -0.7)
    }
    try Problem(graph, samples: 3).expectAgreement(backend)
  }
}
