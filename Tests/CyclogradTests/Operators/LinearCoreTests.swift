import SparseAlgebra
import TestSupport
import Testing

@testable import Cyclograd

@Suite("Linear components are solved as a matrix of neurons")
struct LinearCoreTests {
  /// Everything that tangents have neurons of several units for.
  private static func mixed(maximum: Bool = false) -> Graph {
    Graph("mixed", seed: 5) {
      Group("x", size: 3, role: .input)
      Group("h", size: 40, activation: .tanh, bias: .uniform(-0.3...0.3))
      Group(
        "g", size: 12, combine: maximum ? .max : .product,
        units: [.init(.tanh, bias: .uniform(-0.3...0.3)), .init(.logistic), .init(.softplus)])
      Group("s", size: 6, activation: .softmax)
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", .inDegree(2), weight: .normal(1))
      Connection("h", to: "h", .inDegree(5), self: false, weight: .uniform(-0.25...0.25))
      Connection("h", to: "g", unit: 0, .inDegree(4), weight: .normal(0.4))
      Connection("h", to: "g", unit: 1, .inDegree(4), weight: .normal(0.4))
      Connection("g", to: "g", unit: 2, .inDegree(2), weight: .normal(0.3))
      Connection("g", to: "s", weight: .normal(0.5))
      Connection("s", to: "h", .inDegree(2), weight: .normal(0.4))
      Connection("h", to: "y", .inDegree(8), weight: .normal(0.4))
      Connection("s", to: "y", weight: .normal(0.4))
    }
  }

  private static func large(_ neurons: Int) -> Graph {
    Graph("large", seed: 3) {
      Group("x", size: 2, role: .input)
      Group("h", size: neurons, activation: .tanh, bias: .uniform(-0.3...0.3))
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", .inDegree(1), weight: .normal(1))
      Connection("h", to: "h", .inDegree(3), self: false, weight: .uniform(-0.5...0.5))
      Connection("h", to: "y", .inDegree(20), weight: .normal(0.3))
    }
  }

  private func expectAgreement(_ graph: Graph, by seed: TangentSeed, samples: Int) throws {
    let (primal, parameters) = try graph.compile()
    let tangent = try primal.tangent(by: seed)
    let network = tangent.network
    #expect(network.components.contains { $0.linearCore(.serial) != nil })
    var random = TestRandom(7)
    func numbers(_ rows: Int, _ columns: Int) -> Matrix {
      Matrix(
        rows: rows, columns: columns,
        elements: (0..<rows * columns).map { _ in random.number(-1, 1) })
    }
    let values = try tangent.parameters(
      parameters, direction: seed == .parameters ? numbers(1, primal.parameterCount).elements : nil)
    let inputs = numbers(samples, network.inputCount)
    let v = numbers(samples, network.outputCount)
    func run(
      _ backend: String, threads: Int = 1, _ inputs: Matrix, _ v: Matrix, start: Matrix? = nil
    ) throws -> (Equilibrium, Gradient) {
      let simulator = try Simulator(
        network, backend: .named(backend), options: .init(tolerance: 1e-13, threads: threads))
      let equilibrium = try simulator.equilibrium(values, inputs: inputs, start: start)
        .requireConverged()
      return (equilibrium, try simulator.gradient(outputDerivatives: v, at: equilibrium))
    }
    let plain = try run("picard+neumann", inputs, v)
    let core = try run("automatic", inputs, v)
    #expect(relativeDifference(core.0.states.elements, plain.0.states.elements) < 1e-11)
    #expect(relativeDifference(core.1.parameters, plain.1.parameters) < 1e-10)
    #expect(relativeDifference(core.1.inputs.elements, plain.1.inputs.elements) < 1e-10)
    #expect(core.0.evidence.allSatisfy { $0.residual <= 1e-13 && $0.iterations > 0 })
    // Not bound to threads or neighbours, and little is left to do from the answer on.
    let shared = try run("automatic", threads: 3, inputs, v)
    #expect(shared.0.states == core.0.states && shared.1.parameters == core.1.parameters)
    for row in [0, samples - 1] {
      let one = try run(
        "automatic", Matrix([Array(inputs[row: row])]), Matrix([Array(v[row: row])]))
      #expect(Array(one.0.states[row: 0]) == Array(core.0.states[row: row]))
      #expect(Array(one.1.inputs[row: 0]) == Array(core.1.inputs[row: row]))
    }
    let again = try run("automatic", inputs, v, start: core.0.states)
    #expect(relativeDifference(again.0.states.elements, core.0.states.elements) < 1e-12)
  }

  @Test(
    "with products and softmax groups, for one sample, several and many", arguments: [1, 5, 20])
  func mixed(samples: Int) throws {
    try expectAgreement(Self.mixed(), by: .inputs, samples: samples)
    try expectAgreement(Self.mixed(), by: .groups(["g"]), samples: samples)
    try expectAgreement(Self.mixed(), by: .parameters, samples: samples)
  }

  @Test("in blocks, whose rows are taken in an order of their own", .tags(.slow), .unlessFast)
  func blocks() throws {
    try expectAgreement(Self.large(RowOrder.fewestRows), by: .inputs, samples: 9)
  }

  @Test("in tiles, where rows are too many to be taken eight at a time", .tags(.slow), .unlessFast)
  func tiles() throws {
    try expectAgreement(Self.large((1 << 15) + 9), by: .inputs, samples: 2)
  }

  @Test("Components with selections, and those of single units, have no such matrix")
  func others() throws {
    let primal = try Self.mixed(maximum: true).compile().network
    #expect(primal.components.allSatisfy { $0.linearCore(.serial) == nil })
    let tangent = try primal.tangent().network
    #expect(tangent.components.allSatisfy { $0.linearCore(.serial) == nil })
  }

  @Test("Where plain sweeps do not settle, another method finds the answer")
  func slow() throws {
    var graph = Self.large(60)
    graph.connections[1].weight = .uniform(-3...3)
    let (primal, parameters) = try graph.compile()
    let simulator = try Simulator(primal, options: .init(tolerance: 1e-13))
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[0.3, -0.2]]))
      .requireConverged()
    let direction = Tangent(parameters: parameters.values.map { 0.5 - $0 })
    let expected = try equilibrium.jvp(direction)
    let tangent = try TangentSimulator(of: simulator.network, by: .parameters, like: simulator)
    let found = try tangent.equilibrium(along: direction, at: equilibrium)
    #expect(
      relativeDifference(Array(found.outputs.elements.suffix(2)), expected.elements) < 1e-8)
  }
}
