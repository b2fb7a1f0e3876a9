import Testing

@testable import Cyclograd

@Suite("Tangent networks")
struct TangentTests {
  private static func problem(_ seed: UInt64) throws -> (Problem, Equilibrium)? {
    let problem = try Problem(RandomGraphs.make(.tame, seed: 3_000 + seed), samples: 2, seed: seed)
    let found = try Simulator(problem.network, options: .init(tolerance: 1e-14)).equilibrium(
      problem.parameters, inputs: problem.inputMatrix)
    return found.isConverged ? (problem, found) : nil
  }

  private static func beside(_ a: Matrix, _ b: Matrix) -> Matrix {
    Matrix((0..<a.rows).map { Array(a[row: $0]) + Array(b[row: $0]) })
  }

  /// What takes the input of a neuron whose f is not linear.
  private static func feeder(of name: String) -> String {
    let parts = name.split(separator: ".")
    return "d-\(parts[0])-in.\(parts[1])"
  }

  @Test("give the products J v of factorizations, along inputs and along parameters")
  func products() throws {
    var compared = 0
    for seed in 0..<30 as Range<UInt64> {
      guard let (problem, equilibrium) = try Self.problem(seed) else { continue }
      var random = TestRandom(seed)
      let network = problem.network
      let width = network.outputCount
      func compare(
        _ tangent: TangentNetwork, _ parameters: Parameters, _ inputs: Matrix, _ expected: Matrix
      ) throws {
        let found = try Simulator(tangent.network, options: .init(tolerance: 1e-14)).equilibrium(
          parameters, inputs: inputs)
        guard found.isConverged else { return }
        let outputs = found.outputs
        let scale = max(1, expected.elements.map(abs).max() ?? 0)
        for row in 0..<2 {
          for j in 0..<width {
            #expect(abs(outputs[row, j] - equilibrium.outputs[row, j]) < 1e-10)
            #expect(
              abs(outputs[row, width + j] - expected[row, j]) < 1e-9 * scale, "seed \(seed)")
          }
        }
        compared += 1
      }
      if network.inputCount > 0 {
        let change = Matrix(problem.inputs.map { $0.map { _ in random.number(-1, 1) } })
        let tangent = try network.tangent()
        #expect(tangent.network.inputCount == 2 * network.inputCount)
        for (name, primal) in zip(tangent.network.inputNames, network.inputNames) {
          #expect(name == primal || name == Self.feeder(of: primal), "seed \(seed)")
        }
        #expect(Array(tangent.network.outputNames.prefix(width)) == network.outputNames)
        try compare(
          tangent, tangent.parameters(problem.parameters),
          Self.beside(problem.inputMatrix, change), equilibrium.jvp(Tangent(inputs: change)))
      }
      let direction = problem.parameters.values.map { _ in random.number(-1, 1) }
      let tangent = try network.tangent(by: .parameters)
      try compare(
        tangent, tangent.parameters(problem.parameters, direction: direction),
        problem.inputMatrix, equilibrium.jvp(Tangent(parameters: direction)))
    }
    #expect(compared > 40)
  }

  @Test("keep the ties of kernels, also between grids of different size")
  func kernels() throws {
    let graph = Graph("kernels", seed: 3) {
      Group("x", size: 1, role: .input)
      Group(
        "a", shape: [2, 1, 2], activation: .tanh,
        bias: ParameterRule(.list([0.1, 0.2]), tying: .kernel, share: "b"))
      Group(
        "b", shape: [2, 2, 2], activation: .tanh,
        bias: ParameterRule(nil, tying: .kernel, share: "b"))
      Group("y", size: 1, role: .output)
      Connection("x", to: "a", weight: .normal(1))
      Connection("a", to: "b", weight: .normal(0.3))
      Connection("b", to: "y", weight: .normal(0.5))
    }
    let problem = try Problem(graph, samples: 2)
    let equilibrium = try Simulator(problem.network).equilibrium(
      problem.parameters, inputs: problem.inputMatrix)
    let direction = problem.parameters.values.indices.map { Double($0 % 5) - 1.7 }
    let tangent = try problem.network.tangent(by: .parameters)
    let written = try tangent.graph(problem.parameters, direction: direction).compile()
    #expect(
      written.network.trainableParameterCount == problem.network.trainableParameterCount)
    let found = try Simulator(written.network).equilibrium(
      written.parameters, inputs: problem.inputMatrix)
    let expected = try equilibrium.jvp(Tangent(parameters: direction))
    for row in 0..<2 { #expect(abs(found.outputs[row, 1] - expected[row, 0]) < 1e-9) }
  }

  @Test("exist where slopes of neurons that do not move are infinite at 0")
  func unreached() throws {
    let graph = Graph("reciprocals", seed: 3) {
      Group("x", size: 1, role: .input)
      Group("u", size: 1, bias: 2)
      Group("h", size: 2, activation: .reciprocal, bias: 0)
      Group("y", size: 2, role: .output)
      Connection(
        "x", to: "h", .entries(SparseEntries(rows: [0], columns: [0])), weight: 1)
      Connection(
        "u", to: "h", .entries(SparseEntries(rows: [1], columns: [0])), weight: 1)
      Connection("h", to: "y", .oneToOne, weight: 1)
    }
    let (network, parameters) = try graph.compile()
    let tangent = try network.tangent()
    let found = try Simulator(tangent.network).equilibrium(
      tangent.parameters(parameters), inputs: Matrix([[2, 1]]))
    #expect(found.isConverged)
    #expect(found.outputs[row: 0].elementsEqual([0.5, 0.5, -0.25, 0]))
  }

  @Test("give no neuron a name that another has")
  func names() throws {
    let graph = Graph(
      name: "names",
      groups: [
        Group("x", size: 1, role: .input),
        Group("h", neurons: ["d-h.0"], role: .output, activation: .tanh),
      ], connections: [Connection("x", to: "h", weight: 1)])
    let (network, parameters) = try graph.compile()
    let written = try network.tangent().graph(parameters).compile()
    #expect(Set(written.network.neuronNames).count == written.network.neuronCount)
  }

  @Test("along a group are what comes behind a change of its activations")
  func groups() throws {
    let graph = Graph("chain", seed: 3) {
      Group("x", size: 2, role: .input)
      Group("h", size: 3, activation: .tanh, bias: .uniform(-0.2...0.2))
      Group("y", size: 2, role: .output, activation: .gelu)
      Connection("x", to: "h")
      Connection("h", to: "h", weight: .normal(0.3))
      Connection("h", to: "y")
      Connection("y", to: "y", weight: .normal(0.3))
    }
    let (network, parameters) = try graph.compile()
    let tangent = try network.tangent(by: .groups(["h"]), of: ["y"])
    #expect(tangent.network.inputCount == 5)
    let u = [0.3, -0.7, 0.5]
    let x = [0.2, 0.9]
    let found = try Simulator(tangent.network).equilibrium(
      tangent.parameters(parameters), inputs: Matrix([x + u])
    ).requireConverged()
    // The same by central differences of a network that h is an input of.
    let a = Array(
      try Simulator(network).equilibrium(parameters, inputs: Matrix([x]))
        .neuronActivations[row: 0][2..<5])
    let open = Graph("open", seed: 3) {
      Group("h", size: 3, role: .input)
      Group("y", size: 2, role: .output, activation: .gelu)
      Connection("h", to: "y")
      Connection("y", to: "y")
    }
    let (rest, labels) = try open.compile()
    var values = labels
    network.forEachParameterUse { use in
      rest.forEachParameterUse {
        if $0.source == use.source, $0.target == use.target, use.target.hasPrefix("y") {
          values.values[$0.parameter] = parameters.values[use.parameter]
        }
      }
    }
    let simulator = try Simulator(rest, options: .init(tolerance: 1e-14))
    let h = 1e-6
    let ends = try simulator.equilibrium(
      values,
      inputs: Matrix([zip(a, u).map { $0 + h * $1 }, zip(a, u).map { $0 - h * $1 }])
    ).outputs
    for j in 0..<2 {
      let difference = (ends[0, j] - ends[1, j]) / (2 * h)
      #expect(abs(found.outputs[0, 2 + j] - difference) < 1e-8)
    }
  }

  @Test("tangents of tangents are second derivatives")
  func second() throws {
    let graph = Graph("second", seed: 5) {
      Group("x", size: 1, role: .input)
      Group("h", size: 3, activation: .tanh, bias: .uniform(-0.5...0.5))
      Group(
        "p", size: 2, combine: .product,
        units: [.init(.logistic), .init(.silu, bias: 0.3), .init()])
      Group("m", size: 2, combine: .max, units: [.init(.asinh), .init(.softplus, bias: -0.2)])
      Group("s", size: 3, activation: .softmax)
      Group("y", size: 1, role: .output)
      Connection("x", to: "h")
      Connection("h", to: "p", weight: .normal(0.5))
      Connection("h", to: "p", unit: 1, weight: .normal(0.5))
      Connection("h", to: "p", unit: 2, weight: .normal(0.5))
      Connection("p", to: "m", weight: .normal(0.5))
      Connection("h", to: "m", unit: 1, weight: .normal(0.5))
      Connection("m", to: "s")
      Connection("s", to: "h", weight: .normal(0.4))
      Connection("s", to: "y")
      Connection("m", to: "y")
    }
    let (network, parameters) = try graph.compile()
    let first = try network.tangent()
    let firstParameters = try first.parameters(parameters)
    let second = try first.network.tangent()
    let x = 0.4
    // Along (1, 0) in (x, ẋ) with ẋ = 1 the derivative of ẏ is ÿ.
    let found = try Simulator(second.network, options: .init(tolerance: 1e-13)).equilibrium(
      second.parameters(firstParameters), inputs: Matrix([[x, 1, 1, 0]])
    ).requireConverged()
    let simulator = try Simulator(network, options: .init(tolerance: 1e-14))
    let h = 1e-3
    let y = try simulator.equilibrium(
      parameters, inputs: Matrix([-2, -1, 0, 1, 2].map { [x + h * $0] })
    ).outputs.elements
    let slope = (y[0] - 8 * y[1] + 8 * y[3] - y[4]) / (12 * h)
    let bend = (-y[0] + 16 * y[1] - 30 * y[2] + 16 * y[3] - y[4]) / (12 * h * h)
    #expect(abs(found.outputs[0, 1] - slope) < 1e-9)
    #expect(abs(found.outputs[0, 2] - slope) < 1e-9)
    #expect(abs(found.outputs[0, 3] - bend) < 1e-7)
    #expect(throws: CyclogradError.self) { try second.network.tangent() }
  }

  @Test("agree with the graph that they can be written as")
  func graphs() throws {
    for seed in 0..<12 as Range<UInt64> {
      guard let (problem, _) = try Self.problem(seed) else { continue }
      var random = TestRandom(seed)
      let direction = problem.parameters.values.map { _ in random.number(-1, 1) }
      let tangent = try problem.network.tangent(by: .parameters)
      let parameters = try tangent.parameters(problem.parameters, direction: direction)
      let (network, values) = try tangent.graph(problem.parameters, direction: direction).compile()
      #expect(values == parameters)
      #expect(network.trainableParameterCount == problem.network.trainableParameterCount)
      #expect(network.outputNames == tangent.network.outputNames)
    }
  }

  @Test("what cannot be differentiated is refused")
  func refusals() throws {
    let (network, parameters) = try Graph("g") {
      Group("h", size: 2, role: .output, activation: .tanh)
      Connection("h", to: "h")
    }.compile()
    #expect(throws: CyclogradError.self) { try network.tangent() }
    #expect(throws: CyclogradError.self) { try network.tangent(by: .groups(["x"])) }
    #expect(throws: CyclogradError.self) { try network.tangent(by: .groups(["h", "h"])) }
    #expect(throws: CyclogradError.self) { try network.tangent(by: .parameters, of: ["z"]) }
    let tangent = try network.tangent(by: .parameters)
    #expect(throws: CyclogradError.self) {
      try tangent.parameters(parameters, direction: [1])
    }
    let along = try network.tangent(by: .groups(["h"]))
    #expect(throws: CyclogradError.self) {
      try along.parameters(parameters, direction: parameters.values)
    }
  }
}
