import Cyclograd
import Foundation
import Testing

@Suite("Statuses tell the truth")
struct StatusTests {
  static let direct = built(["direct", "dense", "klu", "umfpack"])
  static let all = GradientBackend.available.map(\.name)

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

  @Test("A condition that is infinite or no number leaves no digits")
  func digits() {
    #expect(ConditionEvidence.estimate(.infinity).digits == 0)
    #expect(ConditionEvidence.estimate(.nan).digits == 0)
    #expect(ConditionEvidence.estimate(.greatestFiniteMagnitude).digits == 0)
    #expect(ConditionEvidence.estimate(1).digits == 15)
    #expect(ConditionEvidence.unknown.digits == nil)
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

  @Test(
    "A network without equilibrium never converges", .tags(.slow), .unlessFast, arguments: all,
    [
      loop(.softplus, weight: 1, bias: 0.5), loop(.relu, weight: 1, bias: 1),
      loop(.identity, weight: 1, bias: 1), loop(.identity, weight: 1, bias: 1e-6),
      loop(.softplus, weight: 1, bias: 0), loop(.leakyReLU(slope: 1), weight: 1, bias: -2),
    ])
  func noEquilibrium(backend: String, graph: Graph) throws {
    for start in [nil, [-30.0], [3.0], [40]] as [[Double]?] {
      // softplus(40) is 40 in double precision: an equilibrium to rounding, and kept (see KeptStartTests).
      if start == [40], graph == Self.loop(.softplus, weight: 1, bias: 0) { continue }
      let equilibrium = try Self.solve(graph, backend, start: start)
      #expect(!equilibrium.isConverged, "\(graph) from \(String(describing: start))")
      #expect(equilibrium.outputs[0, 0].isNaN)
      let simulator = try Simulator(equilibrium.network, backend: .named(backend))
      #expect(throws: CyclogradError.self) {
        try simulator.gradient(of: .halfSquaredError, targets: Matrix([[0]]), at: equilibrium)
      }
    }
  }

  @Test("Plain iteration on a two-cycle oscillates for ever, Newton finds the equilibrium")
  func oscillation() throws {
    let graph = Graph("oscillation") {
      Group("a", size: 1, role: .input, activation: .tanh)
      Group("b", size: 1, role: .output, activation: .tanh)
      Edge(.init("a", 0), to: .init("b", 0), weight: 2)
      Edge(.init("b", 0), to: .init("a", 0), weight: -2)
    }
    let plain = try Self.solve(graph, "edge-list", input: [0.3])
    #expect(plain.evidence[0].status == .iterationLimit)
    #expect(plain.evidence[0].iterations == 10_000)
    #expect(plain.evidence[0].residual > 1e-3)
    for backend in Self.direct {
      let equilibrium = try Self.solve(graph, backend, input: [0.3])
      #expect(equilibrium.evidence[0].status == .converged)
      let z = Array(equilibrium.states[row: 0])
      let oracle = DenseOracle(equilibrium.network, equilibrium.parameters)
      #expect(DenseAlgebra.largest(oracle.residual(z, oracle.drive([0.3]))) < 1e-14)
      // There it also differentiates, and the series of Algorithm 2 says that it does not.
      let series = try Simulator(equilibrium.network, backend: .edgeList).differentiate(
        .halfSquaredError, targets: Matrix([[0]]), at: equilibrium)
      #expect(series.gradient == nil)
      #expect(series.evidence[0].status == .diverged)
    }
  }

  @Test(
    "Where the matrix is singular at the start, the shift leads away from there",
    arguments: direct + built(["cholmod"]))
  func singularStart(backend: String) throws {
    // z = tanh z + 0.5 has slope 1 at 0, and Newton's step does not exist there.
    let equilibrium = try Self.solve(
      Self.loop(.tanh, weight: 1, bias: 0.5), backend, start: [0])
    #expect(equilibrium.evidence[0].status == .converged, "\(equilibrium.evidence[0])")
    let z = equilibrium.states[0, 0]
    #expect(abs(z - ReferenceActivation.value(.tanh, z) - 0.5) < 1e-15)
  }

  @Test("The most iterations are respected", arguments: all.filter { $0 != "cholmod" })
  func iterationLimit(backend: String) throws {
    let graph = Self.loop(.tanh, weight: 0.95, bias: 0.4)
    let equilibrium = try Self.solve(
      graph, backend, options: SolverOptions(maximumIterations: 1))
    #expect(equilibrium.evidence[0].status == .iterationLimit)
    #expect(equilibrium.evidence[0].iterations == 1)
    #expect(equilibrium.evidence[0].residual > 1e-10)
  }

  @Test(
    "A limit that is just enough for Newton's method",
    arguments: ["newton", "newton-krylov", "newton-krylov-plain"])
  func newtonLimit(solver: String) throws {
    try exactLimit(solver, isConfirmed: true)
  }

  @Test("A limit that is just enough for a descent", arguments: DescentSolver.Direction.allCases)
  func descentLimit(direction: DescentSolver.Direction) throws {
    try exactLimit(DescentSolver(direction).name, isConfirmed: false)
  }

  /// - Parameter isConfirmed: whether one iteration more confirms the state where the limit allows it.
  private func exactLimit(_ solver: String, isConfirmed: Bool) throws {
    let (network, parameters) = try Self.loop(.tanh, weight: 0.5, bias: 0.25).compile()
    let backend = try GradientBackend.pair(solver: solver, adjoint: nil)
    func solve(_ limit: Int?) throws -> Equilibrium {
      try Simulator(network, backend: backend, options: SolverOptions(maximumIterations: limit))
        .equilibrium(parameters, inputs: Matrix([[0.3]]))
    }
    let free = try solve(nil)
    let steps = free.evidence[0].iterations - (isConfirmed ? 1 : 0)
    try #require(free.isConverged && steps > 1)
    let found = try solve(steps)
    #expect(found.isConverged && found.evidence[0].iterations == steps, "\(found.evidence[0])")
    #expect(found.states == free.states)
    #expect(try solve(steps - 1).evidence[0].status == .iterationLimit)
  }

  @Test("1 / 0 is not finite", arguments: all)
  func notFinite(backend: String) throws {
    let equilibrium = try Self.solve(Self.loop(.reciprocal, weight: 0.5, bias: 0), backend)
    let expected: SolveStatus = backend == "cholmod" ? .notApplicable : .notFinite
    #expect(equilibrium.evidence[0].status == expected)
    #expect(equilibrium.evidence[0].residual.isNaN)
    // Upstream of everything, without a cycle, as well.
    let acyclic = Graph("pole") {
      Group("x", size: 1, role: .input, activation: .reciprocal)
      Group("y", size: 1, role: .output)
      Connection("x", to: "y", weight: 1)
    }
    #expect(try Self.solve(acyclic, backend).evidence[0].status == .notFinite)
  }

  @Test("A linear network that runs away")
  func diverges() throws {
    let graph = Self.loop(.identity, weight: -3, bias: 1)
    let plain = try Self.solve(graph, "edge-list")
    #expect(plain.evidence[0].status == .diverged)
    #expect(plain.evidence[0].iterations < 200)
    let direct = try Self.solve(graph, "direct")
    #expect(direct.isConverged)
    #expect(direct.states[0, 0] == 0.25)
  }

  @Test("A failed sample leaves the others right", arguments: ["edge-list", "direct", "klu"])
  func failedSample(backend: String) throws {
    // z = relu(z) w + x: for x > 0 and w = 1 there is none, for x < 0 it is x.
    let graph = Graph("half plane") {
      Group("x", size: 1, role: .input)
      Group("z", size: 1, activation: .relu)
      Group("y", size: 1, role: .output)
      Connection("x", to: "z", weight: 1)
      Connection("z", to: "z", weight: 1)
      Connection("z", to: "y", weight: 1)
      Connection("x", to: "y", weight: 2)
    }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(
      network, backend: .named(backend), options: SolverOptions(maximumIterations: 100))
    let equilibrium = try simulator.equilibrium(
      parameters, inputs: Matrix([[-1], [1], [-2], [2], [-3]]))
    #expect(
      equilibrium.evidence.map { $0.status == .converged } == [true, false, true, false, true])
    #expect(!equilibrium.isConverged)
    for (row, output) in [-2, Double.nan, -4, .nan, -6].enumerated() {
      #expect(
        output.isNaN ? equilibrium.outputs[row, 0].isNaN : equilibrium.outputs[row, 0] == output)
    }
    do {
      _ = try simulator.gradient(
        of: .halfSquaredError, targets: Matrix(rows: 5, columns: 1), at: equilibrium)
      Issue.record("a gradient of samples without equilibrium")
    } catch let error as CyclogradError {
      #expect(error.code == .notConverged)
      #expect(error.location.subject == "rows 1, 3")
      #expect(error.message.contains("2 of 5"))
    }
    #expect(throws: CyclogradError.self) { try equilibrium.requireConverged() }
    #expect(try equilibrium[2].requireConverged().outputs[0, 0] == -4)
  }

  @Test("Huge states are judged relative to their size", arguments: all.filter { $0 != "cholmod" })
  func huge(backend: String) throws {
    let graph = Graph("huge") {
      Group("x", size: 1, role: .input)
      Group("z", size: 2, role: .output)
      Connection("x", to: "z", weight: [1, 0.3])
      Edge(.init("z", 0), to: .init("z", 1), weight: 0.37)
      Edge(.init("z", 1), to: .init("z", 0), weight: -0.61)
    }
    let equilibrium = try Self.solve(graph, backend, input: [1.234e12])
    let evidence = equilibrium.evidence[0]
    #expect(evidence.status == .converged)
    #expect(evidence.residual <= 1e-10)
    let determinant = 1 + 0.37 * 0.61
    let expected = [
      1.234e12 * (1 - 0.61 * 0.3) / determinant, 1.234e12 * (0.3 + 0.37) / determinant,
    ]
    #expect(relativeDifference(Array(equilibrium.outputs[row: 0]), expected) < 1e-9)
  }

  @Test("A given state is measured, not believed")
  func givenState() throws {
    let (network, parameters) = try Self.loop(.tanh, weight: 0.5, bias: 0.25).compile()
    let simulator = try Simulator(network)
    let inputs = Matrix([[0.0], [0.1]])
    let good = try simulator.equilibrium(parameters, inputs: inputs)
    #expect(try simulator.equilibrium(parameters, inputs: inputs, at: good.states).isConverged)
    var states = good.states
    states[1, 0] += 1e-6
    let bad = try simulator.equilibrium(parameters, inputs: inputs, at: states)
    #expect(bad.evidence.map(\.status) == [.converged, .stalled])
    let z = states[1, 0]
    let size = abs(z) + 0.35 + abs(0.5 * tanh(z))
    #expect(abs(bad.evidence[1].residual * size - 1e-6 * (1 - 0.5 * slope(z))) < 1e-8)
    #expect(bad.states == states)
  }

  private func slope(_ z: Double) -> Double { ReferenceActivation.slope(.tanh, z) }
}
