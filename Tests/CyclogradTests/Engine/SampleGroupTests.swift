import Cyclograd
import Testing

/// Samples that are computed side by side against the same ones computed alone, where the other
/// suites hold them against the oracles.
@Suite("Samples side by side have the answers that they have alone")
struct SampleGroupTests {
  static let backends = ["automatic", "iterative", "direct"]

  /// Compares a batch with its samples alone; returns how many of them have an equilibrium.
  @discardableResult
  static func compare(
    _ graph: Graph, samples: Int, backend: String, options: SolverOptions = SolverOptions()
  ) throws -> Int {
    let problem = try Problem(graph, samples: samples, seed: graph.seed)
    let simulator = try Simulator(problem.network, backend: .named(backend), options: options)
    let batch = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    var converged = 0
    var rows: [Int] = []
    for row in 0..<samples {
      let alone = try simulator.equilibrium(
        problem.parameters, inputs: Matrix([problem.inputs[row]]))
      let name = "\(graph.name), \(backend), row \(row)"
      #expect(
        (batch.evidence[row].status == .converged) == (alone.evidence[0].status == .converged),
        "\(name)")
      guard batch.evidence[row].status == .converged, alone.isConverged else {
        #expect(!batch.outputs[row: row].contains { !$0.isNaN }, "\(name)")
        continue
      }
      converged += 1
      rows.append(row)
      #expect(batch.evidence[row].residual <= options.tolerance, "\(name)")
      // What was measured is the residual of what was stored.
      let measured = try simulator.equilibrium(
        problem.parameters, inputs: Matrix([problem.inputs[row]]), at: batch[row].states)
      #expect(measured.isConverged, "\(name)")
      let (state, expected) = (batch[row].states.elements, alone.states.elements)
      let difference = relativeDifference(state, expected)
      #expect(difference < 1e-7, "\(name): \(difference)")
    }
    guard rows.count > 2, problem.network.outputCount > 0 else { return converged }
    // The gradient of those that have an equilibrium, together and one by one.
    let inputs = Matrix(rows.map { problem.inputs[$0] })
    let targets = Matrix(rows.map { problem.targets[$0] })
    let together = try simulator.differentiate(
      .halfSquaredError, targets: targets,
      at: simulator.equilibrium(problem.parameters, inputs: inputs))
    var sum = [Double](repeating: 0, count: problem.network.parameterCount)
    for row in 0..<rows.count {
      let alone = try simulator.differentiate(
        .halfSquaredError, targets: Matrix([Array(targets[row: row])]),
        at: simulator.equilibrium(
          problem.parameters, inputs: Matrix([Array(inputs[row: row])])))
      guard let gradient = alone.gradient else {
        #expect(together.gradient == nil, "\(graph.name), \(backend)")
        return converged
      }
      for index in sum.indices { sum[index] += gradient.parameters[index] / Double(rows.count) }
    }
    let difference = relativeDifference(together.gradient?.parameters ?? [], sum)
    #expect(difference < 1e-7, "\(graph.name), \(backend): \(difference)")
    return converged
  }

  @Test(
    "Random graphs with everything that a graph can say",
    arguments: backends)
  func random(backend: String) throws {
    for seed in 0..<60 {
      let graph = RandomGraphs.make(.tame, seed: UInt64(seed))
      let converged = try Self.compare(graph, samples: 3 + seed % 17, backend: backend)
      #expect(converged == 3 + seed % 17)
    }
  }

  /// A component that plain sweeps leave for another method in some samples, by its input.
  static func uneven(_ size: Int, deviation: Double = 0.3) -> Graph {
    Graph("uneven", seed: 5) {
      Group("x", size: 1, role: .input)
      Group("h", size: size, activation: .tanh, bias: .uniform(-0.3...0.3))
      Group("s", size: 3, activation: .softmax)
      Group("p", size: 2, combine: .product, units: [.init(.tanh), .init(.logistic)])
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", weight: .uniform(-0.5...0.5))
      Connection("h", to: "h", .random(probability: 8 / Double(size)), weight: .normal(deviation))
      Connection("h", to: "s", weight: .normal(0.5))
      Connection("s", to: "h", weight: .normal(0.3))
      Connection("h", to: "p", weight: .normal(0.5))
      Connection("p", to: "y")
      Connection("h", to: "y", weight: .normal(0.2))
    }
  }

  @Test(
    "Lanes that go on by themselves", .tags(.slow), .unlessFast,
    arguments: ["automatic", "direct"], [12, 90])
  func uneven(backend: String, size: Int) throws {
    let converged = try Self.compare(Self.uneven(size), samples: 21, backend: backend)
    #expect(converged == 21)
  }

  @Test("A sample without an equilibrium does no harm to its neighbours", arguments: backends)
  func failures(backend: String) throws {
    // z = softplus(z) + 1 + x has no equilibrium, z = relu(z) / 2 + x always has one.
    var graph = Graph(name: "failures", seed: 6)
    graph.groups = [
      Group("x", size: 1, role: .input), Group("gate", size: 1, activation: .relu),
      Group("h", size: 2, activation: .softplus), Group("after", size: 1, activation: .tanh),
      Group("y", size: 1, role: .output),
    ]
    func edge(_ from: String, _ to: String, _ weight: Double, _ k: Int = 0) -> Edge {
      Edge(.init(from, 0), to: .init(to, k), weight: .init(.constant(weight)))
    }
    graph.edges = [
      edge("x", "gate", 1), edge("gate", "h", 2), edge("h", "h", 0.9, 1),
      Edge(.init("h", 1), to: .init("h", 0), weight: .init(.constant(1))),
      edge("h", "after", 0.1), edge("after", "after", 0.5), edge("after", "y", 1),
    ]
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network, backend: .named(backend))
    let inputs = Matrix((0..<19).map { [$0 % 4 == 1 ? 40 : -1 - Double($0) / 10] })
    let batch = try simulator.equilibrium(parameters, inputs: inputs)
    for row in 0..<19 {
      let alone = try simulator.equilibrium(
        parameters, inputs: Matrix([Array(inputs[row: row])]))
      #expect(batch.evidence[row].status == alone.evidence[0].status)
      #expect(batch.outputs[row, 0].isNaN == alone.outputs[0, 0].isNaN)
    }
  }

  @Test(
    "The frontier of an adjoint, in one lane and in many", .tags(.slow), .unlessFast,
    arguments: [1, 5, 16])
  func frontier(samples: Int) throws {
    var graph = Graph("ring", seed: 7) {
      Group("h", size: 3000, activation: .tanh, bias: .uniform(-0.1...0.1))
    }
    var random = TestRandom(7)
    for k in 0..<3000 {
      for offset in [1, 3, 2999] {
        graph.edges.append(
          Edge(
            .init("h", (k + offset) % 3000), to: .init("h", k),
            weight: .init(.constant(random.number(-0.3, 0.3)))))
      }
    }
    graph.inputs = [NeuronRange("h", 0...2)]
    graph.outputs = [NeuronRange("h", 1500...1502)]
    let problem = try Problem(graph, samples: samples, seed: 3)
    let reference = try Simulator(problem.network, backend: .named("klu"))
    let expected = try reference.gradient(
      of: .halfSquaredError, targets: problem.targetMatrix,
      at: reference.equilibrium(problem.parameters, inputs: problem.inputMatrix))
    let simulator = try Simulator(problem.network)
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
    #expect(relativeDifference(gradient.parameters, expected.parameters) < 1e-9)
    #expect(relativeDifference(gradient.inputs.elements, expected.inputs.elements) < 1e-9)
  }
}
