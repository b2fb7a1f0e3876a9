import TestSupport
import Testing

@testable import Cyclograd

@Suite("The loss and the terms beside it share one adjoint")
struct SharedAdjointTests {
  /// Blocks with cycles of their own, tied, that end in the outputs.
  private static func blocks() throws -> (
    network: Network, parameters: Parameters, inputs: Matrix, targets: Matrix
  ) {
    var graph = Graph(name: "blocks", seed: 8)
    graph.groups = [Group("y0", size: 2, role: .input)]
    for t in 1...2 {
      graph.groups += [
        Group("s\(t)", size: 2, bias: .frozen(.constant(0))),
        Group("h\(t)", size: 3, activation: .tanh, bias: .uniform(-0.4...0.4).shared("b")),
        Group("f\(t)", size: 2, bias: .frozen(.constant(0))),
        Group("y\(t)", size: 2, role: t == 2 ? .output : [], bias: .frozen(.constant(0))),
      ]
      for (from, to, weight) in [
        ("y\(t - 1)", "s\(t)", 0.5), ("y\(t)", "s\(t)", 0.5), ("y\(t - 1)", "y\(t)", 1),
        ("f\(t)", "y\(t)", 0.4),
      ] {
        graph.connections.append(
          Connection(from, to: to, .oneToOne, weight: .frozen(.constant(weight))))
      }
      graph.connections += [
        Connection("s\(t)", to: "h\(t)", weight: .uniform(-0.9...0.9).shared("w1")),
        Connection("h\(t)", to: "f\(t)", weight: .uniform(-0.9...0.9).shared("w2")),
      ]
    }
    let (network, parameters) = try graph.compile()
    return (
      network, parameters, Matrix([[0.3, -0.8], [1, 0.2], [-0.4, 0.6]]),
      Matrix([[0.1, 0.5], [-0.3, 0.9], [0.7, 0.2]])
    )
  }

  private static let terms: [[any Regulariser]] = [
    [JacobianPenalty(of: "y2", by: "y0", frobenius: 0.3, probes: .random(1))],
    [JacobianPenalty(of: "f2", by: "y1", frobenius: 0.3, divergence: -0.2, probes: .random(2))],
    [JacobianPenalty(of: "h1", by: "y0", frobenius: 0.3, probes: .exact)],
    [TrajectoryPenalty(from: "s{t}", to: "f{t}", at: "y{t}", 1...2, divergence: 1, jacobian: 0.4)],
    [
      TrajectoryPenalty(from: "s{t}", to: "f{t}", at: "y{t}", 1...2, jacobian: 0.4),
      JacobianPenalty(of: "y2", by: "y0", frobenius: 0.3, probes: .random(1)),
      JacobianPenalty(of: "y1", by: "y0", frobenius: 0.1),
    ],
  ]

  /// The slope as a training step has it, and the sum of the gradients of all parts, each by itself.
  private static func slopes(
    _ terms: [any Regulariser], kind: GradientKind = .exact
  ) throws -> (together: [Double], apart: [Double]) {
    let (network, parameters, inputs, targets) = try blocks()
    let simulator = try Simulator(network, options: .init(tolerance: 1e-14))
    let trainer = try Trainer(
      simulator, parameters, TrainerOptions(gradient: kind, regularisers: terms, seed: 4))
    let objective = try Objective(
      meanOf: .halfSquaredError, targets: targets, samples: inputs.rows, network)
    let samples = [7, 2, 5]
    let solved = try trainer.slope(inputs, objective, samples, parameters)
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs).requireConverged()
    var apart = try simulator.differentiate(
      .halfSquaredError, targets: targets, at: equilibrium, kind: kind
    ).get().parameters
    for term in trainer.regularisers {
      _ = try term.value(
        at: RegularisedStep(
          parameters: parameters, equilibrium: equilibrium, simulator: simulator, step: 0,
          samples: samples, seed: 4), addingGradientTo: &apart)
    }
    let together = try #require(solved.slope).gradient
    // The others may be left out.
    let trained = together.indices.filter(network.isTrainable(parameter:))
    return (trained.map { together[$0] }, trained.map { apart[$0] })
  }

  @Test("Gradients are those of all parts, each by itself", arguments: terms.indices)
  func parts(_ index: Int) throws {
    for kind in [GradientKind.exact, .semi] {
      let (together, apart) = try Self.slopes(Self.terms[index], kind: kind)
      for (a, b) in zip(together, apart) {
        #expect(abs(a - b) <= 1e-12 * max(1, abs(b)), "\(a), not \(b)")
      }
    }
  }

  @Test("Gradients are those of differences", arguments: terms.indices)
  func differences(_ index: Int) throws {
    let (network, parameters, inputs, targets) = try Self.blocks()
    let simulator = try Simulator(network, options: .init(tolerance: 1e-14))
    let trainer = try Trainer(
      simulator, parameters, TrainerOptions(regularisers: Self.terms[index], seed: 4))
    let objective = try Objective(
      meanOf: .halfSquaredError, targets: targets, samples: inputs.rows, network)
    func slope(_ moved: Parameters) throws -> Trainer.Slope {
      try #require(try trainer.slope(inputs, objective, [7, 2, 5], moved).slope)
    }
    let found = try slope(parameters).gradient
    let h = 1e-4
    for p in parameters.values.indices where network.isTrainable(parameter: p) {
      func value(_ shift: Double) throws -> Double {
        var moved = parameters
        moved.values[p] += shift
        let slope = try slope(moved)
        return slope.terms.reduce(slope.loss) { $0 + $1.value }
      }
      let expected =
        try (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
      #expect(abs(found[p] - expected) <= 1e-8 * max(1, abs(expected)), "parameter \(p)")
    }
  }

  @Test("A sample without a loss is left out of everything")
  func failures() throws {
    let (network, parameters, inputs, targets) = try Self.blocks()
    let simulator = try Simulator(network, options: .init(tolerance: 1e-14))
    let trainer = try Trainer(
      simulator, parameters, TrainerOptions(regularisers: Self.terms[0], seed: 4))
    func solved(_ targets: Matrix, _ rows: [Int], _ samples: [Int]) throws -> Trainer.Solved {
      let part = targets.selecting(rows: rows)
      let objective = try Objective(
        meanOf: .halfSquaredError, targets: part, samples: rows.count, network)
      return try trainer.slope(inputs.selecting(rows: rows), objective, samples, parameters)
    }
    var broken = targets
    broken[1, 0] = 1e200
    let found = try solved(broken, [0, 1, 2], [7, 2, 5])
    #expect(found.skipped.map(\.sample) == [2] && found.rows == [0, 2] && found.used == 2)
    let expected = try solved(targets, [0, 2], [7, 5])
    #expect(found.slope?.gradient == expected.slope?.gradient)
    #expect(found.slope?.loss == expected.slope?.loss)
  }

  @Test("Its bits depend neither on threads nor on what stands beside a sample")
  func bits() throws {
    let graph = Graph("large", seed: 3) {
      Group("x", size: 4, role: .input)
      Group("h", size: 600, activation: .tanh, bias: .uniform(-0.1...0.1))
      Group("y", size: 4, role: .output)
      Connection("x", to: "h", .inDegree(2), weight: .uniform(-1...1))
      Connection(
        "h", to: "h", .random(probability: 0.008), self: false, weight: .uniform(-0.3...0.3))
      Connection("h", to: "y", .inDegree(9), weight: .uniform(-1...1))
    }
    let (network, parameters) = try graph.compile()
    let terms = [JacobianPenalty(of: "y", by: "x", frobenius: 0.1, probes: .random(1))]
    func slope(_ count: Int, threads: Int) throws -> Trainer.Slope {
      let simulator = try Simulator(network, options: .init(threads: threads))
      let trainer = try Trainer(simulator, parameters, TrainerOptions(regularisers: terms))
      func rows(_ row: [Double]) -> Matrix { Matrix((0..<count).map { _ in row }) }
      let objective = try Objective(
        meanOf: .halfSquaredError, targets: rows([0.1, 0.4, -0.2, 0.3]), samples: count, network)
      return try #require(
        try trainer.slope(
          rows([0.5, -0.3, 0.8, 0.1]), objective, (0..<count).map { _ in 6 }, parameters
        ).slope)
    }
    let alone = try slope(1, threads: 1)
    #expect(try slope(1, threads: 2).gradient == alone.gradient)
    // Derivatives by weights are dot products over the samples, whose mean is exact for eight equal ones.
    let weights = 0..<network.weightParameterCount
    for threads in 1...2 {
      let together = try slope(8, threads: threads)
      #expect(together.gradient[weights] == alone.gradient[weights])
    }
  }
}
