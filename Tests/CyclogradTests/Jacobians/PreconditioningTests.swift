import Testing

@testable import Cyclograd

@Suite("Preconditioned GMRES")
struct PreconditioningTests {
  /// A square lattice whose neurons listen to their four neighbours and to nothing else.
  private static func lattice(
    _ side: Int, weight: Double, _ activation: Activation = .identity
  ) -> Graph {
    var graph = Graph("lattice", seed: 7) {
      Group(
        "y", size: side * side, role: .output, activation: activation, bias: .uniform(-0.5...0.5))
    }
    for row in 0..<side {
      for column in 0..<side {
        for (r, c) in [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        where 0..<side ~= r && 0..<side ~= c {
          graph.edges.append(
            Edge(
              .init("y", r * side + c), to: .init("y", row * side + column),
              weight: .init(.constant(weight))))
        }
      }
    }
    return graph
  }

  private static let none = Matrix(rows: 1, columns: 0)

  @Test(
    "on critical lattices ILU(0) takes fewer products for the adjoint, and the answer is the dense one"
  )
  func lattices() throws {
    for (weight, activation) in [(0.2505, Activation.identity), (0.2499, .tanh), (-0.26, .relu)] {
      let (network, parameters) = try Self.lattice(12, weight: weight, activation).compile()
      let equilibrium = try Simulator(network, backend: .direct).equilibrium(
        parameters, inputs: Self.none)
      let targets = [(0..<144).map { Double($0 % 7) / 7 }]
      let exact = try DenseOracle(network, parameters).gradient(
        ReferenceLoss(.halfSquaredError), at: [Array(equilibrium.states[row: 0])], targets: targets)
      var products: [Int] = []
      for preconditioning in [Preconditioning.none, .incomplete] {
        let simulator = try Simulator(
          network,
          backend: GradientBackend(
            name: "test", state: NewtonSolver(),
            adjoint: GMRESAdjoint(preconditioning: preconditioning)))
        let gradient = try simulator.gradient(
          of: .halfSquaredError, targets: Matrix(targets), at: equilibrium)
        #expect(relativeDifference(gradient.parameters, exact.parameters) < 1e-8)
        products.append(gradient.evidence[0].iterations)
        let detail = try #require(gradient.evidence[0].detail)
        #expect(detail.contains("ILU(0)") == (products.count == 2), "\(detail)")
      }
      #expect(products[1] < products[0], "\(weight): \(products)")
    }
  }

  @Test("Newton–Krylov reaches the state of Newton's method, and says what helped it")
  func states() throws {
    let (network, parameters) = try Self.lattice(20, weight: 0.2499, .softplus).compile()
    var states: [[Double]] = []
    for name in ["newton-krylov", "newton-krylov-plain", "direct"] {
      let backend = name == "direct" ? name : "\(name)+direct"
      let equilibrium = try Simulator(network, backend: .named(backend)).equilibrium(
        parameters, inputs: Self.none)
      try #require(equilibrium.isConverged, "\(name): \(equilibrium.evidence[0])")
      states.append(Array(equilibrium.states[row: 0]))
      if name == "newton-krylov" {
        #expect(equilibrium.evidence[0].detail == "newton-krylov with ILU(0)")
      }
    }
    #expect(relativeDifference(states[0], states[2]) < 1e-9)
    #expect(relativeDifference(states[1], states[2]) < 1e-9)
  }

  /// B has a zero diagonal.
  @Test("a zero pivot is got over, and said")
  func pivots() throws {
    let graph = Graph("pivots") {
      Group("y", size: 2, role: .output, bias: .uniform(0.1...0.5))
      for (from, to, weight) in [(0, 0, 1.0), (1, 1, 1), (0, 1, 0.5), (1, 0, -0.7)] {
        Edge(.init("y", from), to: .init("y", to), weight: .init(.constant(weight)))
      }
    }
    let (network, parameters) = try graph.compile()
    for backend in ["newton-krylov+gmres", "direct"] {
      let simulator = try Simulator(network, backend: .named(backend))
      let equilibrium = try simulator.equilibrium(parameters, inputs: Self.none)
      try #require(equilibrium.isConverged, "\(equilibrium.evidence[0])")
      let gradient = try simulator.gradient(
        of: .halfSquaredError, targets: Matrix([[1, -1]]), at: equilibrium)
      guard backend != "direct" else { continue }
      #expect(equilibrium.evidence[0].detail?.contains("zero pivot") == true)
      #expect(gradient.evidence[0].detail?.contains("zero pivot") == true)
      let exact = try DenseOracle(network, parameters).gradient(
        ReferenceLoss(.halfSquaredError), at: [Array(equilibrium.states[row: 0])],
        targets: [[1, -1]])
      #expect(relativeDifference(gradient.parameters, exact.parameters) < 1e-9)
    }
  }
}
