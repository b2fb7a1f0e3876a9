import Cyclograd
import Testing

@Suite("Backends agree on their domain, and say where it ends")
struct BackendTests {
  /// A symmetric network on a ring with chords, self-loops included, sparse.
  static func symmetric(
    _ size: Int, _ activation: Activation, strength: Double, seed: UInt64 = 1
  ) -> Graph {
    var random = TestRandom(seed)
    var graph = Graph(name: "symmetric \(size)", seed: seed)
    graph.groups = [
      Group(
        "h", size: size, role: [.input, .output], activation: activation,
        bias: .uniform(-0.2...0.2))
    ]
    func connect(_ i: Int, _ j: Int) {
      let weight = ParameterRule(.constant(random.number(0.2, 1) * strength))
      graph.edges.append(Edge(.init("h", i), to: .init("h", j), weight: weight))
      if i != j { graph.edges.append(Edge(.init("h", j), to: .init("h", i), weight: weight)) }
    }
    for i in 0..<size {
      connect(i, (i + 1) % size)
      if i % 5 == 0 { connect(i, i) }
      if i % 7 == 0, i < size / 2, size > 4 { connect(i, i + size / 2) }
    }
    return graph
  }

  static func evidence(_ problem: Problem, _ backend: String) throws -> [SampleEvidence] {
    let simulator = try Simulator(
      problem.network, backend: .named(backend), options: SolverOptions(listsComponents: true))
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    try #require(equilibrium.isConverged)
    return try simulator.differentiate(
      problem.loss, targets: problem.targetMatrix, at: equilibrium
    ).evidence
  }

  @Test(
    "Symmetric weights of every size, every backend", .tags(.slow), .unlessFast,
    arguments: [4, 12, 80], GradientBackend.available.map(\.name))
  func symmetric(size: Int, backend: String) throws {
    for activation in [Activation.tanh, .logistic, .arctan, .identity, .softplus, .relu] {
      let problem = try Problem(Self.symmetric(size, activation, strength: 0.2), samples: 1)
      try problem.expectAgreement(backend, directions: size < 20 ? 1 : 0, "\(activation)")
    }
  }

  @Test(
    "Direct picks CHOLMOD for large symmetric networks, and says so", .enabled(if: hasGPLSolvers))
  func picksCholesky() throws {
    let problem = try Problem(Self.symmetric(90, .tanh, strength: 0.2), samples: 1)
    let detail = try Self.evidence(problem, "direct")[0].components[0].outcome.detail
    #expect(detail == "cholmod")
  }

  @Test(
    "UMFPACK takes over where the matrix is not positive definite", .enabled(if: hasGPLSolvers),
    arguments: [30, 90])
  func indefinite(size: Int) throws {
    let graph = Self.symmetric(size, .tanh, strength: 1.9)
    let problem = try Problem(graph, samples: 1, isTame: false)
    // At a = 0 the linear part has eigenvalues beyond 1; start where all slopes are 1.
    let (network, parameters) = (problem.network, problem.parameters)
    var zero = parameters
    for index in network.weightParameterCount..<network.parameterCount { zero.values[index] = 0 }
    let inputs = Matrix(rows: 1, columns: size)
    let simulator = try Simulator(
      network, backend: .direct(.cholmod), options: SolverOptions(listsComponents: true))
    let equilibrium = try simulator.equilibrium(
      zero, inputs: inputs, at: Matrix(rows: 1, columns: network.unitCount))
    #expect(equilibrium.isConverged)
    let targets = Matrix([TestRandom.vector(size)])
    let outcome = try simulator.differentiate(
      .halfSquaredError, targets: targets, at: equilibrium)
    #expect(outcome.evidence[0].status == .converged)
    #expect(
      outcome.evidence[0].components[0].outcome.detail
        == "umfpack, because the matrix is not positive definite")
    let oracle = DenseOracle(network, zero)
    let expected = try oracle.gradient(
      ReferenceLoss(.halfSquaredError), at: [Array(equilibrium.states[row: 0])],
      targets: [Array(targets[row: 0])])
    #expect(
      relativeDifference(outcome.gradient?.parameters ?? [], expected.parameters) <= 1e-10)
    // The choice by structure does the same and names its method too.
    let automatic = try Simulator(
      network, backend: .direct, options: SolverOptions(listsComponents: true)
    ).differentiate(.halfSquaredError, targets: targets, at: equilibrium)
    let detail = automatic.evidence[0].components[0].outcome.detail ?? ""
    #expect(detail.contains("not positive definite") == (size > 64), "\(detail)")
    #expect(
      relativeDifference(automatic.gradient?.parameters ?? [], expected.parameters) <= 1e-10)
  }

  @Test("Direct picks KLU for large sparse networks, dense LU for small ones")
  func picksByStructure() throws {
    func ring(_ size: Int) -> Graph {
      Graph("ring", seed: 1) {
        Group("h", size: size, role: [.input, .output], activation: .tanh)
        for i in 0..<size {
          Edge(.init("h", i), to: .init("h", (i + 1) % size), weight: 0.7)
          if i % 3 == 0 { Edge(.init("h", i), to: .init("h", (i + 5) % size), weight: -0.3) }
        }
      }
    }
    let large = try Problem(ring(100), samples: 1)
    #expect(try Self.evidence(large, "direct")[0].components[0].outcome.detail == "klu")
    try large.expectAgreement("direct", directions: 0)
    let dense = try Problem(
      Graph("dense", seed: 1) {
        Group("h", size: 20, role: [.input, .output], activation: .tanh)
        Connection("h", to: "h", weight: .uniform(-0.04...0.04))
      }, samples: 1)
    #expect(try Self.evidence(dense, "direct")[0].components[0].outcome.detail == "dense")
    try dense.expectAgreement("direct", directions: 0)
  }

  @Test("CHOLMOD does not apply to what is not symmetric", .enabled(if: hasGPLSolvers))
  func notApplicable() throws {
    let graphs: [(String, Graph)] = [
      ("weights", Self.asymmetric(.tanh, 0.2, 0.3)), ("pattern", Self.asymmetric(.tanh, 0.2, nil)),
      ("decreasing", Self.asymmetric(.cos, 0.2, 0.2)),
      ("negative leaky slope", Self.asymmetric(.leakyReLU(slope: -0.1), 0.2, 0.2)),
    ]
    for (reason, graph) in graphs {
      let (network, parameters) = try graph.compile()
      let simulator = try Simulator(network, backend: .direct(.cholmod))
      let inputs = Matrix([[0.1]])
      let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
      let evidence = equilibrium.evidence[0]
      #expect(evidence.status == .notApplicable, "\(reason)")
      #expect(evidence.detail?.contains("CHOLMOD needs symmetric weights") == true, "\(reason)")
      #expect(equilibrium.outputs[0, 0].isNaN)
      #expect((simulator.unsuitability == nil) == (reason == "weights"))
      // Nor does its adjoint, at a state that another backend has found.
      let known = try Simulator(network).equilibrium(parameters, inputs: inputs)
      let outcome = try simulator.differentiate(
        .halfSquaredError, targets: Matrix([[0.5]]), at: known)
      #expect(outcome.gradient == nil, "\(reason)")
      #expect(outcome.evidence[0].status == .notApplicable, "\(reason)")
      #expect(throws: CyclogradError.self) { try outcome.get() }
    }
  }

  static func asymmetric(_ activation: Activation, _ first: Double, _ second: Double?) -> Graph {
    Graph("pair") {
      Group("h", size: 2, activation: activation, bias: 0.3)
      if let second {
        Edge(.init("h", 0), to: .init("h", 1), weight: .init(.constant(first)))
        Edge(.init("h", 1), to: .init("h", 0), weight: .init(.constant(second)))
      } else {
        Group("k", size: 1, activation: activation)
        Edge(.init("h", 0), to: .init("h", 1), weight: .init(.constant(first)))
        Edge(.init("h", 1), to: .init("k", 0), weight: .init(.constant(first)))
        Edge(.init("k", 0), to: .init("h", 0), weight: .init(.constant(first)))
      }
      Inputs(NeuronRange("h", 0...0))
      Outputs(NeuronRange("h", 1...1))
    }
  }

  @Test(
    "A singular adjoint is called singular",
    arguments: built(["direct", "dense", "klu", "umfpack", "cholmod"]))
  func singular(backend: String) throws {
    // z = z + 0 has every z as an equilibrium, and no gradient at any.
    let graph = Graph("singular") {
      Group("h", size: 2, role: .output, bias: 0)
      Edge(.init("h", 0), to: .init("h", 1), weight: 1)
      Edge(.init("h", 1), to: .init("h", 0), weight: 1)
    }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network, backend: .named(backend))
    let equilibrium = try simulator.equilibrium(
      parameters, inputs: Matrix(rows: 1, columns: 0), at: Matrix([[0.5, 0.5]]))
    #expect(equilibrium.isConverged)
    let outcome = try simulator.differentiate(
      .halfSquaredError, targets: Matrix([[1, 0]]), at: equilibrium)
    #expect(outcome.gradient == nil)
    #expect(outcome.evidence[0].status == .singular)
    #expect(throws: CyclogradError.self) { try outcome.get() }
  }
}
