import TestSupport
import Testing

@testable import Cyclograd

@Suite("Penalties on Jacobians have the values of their definitions, and exact gradients")
struct JacobianPenaltyTests {
  /// Evaluates a term as a training step does.
  static func evaluate(
    _ term: any Regulariser, _ simulator: Simulator, _ parameters: Parameters, _ inputs: Matrix,
    step: Int = 0, samples: [Int]? = nil, others: [any Regulariser] = []
  ) throws -> (value: Double, gradient: [Double]) {
    let trainer = try Trainer(
      simulator, parameters, TrainerOptions(regularisers: [term] + others))
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs).requireConverged()
    var gradient = [Double](repeating: 0, count: parameters.values.count)
    let value = try trainer.regularisers[0].value(
      at: RegularisedStep(
        parameters: parameters, equilibrium: equilibrium, simulator: simulator, step: step,
        samples: samples ?? Array(0..<inputs.rows), seed: 7),
      addingGradientTo: &gradient)
    return (value, gradient)
  }

  /// Compares a gradient with central differences of the value, which is the oracle.
  private static func expectGradient(
    _ term: any Regulariser, _ network: Network, _ parameters: Parameters, _ inputs: Matrix,
    others: [any Regulariser] = [], except isLeftOut: (Int) -> Bool = { _ in false }
  ) throws {
    let simulator = try Simulator(network, options: .init(tolerance: 1e-14))
    let found = try evaluate(term, simulator, parameters, inputs, others: others)
    let h = 1e-5
    for p in parameters.values.indices where network.isTrainable(parameter: p) && !isLeftOut(p) {
      func value(_ shift: Double) throws -> Double {
        var moved = parameters
        moved.values[p] += shift
        return try evaluate(term, simulator, moved, inputs, others: others).value
      }
      let expected =
        try (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
      #expect(
        abs(found.gradient[p] - expected) <= 1e-8 * max(1, abs(expected)),
        "\(term.name), parameter \(p): \(found.gradient[p]), not \(expected)")
    }
  }

  /// A network with cycles, a product, a softmax group and ties.
  private static func cyclic() throws -> (network: Network, parameters: Parameters, inputs: Matrix)
  {
    let graph = Graph("cyclic", seed: 11) {
      Group("x", size: 2, role: .input)
      Group("u", size: 2, role: .input)
      Group("h", size: 3, activation: .tanh, bias: .uniform(-0.3...0.3))
      Group("a", size: 2, activation: .softmax)
      Group(
        "y", size: 2, role: .output, combine: .product,
        units: [.init(.softplus, bias: .uniform(-0.5...0.5)), .init(.logistic)])
      Connection("x", to: "h", weight: .uniform(-0.9...0.9))
      Connection("u", to: "h", weight: .uniform(-0.9...0.9))
      Connection("h", to: "h", weight: .uniform(-0.3...0.3).shared("w"))
      Connection("h", to: "a", weight: .uniform(-0.9...0.9))
      Connection("a", to: "y", weight: .uniform(-0.9...0.9))
      Connection("h", to: "y", unit: 1, weight: .uniform(-0.9...0.9))
      Connection("y", to: "h", weight: .uniform(-0.4...0.4))
    }
    let (network, parameters) = try graph.compile()
    return (
      network, parameters,
      Matrix([[0.3, -0.8, 0.5, 0.1], [1, 0.2, -0.7, 0.4], [-0.4, 0.6, 1, -1]])
    )
  }

  @Test("The squared norm and the trace are those of the Jacobian by differences")
  func values() throws {
    let (network, parameters, inputs) = try Self.cyclic()
    let simulator = try Simulator(network, options: .init(tolerance: 1e-14))
    let h = 1e-4
    var (square, trace) = (0.0, 0.0)
    for i in 0..<2 {
      func outputs(_ shift: Double) throws -> Matrix {
        var moved = inputs
        for row in 0..<3 { moved[row, i] += shift }
        return try simulator.equilibrium(parameters, inputs: moved).outputs
      }
      let points = try [outputs(h), outputs(-h), outputs(2 * h), outputs(-2 * h)]
      for row in 0..<3 {
        for j in 0..<2 {
          let d = points.map { $0[row, j] }
          let slope = (8 * (d[0] - d[1]) - (d[2] - d[3])) / (12 * h)
          square += slope * slope / 3
          if i == j { trace += slope / 3 }
        }
      }
    }
    let jacobian = JacobianPenalty(of: "y", by: "x", frobenius: 0.7)
    let both = JacobianPenalty(of: "y", by: "x", frobenius: 0.7, divergence: -2, probes: .exact)
    let found = try [jacobian, both].map {
      try Self.evaluate($0, simulator, parameters, inputs).value
    }
    #expect(abs(found[0] - 0.7 * square) < 1e-10)
    #expect(abs(found[1] - (0.7 * square - 2 * trace)) < 1e-10)
  }

  @Test("Estimates are right in the mean")
  func estimates() throws {
    let (network, parameters, inputs) = try Self.cyclic()
    let simulator = try Simulator(network, options: .init(tolerance: 1e-12))
    for distribution in ProbeVectors.Distribution.allCases {
      let exact = try Self.evaluate(
        JacobianPenalty(of: "y", by: "x", frobenius: 1, divergence: 1, probes: .exact), simulator,
        parameters, inputs
      ).value
      let term = JacobianPenalty(
        of: "y", by: "x", frobenius: 1, divergence: 1, probes: .random(400, distribution))
      let found = try Self.evaluate(term, simulator, parameters, inputs).value
      #expect(abs(found - exact) < 0.1 * abs(exact), "\(distribution): \(found), not \(exact)")
      #expect(found != exact)
    }
  }

  @Test("Gradients are those of differences, whatever the vectors")
  func gradients() throws {
    let (network, parameters, inputs) = try Self.cyclic()
    for term in [
      JacobianPenalty(of: "y", by: "x", frobenius: 0.7),
      JacobianPenalty(of: "h", by: "u", frobenius: 0.7, probes: .random(1)),
      JacobianPenalty(of: "y", by: "h", frobenius: 0.2, probes: .random(2, .gaussian)),
      JacobianPenalty(of: "y", by: "x", divergence: 0.9, squash: .logistic),
      JacobianPenalty(of: "y", by: "u", frobenius: 0.3, divergence: 0.9, probes: .random(3)),
    ] {
      try Self.expectGradient(term, network, parameters, inputs)
    }
  }

  @Test("Trajectories of two blocks have the known value and gradients", arguments: [false, true])
  func knownTrajectory(holdsStates: Bool) throws {
    let (network, parameters) = try TrajectoryAnswer.graph { TrajectoryAnswer.parameters[$0] }
      .compile()
    let labels = try TrajectoryAnswer.graph { Double($0) }.compile().parameters.values
    let simulator = try Simulator(network, options: .init(tolerance: 1e-15))
    let found = try Self.evaluate(
      TrajectoryAnswer.penalty(holdsStates: holdsStates), simulator, parameters,
      Matrix([TrajectoryAnswer.input]))
    #expect(abs(found.value - TrajectoryAnswer.value) < 1e-13)
    let expected =
      holdsStates ? TrajectoryAnswer.gradientWithStatesHeld : TrajectoryAnswer.gradient
    for p in labels.indices where network.isTrainable(parameter: p) {
      #expect(abs(found.gradient[p] - expected[Int(labels[p])]) < 1e-13, "\(p)")
    }
  }

  /// Tied blocks with a gate, and an input that feeds all of them.
  private static func tied() throws -> (network: Network, parameters: Parameters, inputs: Matrix) {
    var graph = Graph(name: "tied", seed: 5)
    graph.groups = [Group("y0", size: 2, role: .input), Group("c", size: 1, role: .input)]
    func constant(_ from: String, _ to: String, _ weight: Double) {
      graph.connections.append(
        Connection(from, to: to, .oneToOne, weight: .frozen(.constant(weight))))
    }
    for t in 1...3 {
      graph.groups += [
        Group("s\(t)", size: 2, bias: .frozen(.constant(0))),
        Group("h\(t)", size: 3, activation: .gelu, bias: .uniform(-0.4...0.4).shared("b")),
        Group(
          "f\(t)", size: 2, combine: .product,
          units: [
            .init(bias: .frozen(.constant(0))), .init(.logistic, bias: .uniform(0...1).shared("g")),
          ]),
        Group("y\(t)", size: 2, role: t == 3 ? .output : [], bias: .frozen(.constant(0))),
      ]
      constant("y\(t - 1)", "s\(t)", 0.3)
      constant("y\(t)", "s\(t)", 0.7)
      constant("y\(t - 1)", "y\(t)", 1)
      constant("f\(t)", "y\(t)", 0.5)
      graph.connections += [
        Connection("s\(t)", to: "h\(t)", weight: .uniform(-0.9...0.9).shared("w1")),
        Connection("c", to: "h\(t)", weight: .uniform(-0.9...0.9).shared("wc")),
        Connection("h\(t)", to: "f\(t)", weight: .uniform(-0.9...0.9).shared("w2")),
      ]
    }
    let (network, parameters) = try graph.compile()
    return (network, parameters, Matrix([[0.3, -0.8, 0.2], [-0.5, 0.4, -1]]))
  }

  @Test("Trajectories of tied blocks, which others feed, have the gradients of differences")
  func tiedTrajectory() throws {
    let (network, parameters, inputs) = try Self.tied()
    for probes in [ProbeVectors.exact, .random(1), .random(2, .gaussian)] {
      try Self.expectGradient(
        TrajectoryPenalty(
          from: "s{t}", to: "f{t}", at: "y{t}", 1...3, divergence: 0.5, jacobian: 0.2, power: 1,
          probes: probes), network, parameters, inputs)
    }
    try Self.expectGradient(
      TrajectoryPenalty(
        from: "s{t}", to: "f{t}", at: "y{t}", 1...3, divergence: 0.5, squash: .logistic), network,
      parameters, inputs)
  }

  @Test("Blocks that are not tied are kept alike")
  func variation() throws {
    let graph = TrajectoryAnswer.graph { TrajectoryAnswer.parameters[$0] }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network)
    let inputs = Matrix([TrajectoryAnswer.input])
    let term = VariationPenalty(
      blocks: TrajectoryPenalty.blocks(from: "s{t}", to: "f{t}", 1...2), weight: 0.05)
    var expected = 0.0
    for i in 0..<15 {
      let d = TrajectoryAnswer.parameters[15 + i] - TrajectoryAnswer.parameters[i]
      expected += 0.05 / 2 * d * d
    }
    #expect(
      abs(try Self.evaluate(term, simulator, parameters, inputs).value - expected) < 1e-15)
    try Self.expectGradient(term, network, parameters, inputs)
  }
}
