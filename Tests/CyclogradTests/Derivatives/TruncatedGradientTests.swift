import Testing

@testable import Cyclograd

@Suite("Truncated Neumann and phantom gradients")
struct TruncatedGradientTests {
  private static let kinds: [(GradientKind, terms: Int, damping: Double)] = [
    (.neumann(terms: 1), 1, 1), (.neumann(terms: 4), 4, 1),
    (.phantom(steps: 1, damping: 0.5), 1, 0.5), (.phantom(steps: 6, damping: 0.3), 6, 0.3),
  ]

  @Test("are the polynomials of dense matrices, whatever the network and the backend")
  func polynomials() throws {
    var differing = 0
    for seed in 0..<60 as Range<UInt64> {
      let problem = try Problem(RandomGraphs.make(.tame, seed: seed), seed: seed)
      let backend = ["automatic", "edge-list", "iterative"][Int(seed % 3)]
      let simulator = try problem.simulator(backend)
      let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      guard equilibrium.isConverged else { continue }
      let oracle = DenseOracle(problem.network, problem.parameters)
      let states = problem.inputs.indices.map { Array(equilibrium.states[row: $0]) }
      let exact = try simulator.gradient(
        of: problem.loss, targets: problem.targetMatrix, at: equilibrium)
      for (kind, terms, damping) in Self.kinds {
        let found = try simulator.differentiate(
          problem.loss, targets: problem.targetMatrix, at: equilibrium, kind: kind
        ).get()
        let expected = oracle.truncatedGradient(
          ReferenceLoss(problem.loss), at: states, targets: problem.targets, terms: terms,
          damping: damping)
        #expect(
          relativeDifference(found.parameters, expected, floor: 1e-5) < 1e-11,
          "seed \(seed), \(kind.name)")
        differing += relativeDifference(found.parameters, exact.parameters) > 1e-3 ? 1 : 0
      }
    }
    #expect(differing > 40, "they are nearly always the exact gradient, so nothing was tested")
  }

  /// One component of six neurons, with or without a spectral radius below 1.
  private static func graph(_ size: Double, seed: UInt64) -> Graph {
    Graph("one component", seed: seed) {
      Group("y", size: 6, role: .output, activation: .tanh, bias: .uniform(-0.5...0.5))
      Connection("y", to: "y", weight: .uniform(-size...size))
    }
  }

  @Test("are the derivatives of steps that start at the equilibrium", arguments: [0.2, 0.6])
  func unrolled(size: Double) throws {
    let (network, parameters) = try Self.graph(size, seed: 11).compile()
    let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-13))
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(rows: 1, columns: 0))
    let target = [0.5, -0.2, 0.1, 0.9, -0.7, 0.3]
    let oracle = DenseOracle(network, parameters)
    for (kind, steps, damping) in Self.kinds {
      let gradient = try simulator.differentiate(
        .halfSquaredError, targets: Matrix([target]), at: equilibrium, kind: kind
      ).get()
      for index in parameters.values.indices {
        var direction = parameters.values.map { _ in 0.0 }
        direction[index] = 1
        let expected = oracle.unrolledDerivative(
          ReferenceLoss(.halfSquaredError), target: target, at: Array(equilibrium.states[row: 0]),
          along: direction, steps: steps, damping: damping)
        #expect(abs(gradient.parameters[index] - expected) < 1e-11, "\(kind.name), \(index)")
      }
    }
  }

  @Test("tend to the exact gradient where what they iterate contracts")
  func limit() throws {
    for seed in 0..<5 as Range<UInt64> {
      let (network, parameters) = try Self.graph(0.4, seed: seed).compile()
      let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-13))
      let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(rows: 1, columns: 0))
      try #require(equilibrium.spectralRadii()[0].value < 0.95)
      let targets = Matrix([[0.5, -0.2, 0.1, 0.9, -0.7, 0.3]])
      let exact = try simulator.gradient(of: .halfSquaredError, targets: targets, at: equilibrium)
      func error(_ kind: GradientKind) throws -> Double {
        let outcome = try simulator.differentiate(
          .halfSquaredError, targets: targets, at: equilibrium, kind: kind)
        // What it leaves of the system falls with the error.
        let gradient = try outcome.get()
        let distance = GradientDistance(of: gradient.parameters, from: exact.parameters)
        #expect(gradient.evidence[0].residual <= 10 * distance.relativeError + 1e-12)
        return distance.relativeError
      }
      #expect(try error(.neumann(terms: 1)) > 1e-3)
      #expect(try error(.neumann(terms: 20)) < error(.neumann(terms: 5)))
      #expect(try error(.neumann(terms: 1000)) < 1e-11)
      #expect(try error(.phantom(steps: 1000, damping: 0.5)) < 1e-11)
    }
  }

  @Test(
    "damping makes up for negative eigenvalues; without it the terms overflow, and that is said")
  func divergence() throws {
    let graph = Graph("opposed") {
      Group("y", size: 1, role: .output, bias: .single(.constant(1)))
      Connection("y", to: "y", weight: .init(.constant(-1.5)))
    }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(rows: 1, columns: 0))
    func outcome(_ kind: GradientKind) throws -> GradientOutcome {
      try simulator.differentiate(
        .halfSquaredError, targets: Matrix([[0]]), at: equilibrium, kind: kind)
    }
    let exact = try outcome(.exact).get()
    let damped = try outcome(.phantom(steps: 60, damping: 0.5)).get()
    #expect(relativeDifference(damped.parameters, exact.parameters) < 1e-13)
    let plain = try outcome(.neumann(terms: 10_000))
    #expect(plain.gradient == nil)
    #expect(plain.evidence[0].status == .notFinite)
  }

  @Test("a trainer follows them", arguments: kinds.map(\.0))
  func trainer(kind: GradientKind) throws {
    let (network, parameters) = try Self.graph(0.4, seed: 3).compile()
    let simulator = try Simulator(network)
    let (x, y) = (Matrix(rows: 1, columns: 0), Matrix([[0.5, -0.2, 0.1, 0.9, -0.7, 0.3]]))
    let equilibrium = try simulator.equilibrium(parameters, inputs: x)
    let gradient = try simulator.differentiate(
      .halfSquaredError, targets: y, at: equilibrium, kind: kind
    ).get()
    var trainer = try Trainer(
      simulator, parameters,
      TrainerOptions(gradient: kind, optimizer: .sgd(), learningRate: LearningRate(0.1)))
    _ = try trainer.step(inputs: x, targets: y)
    for (index, value) in parameters.values.enumerated() {
      #expect(
        abs(trainer.parameters.values[index] - value + 0.1 * gradient.parameters[index]) < 1e-15)
    }
  }

  @Test("are written and read by name")
  func names() throws {
    for kind in [.exact, .semi] + Self.kinds.map(\.0) {
      #expect(try GradientKind.named(kind.name) == kind)
    }
    for name in [
      "", "neumann", "neumann:0", "neumann:x", "neumann:5:0.5", "neumann:-1", "phantom:5",
      "phantom:5:0", "phantom:5:1.5", "phantom:5:nan", "phantom:9999999:0.5", "Semi", "exact:1",
    ] {
      #expect(throws: CyclogradError.self, "\(name)") { try GradientKind.named(name) }
    }
    #expect(throws: CyclogradError.self) {
      try TrainerOptions(gradient: .phantom(steps: 0, damping: 1)).validate()
    }
  }
}

@Suite("Distances of gradients")
struct GradientDistanceTests {
  @Test(
    "angle, error and length of known vectors",
    arguments: [
      ([1, 0], [1, 1], 45.0, 0.5.squareRoot(), 0.5.squareRoot()),
      ([-2, 0], [1, 0], 180, 3, 2), ([0, 3], [1, 0], 90, 10.squareRoot(), 3),
    ] as [([Double], [Double], Double, Double, Double)], [1, 1e200, 1e-200])
  func known(
    vectors: ([Double], [Double], degrees: Double, error: Double, length: Double), scale: Double
  ) {
    let distance = GradientDistance(
      of: vectors.0.map { $0 * scale }, from: vectors.1.map { $0 * scale })
    #expect(abs(distance.degrees - vectors.degrees) < 1e-12)
    #expect(abs(distance.relativeError - vectors.error) < 1e-14)
    #expect(abs(distance.relativeLength - vectors.length) < 1e-14)
  }

  @Test("small angles keep their digits, and zero has none")
  func edges() {
    let small = GradientDistance(of: [1, 1e-9], from: [1, 0])
    #expect(abs(small.degrees / (1e-9 * 180 / Double.pi) - 1) < 1e-12)
    let none = GradientDistance(of: [0, 0], from: [0, 0])
    #expect(none.relativeError == 0)
    #expect(none.degrees.isNaN && none.cosine.isNaN && none.relativeLength.isNaN)
    #expect(GradientDistance(of: [1, 0], from: [0, 0]).relativeError == .infinity)
    #expect(GradientDistance(of: [], from: []).relativeError == 0)
  }
}
