import Testing

@testable import Cyclograd

@Suite("Sweeps along the layers of a cycle")
struct LayerSweepTests {
  /// A cycle of layers, which the file lists in another order; with skips, some layers also see earlier ones.
  private static func problem(
    _ seed: Int, hasSkips: Bool, samples: Int
  ) throws -> (problem: Problem, layers: Int) {
    let random = CounterRandom(seed: UInt64(seed), purpose: .check, index: 0)
    let layers = 2 + random.index(0, below: 5)
    let size = 9 + 8 * random.index(1, below: 4) + 9 * (layers == 2 ? 1 : 0)
    var order = Array(0..<layers)
    for last in stride(from: layers - 1, to: 0, by: -1) {
      order.swapAt(last, random.index(10 + last, below: last + 1))
    }
    let width = 1.3 / Double(size).squareRoot()
    let problem = try Problem(
      Graph("layers", seed: UInt64(seed)) {
        Group("x", size: 2, role: .input)
        for layer in order {
          Group("h\(layer)", size: size, activation: .tanh, bias: .uniform(-0.3...0.3))
        }
        Group("y", size: 2, role: .output)
        Connection("x", to: "h0", weight: .normal(1))
        for layer in 0..<layers {
          Connection(
            "h\(layer)", to: "h\((layer + 1) % layers)", weight: .uniform(-width...width))
        }
        if hasSkips, layers > 3 {
          Connection("h0", to: "h2", .oneToOne, weight: ParameterRule(.constant(0.2)))
          Connection("h2", to: "h1", .oneToOne, weight: ParameterRule(.constant(0.1)))
        }
        Connection("h\(layers - 1)", to: "y", weight: .normal(0.3))
      }, samples: samples)
    return (problem, layers)
  }

  @Test(
    "Equilibrium and gradient are those of plain sweeps, in one sweep for as many as there are layers",
    arguments: 0..<12)
  func agrees(seed: Int) throws {
    let (problem, layers) = try Self.problem(seed, hasSkips: seed % 3 == 2, samples: 5)
    func run(_ backend: String, _ threads: Int, _ inputs: Matrix) throws -> (Equilibrium, Gradient)
    {
      let simulator = try Simulator(
        problem.network, backend: .named(backend),
        options: SolverOptions(tolerance: 1e-12, threads: threads))
      let equilibrium = try simulator.equilibrium(problem.parameters, inputs: inputs)
      let targets = problem.targetMatrix.selecting(rows: Array(0..<inputs.rows))
      return (
        equilibrium,
        try simulator.gradient(of: .halfSquaredError, targets: targets, at: equilibrium)
      )
    }
    let plain = try run("picard+neumann", 1, problem.inputMatrix)
    let layered = try run("automatic", 1, problem.inputMatrix)
    #expect(relativeDifference(layered.0.states.elements, plain.0.states.elements) < 1e-11)
    #expect(relativeDifference(layered.1.parameters, plain.1.parameters) < 1e-10)
    #expect(relativeDifference(layered.1.inputs.elements, plain.1.inputs.elements) < 1e-10)
    for (a, b) in zip(layered.0.evidence, plain.0.evidence) where seed % 3 != 2 {
      #expect(a.iterations <= b.iterations / layers + 6)
      #expect(a.detail == BlockGaussSeidelOrder.name && a.residual <= 1e-12)
    }
    // Bit for bit the same whatever stands beside a sample, and for any number of threads.
    let other = try run("automatic", 3, problem.inputMatrix)
    #expect(other.0.states == layered.0.states && other.1.parameters == layered.1.parameters)
    for row in 0..<5 {
      let alone = try run("automatic", 1, problem.inputMatrix.selecting(rows: [row]))
      #expect(Array(alone.0.states[row: 0]) == Array(layered.0.states[row: row]))
    }
  }

  @Test("Layers are taken along the cycle, whatever order the file has", arguments: 0..<12)
  func order(seed: Int) throws {
    let (problem, layers) = try Self.problem(seed, hasSkips: false, samples: 1)
    let network = problem.network
    let stage = try #require(network.stages.first { $0.isCyclic })
    let component = Component(network, stage: stage)
    let found = try #require(component.layers)
    #expect(found.count == layers)
    #expect(
      found.sorted { $0.lowerBound < $1.lowerBound }.flatMap { Array($0) }
        == Array(0..<component.neuronCount))
    let names = found.map { range in
      String(network.name(atPosition: component.neurons.lowerBound + range.lowerBound).prefix(2))
    }
    let start = try #require(names.firstIndex(of: "h0"))
    for place in 0..<layers { #expect(names[(start + place) % layers] == "h\(place)") }
  }

  @Test("Products, maxima and softmax groups are layers, too", arguments: 0..<6)
  func severalUnits(seed: Int) throws {
    let problem = try Problem(
      Graph("units", seed: UInt64(seed)) {
        Group("x", size: 2, role: .input)
        Group(
          "p", size: 20, combine: seed % 2 == 0 ? .product : .max,
          units: [.init(.tanh), .init(.logistic)])
        Group("q", size: 12, activation: .tanh, bias: .uniform(-0.3...0.3))
        Group("s", size: 9, activation: .softmax)
        Group("y", size: 2, role: .output)
        Connection("x", to: "q", weight: .normal(1))
        Connection("p", to: "s", weight: .normal(0.4))
        Connection("q", to: "p", unit: 0, weight: .normal(0.2))
        Connection("q", to: "p", unit: 1, weight: .normal(0.2))
        Connection("s", to: "q", weight: .normal(0.5))
        Connection("p", to: "y", weight: .normal(0.3))
      }, samples: 3)
    func run(_ backend: String) throws -> (Equilibrium, Gradient) {
      let simulator = try Simulator(
        problem.network, backend: .named(backend), options: SolverOptions(tolerance: 1e-12))
      let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      return (
        equilibrium,
        try simulator.gradient(
          of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
      )
    }
    let (direct, layered) = (try run("direct"), try run("automatic"))
    #expect(relativeDifference(layered.0.states.elements, direct.0.states.elements) < 1e-11)
    #expect(relativeDifference(layered.1.parameters, direct.1.parameters) < 1e-10)
    #expect(layered.0.evidence.allSatisfy { $0.detail == BlockGaussSeidelOrder.name })
  }

  @Test(
    "Groups that mostly listen to themselves, and small ones, are no layers")
  func refused() throws {
    func layers(_ size: Int, within: Bool) throws -> [Range<Int>]? {
      let graph = Graph("none", seed: 1) {
        Group("a", size: size, activation: .tanh)
        Group("b", size: size, activation: .tanh)
        Connection("a", to: "b", weight: .normal(0.1))
        Connection("b", to: "a", weight: .normal(0.1))
        if within { Connection("b", to: "b", weight: ParameterRule(.constant(0.01))) }
      }
      let network = try graph.compile().0
      let stage = try #require(network.stages.first { $0.isCyclic })
      return Component(network, stage: stage).layers
    }
    #expect(try layers(1, within: false) == nil)
    #expect(try layers(40, within: true) == nil)
    #expect(try layers(40, within: false)?.count == 2)
  }
}
