import Testing

@testable import Cyclograd

@Suite("Ties with a factor and a transposition")
struct FactoredTieTests {
  /// A monotone operator's matrix made of its factors: P, Pᵀ with −1, Q, Qᵀ with −1.
  private let operatorGraph = Graph("operator", seed: 3) {
    Group("u", size: 3, role: .input)
    Group("x", size: 4, activation: .tanh, bias: .normal(0.3).shared("b"))
    Group("p", size: 2, bias: ParameterRule(nil, share: "half", factor: 0.5))
    Group("q", size: 2, bias: ParameterRule(nil, share: "half", factor: -2))
    Group("y", size: 4, role: .output, bias: .shared("b", factor: -1))
    Connection("u", to: "x", weight: .normal(0.5))
    Connection("x", to: "p", weight: .normal(0.4).shared("P"))
    Connection("p", to: "x", weight: .shared("P", factor: -1, transposed: true))
    Connection("x", to: "x", .inDegree(2), self: false, weight: .normal(0.2).shared("Q"))
    Connection("x", to: "q", weight: .shared("P", factor: 3))
    Connection("q", to: "y", .all, weight: .shared("P", factor: 0.25, transposed: true))
    Connection("x", to: "y", .oneToOne)
  }

  @Test("A transposed share is the transposed matrix times its factor")
  func matrix() throws {
    let (network, parameters) = try operatorGraph.compile()
    var weight: [String: Double] = [:]
    network.forEachParameterUse { use in
      weight["\(use.source ?? "-") \(use.target)"] = parameters.values[use.parameter] * use.factor
    }
    for i in 0..<2 {
      for j in 0..<4 {
        let value = try #require(weight["x.\(j) p.\(i)"])
        #expect(weight["p.\(i) x.\(j)"] == -value)
        #expect(weight["x.\(j) q.\(i)"] == 3 * value)
        #expect(weight["q.\(i) y.\(j)"] == 0.25 * value)
      }
    }
    for j in 0..<4 { #expect(weight["- y.\(j)"] == -(try #require(weight["- x.\(j)"]))) }
  }

  @Test("States and gradients are those of the dense oracle, and of finite differences")
  func gradient() throws {
    let (network, parameters) = try operatorGraph.compile()
    let simulator = try Simulator(
      network, backend: .automatic, options: SolverOptions(tolerance: 1e-13))
    let inputs = Matrix([[0.3, -0.5, 0.9], [1, 0.2, -0.4]])
    let targets = Matrix([[0.1, 0, -0.2, 0.4], [0, 0.5, 0.2, -0.1]])
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    let gradient = try simulator.gradient(
      of: HalfSquaredError(), targets: targets, at: equilibrium)
    func loss(_ values: [Double]) throws -> Double {
      let outputs = try simulator.equilibrium(Parameters(values), inputs: inputs).outputs
      return zip(outputs.elements, targets.elements).reduce(0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      } / 4
    }
    for index in parameters.values.indices where network.isTrainable(parameter: index) {
      var (up, down) = (parameters.values, parameters.values)
      up[index] += 1e-5
      down[index] -= 1e-5
      let difference = try (loss(up) - loss(down)) / 2e-5
      #expect(
        abs(difference - gradient.parameters[index]) < 1e-8, "\(network.describe(parameter: index))"
      )
    }
  }

  /// The operator's network with every number written out and nothing tied.
  private func untied(_ network: Network, _ parameters: Parameters) -> Graph {
    var graph = operatorGraph
    graph.connections = []
    var biases: [String: Double] = [:]
    network.forEachParameterUse { use in
      let value = parameters.values[use.parameter] * use.factor
      if let source = use.source {
        graph.edges.append(
          Edge(
            NeuronReference(stringLiteral: source), to: NeuronReference(stringLiteral: use.target),
            weight: ParameterRule(.constant(value))))
      } else {
        biases[use.target] = value
      }
    }
    for index in graph.groups.indices {
      graph.groups[index].units[0].bias = ParameterRule(
        .list(
          (0..<graph.groups[index].size).map { biases["\(graph.groups[index].name).\($0)"] ?? 0 }))
    }
    return graph
  }

  @Test("Courses in time, bounds and readings are those of the same numbers without ties")
  func elsewhere() throws {
    let (network, parameters) = try operatorGraph.compile()
    let (plain, numbers) = try untied(network, parameters).compile()
    let inputs = Matrix([[0.3, -0.5, 0.9]])
    func course(_ network: Network, _ parameters: Parameters) throws -> [Double] {
      try Simulator(network).timeCourse(
        parameters, inputs: TimedInputs(constant: inputs), times: [0, 0.5, 2],
        method: .theta(1, step: 0.25), recordsPath: true
      ).requireComplete().outputs.elements
    }
    for (a, b) in zip(try course(network, parameters), try course(plain, numbers)) {
      #expect(abs(a - b) < 1e-12)
    }
    let box = try InputBox(around: inputs, radius: 0.1)
    let (tied, free) = (
      try Bounds(of: parameters, over: box, by: Simulator(network)).rows[0],
      try Bounds(of: numbers, over: box, by: Simulator(plain)).rows[0]
    )
    for (a, b) in zip(tied.lower + tied.upper, free.lower + free.upper) {
      #expect(a.isFinite && abs(a - b) < 1e-9)
    }
    func sum(_ network: Network, _ parameters: Parameters) -> Double {
      var sum = 0.0
      NetworkTopology(network).forEachWeight(parameters) { _, _, weight in sum += weight * weight }
      return sum + NetworkTopology(network).biases(parameters).reduce(0) { $0 + $1 * $1 }
    }
    #expect(abs(sum(network, parameters) - sum(plain, numbers)) < 1e-12)
  }

  @Test("Tangent networks, gradients of courses and of sensitivities go through factors")
  func derivatives() throws {
    let (network, initial) = try operatorGraph.compile()
    // Small enough for the sensitivity to exist.
    let parameters = Parameters(initial.values.map { 0.5 * $0 })
    let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-14))
    let inputs = Matrix([[0.3, -0.5, 0.9]])
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs).requireConverged()
    var random = TestRandom(3)
    let direction = parameters.values.map { _ in random.number(-1, 1) }
    let tangent = try network.tangent(by: .parameters)
    let found = try Simulator(tangent.network, options: .init(tolerance: 1e-14)).equilibrium(
      tangent.parameters(parameters, direction: direction), inputs: inputs
    ).requireConverged().outputs
    let expected = try equilibrium.jvp(Tangent(parameters: direction))
    for j in 0..<network.outputCount {
      #expect(abs(found[0, network.outputCount + j] - expected[0, j]) < 1e-10)
    }

    func course(_ values: [Double]) throws -> TimeCourse {
      try simulator.timeCourse(
        Parameters(values), inputs: TimedInputs(constant: inputs), times: [0, 1],
        method: .theta(1, step: 0.25), recordsPath: true
      ).requireComplete()
    }
    func energy(_ values: [Double]) throws -> Double {
      try course(values).outputs.elements.reduce(0) { $0 + $1 * $1 / 2 }
    }
    let path = try course(parameters.values)
    let gradient = try simulator.gradient(of: .outputs(path.outputs), at: path)
    let penalty = try SensitivityPenalty(network)
    let penalized = try penalty(parameters)
    for index in parameters.values.indices {
      var (up, down) = (parameters.values, parameters.values)
      up[index] += 1e-6
      down[index] -= 1e-6
      let slope = try (energy(up) - energy(down)) / 2e-6
      #expect(
        abs(slope - gradient.parameters[index]) < 1e-7, "\(network.describe(parameter: index))")
      let sensitivity = try (penalty(Parameters(up)).value - penalty(Parameters(down)).value) / 2e-6
      #expect(
        abs(sensitivity - penalized.gradient[index]) < 1e-5 * max(1, abs(sensitivity)),
        "\(network.describe(parameter: index))")
    }
  }

  @Test("A kernel is transposed edge by edge, and so is a random pattern")
  func patterns() throws {
    let graph = Graph("autoencoder", seed: 1) {
      Group("image", shape: [5, 5], role: .input)
      Group("code", shape: [3, 3], activation: .tanh)
      Group("again", shape: [5, 5], role: .output)
      Connection(
        "image", to: "code", .neighborhood(Neighborhood(3, 3, offset: .init(0, 0))),
        weight: .kernel(.normal(deviation: 1)).shared("k"))
      Connection(
        "code", to: "again", .entries(transposedWindow), weight: .shared("k", transposed: true))
    }
    let (network, parameters) = try graph.compile()
    #expect(network.weightParameterCount == 9)
    var weight: [String: Double] = [:]
    network.forEachParameterUse { use in
      if let source = use.source {
        weight["\(source) \(use.target)"] = parameters.values[use.parameter]
      }
    }
    for (key, value) in weight where key.hasPrefix("image") {
      let ends = key.split(separator: " ")
      #expect(weight["\(ends[1]) again.\(ends[0].dropFirst(6))"] == value)
    }
  }

  private var transposedWindow: SparseEntries {
    var entries = SparseEntries(rows: [], columns: [])
    for i in 0..<3 {
      for j in 0..<3 {
        for p in 0..<3 {
          for q in 0..<3 {
            entries.rows.append(Int32((i + p) * 5 + j + q))
            entries.columns.append(Int32(i * 3 + j))
          }
        }
      }
    }
    return entries
  }

  @Test(
    "What cannot be tied so is refused, with what to do",
    arguments: [
      (ParameterRule(1, share: "w", factor: 0), "is 0.0"),
      (ParameterRule(1, share: "w", factor: .nan), "is nan"),
      (ParameterRule(1, factor: 2), "belongs to shared parameters"),
      (ParameterRule(1, share: "v", transposed: true), "is the first that shares"),
      (ParameterRule(nil, share: "w", transposed: true), "has no edge"),
    ])
  func refusals(rule: ParameterRule, message: String) {
    let graph = Graph("wrong") {
      Group("a", size: 2)
      Group("b", size: 3)
      Connection("a", to: "b", weight: .normal(1).shared("w"))
      Connection("a", to: "b", .oneToOneWithin, weight: rule)
      Connection("b", to: "b", .entries(SparseEntries(rows: [2], columns: [2])), weight: rule)
    }
    let error = #expect(throws: CyclogradError.self) { try graph.compile() }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
  }
}

extension Pattern {
  /// No edge that stands elsewhere.
  fileprivate static var oneToOneWithin: Pattern { .entries(SparseEntries(rows: [], columns: [])) }
}
