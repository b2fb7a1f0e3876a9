import TestSupport
import Testing

@testable import Cyclograd

@Suite("Implicit residual blocks of the θ scheme")
struct ThetaBlockTests {
  private static func compile(_ blocks: ThetaBlocks) throws -> (
    network: Network, parameters: Parameters
  ) {
    try Graph("blocks", seed: 3) {
      blocks.parts
      Inputs(NeuronRange("y0"))
      Outputs(NeuronRange("y\(blocks.steps)"))
    }.compile()
  }

  private static let inputs = Matrix([[0.4, -0.7], [-1, 0.2]])

  @Test("The states are those of the scheme", arguments: [0, 0.25, 0.5, 1])
  func scheme(theta: Double) throws {
    let h = 0.3
    let blocks = try ThetaBlocks(
      dimension: 2, steps: 3, theta: theta, stepSize: h, hidden: [3, 4], .tanh,
      biases: .uniform(-0.5...0.5))
    let (network, parameters) = try Self.compile(blocks)
    #expect(network.cyclicComponentCount == (theta == 0 ? 0 : 3))
    let equilibrium = try Simulator(network, options: .init(tolerance: 1e-14))
      .equilibrium(parameters, inputs: Self.inputs).requireConverged()
    // F from the network's own weights, and each step by repeated substitution.
    func group(_ name: String) -> Range<Int> {
      let entry = network.layout.entries[network.layout.indexOfGroup[name] ?? 0]
      return entry.firstNeuron..<entry.firstNeuron + entry.size
    }
    var weight: [String: Double] = [:]
    var bias: [String: Double] = [:]
    network.forEachParameterUse { use in
      if let source = use.source {
        weight["\(source)>\(use.target)"] = parameters.values[use.parameter]
      } else {
        bias[use.target] = parameters.values[use.parameter]
      }
    }
    func layer(_ x: [Double], _ from: String, _ to: String, _ f: (Double) -> Double) -> [Double] {
      (0..<group(to).count).map { i in
        f(
          x.indices.reduce(bias["\(to).\(i)"] ?? 0) {
            $0 + (weight["\(from).\($1)>\(to).\(i)"] ?? 0) * x[$1]
          })
      }
    }
    for row in 0..<2 {
      var y = Array(Self.inputs[row: row])
      for t in 1...3 {
        let before = y
        for _ in 0..<200 {
          let s = (0..<2).map { (1 - theta) * before[$0] + theta * y[$0] }
          let a = layer(s, "s\(t)", "h\(t)-1") { Activation.tanh.evaluate($0).value }
          let b = layer(a, "h\(t)-1", "h\(t)-2") { Activation.tanh.evaluate($0).value }
          let f = layer(b, "h\(t)-2", "f\(t)") { $0 }
          y = (0..<2).map { before[$0] + h * f[$0] }
        }
        let found = group("y\(t)").map { equilibrium.neuronActivations[row, $0] }
        for (a, b) in zip(found, y) { #expect(abs(a - b) < 1e-12, "θ \(theta), block \(t)") }
      }
    }
  }

  @Test("With limits, both forms have the same states", arguments: [0, 0.5, 1], [true, false])
  func forms(theta: Double, isTied: Bool) throws {
    var known: [String: Double] = [:]
    func states(eliminated: Bool) throws -> (states: Matrix, network: Network) {
      let blocks = try ThetaBlocks(
        dimension: 2, steps: 2, theta: theta, stepSize: 0.1, hidden: [4], .gelu,
        limits: -25 ... -15, tied: isTied, eliminated: eliminated, biases: .uniform(-0.5...0.5))
      var (network, parameters) = try Self.compile(blocks)
      // Draws depend on how many connections there are.
      network.forEachParameterUse { use in
        guard network.isTrainable(parameter: use.parameter) else { return }
        let name = "\(use.source ?? "bias")>\(use.target)/\(use.unit)"
        let value = known[name] ?? parameters.values[use.parameter]
        known[name] = value
        parameters.values[use.parameter] = value
      }
      let found = try Simulator(network, options: .init(tolerance: 1e-14))
        .equilibrium(parameters, inputs: Self.inputs).requireConverged()
      return (found.neuronActivations, network)
    }
    let (first, second) = (try states(eliminated: true), try states(eliminated: false))
    for (a, b) in zip(first.states.elements, second.states.elements) {
      #expect(abs(a - b) < 1e-12 * max(1, abs(a)))
    }
    #expect(first.network.trainableParameterCount == (isTied ? 1 : 2) * (8 + 4 + 8 + 2))
  }

  @Test("Plain iteration contracts on the eliminated form, not on the printed one")
  func contraction() throws {
    func status(eliminated: Bool, _ solver: String) throws -> SolveStatus {
      let blocks = try ThetaBlocks(
        dimension: 2, steps: 1, theta: 1, stepSize: 0.1, hidden: [4], .tanh,
        limits: -25 ... -15, eliminated: eliminated)
      let (network, parameters) = try Self.compile(blocks)
      return try Simulator(network, backend: .pair(solver: solver, adjoint: nil))
        .equilibrium(parameters, inputs: Self.inputs).evidence[0].status
    }
    #expect(try status(eliminated: true, "picard") == .converged)
    #expect(try status(eliminated: false, "picard") != .converged)
    #expect(try status(eliminated: false, "automatic") == .converged)
  }

  @Test("The stability function, and bounds from limits")
  func stability() throws {
    for (theta, z, expected) in [
      (0, -3, -2), (0.25, -3, -0.7142857142857143), (0.25, -0.5, 0.5555555555555556),
      (0.5, -2, 0), (0.5, 0.5, 1.6666666666666667), (0.75, -3, 0.07692307692307693),
      (1, -0.5, 0.6666666666666667), (1, 0.5, 2.0),
    ] as [(Double, Double, Double)] {
      #expect(abs(ThetaBlocks.stability(theta: theta, real: z).real - expected) < 1e-15)
    }
    let found = ThetaBlocks.stability(theta: 1, real: 0, imaginary: 1)
    #expect(abs(found.real - 0.5) < 1e-15 && abs(found.imaginary - 0.5) < 1e-15)
    for (theta, lower, upper, bound) in [
      (0, -2.5, -1.5, 1.5), (0, -3, 0.5, 2), (0.5, -2.5, -1.5, 0.14285714285714285),
      (0.5, -3, 0.5, 1.6666666666666667), (1, -2.5, -1.5, 0.4), (1, -3, 0.5, 2),
    ] as [(Double, Double, Double, Double)] {
      let blocks = try ThetaBlocks(
        dimension: 1, steps: 1, theta: theta, hidden: [2], .tanh, limits: lower...upper)
      #expect(abs((blocks.normBound ?? .nan) - bound) < 1e-14)
    }
    let pole = try ThetaBlocks(
      dimension: 1, steps: 1, theta: 1, hidden: [2], .tanh, limits: -3...1)
    #expect(pole.normBound == nil)
  }

  @Test("The bound holds for normalised weights")
  func bound() throws {
    let blocks = try ThetaBlocks(
      dimension: 2, steps: 2, theta: 0.5, stepSize: 0.1, hidden: [5], .tanh,
      limits: -20 ... -2, weights: .uniform(-2...2))
    let (network, parameters) = try Self.compile(blocks)
    let trainer = try Trainer(
      Simulator(network), parameters,
      TrainerOptions(
        normalisations: [("s1", "h1"), ("h1", "f1")].map {
          SpectralNormalisation(from: $0.0, to: $0.1, iterations: nil)
        }))
    let bound = try #require(blocks.normBound)
    var random = TestRandom(8)
    let inputs = Matrix((0..<20).map { _ in [random.number(-3, 3), random.number(-3, 3)] })
    let equilibrium = try trainer.simulator.equilibrium(trainer.parameters, inputs: inputs)
    for jacobian in try equilibrium.requireConverged().jacobians() {
      let (a, b, c, d) = (jacobian[0, 0], jacobian[0, 1], jacobian[1, 0], jacobian[1, 1])
      let (sum, determinant) = (a * a + b * b + c * c + d * d, a * d - b * c)
      let norm = ((sum + (sum * sum - 4 * determinant * determinant).squareRoot()) / 2).squareRoot()
      #expect(norm <= bound * bound * (1 + 1e-9))
    }
  }

  @Test(
    "With normalised weights it is proved that each input has one state where θ h β < 1, however stiff, and nowhere else",
    arguments: 0..<10)
  func wellPosed(seed: Int) throws {
    var random = TestRandom(UInt64(seed))
    let theta = [0.5, 0.75, 1][seed % 3]
    let beta = random.number(-3, 3)
    let blocks = try ThetaBlocks(
      dimension: 3, steps: 2, theta: theta, stepSize: random.number(0.3, 0.9),
      hidden: seed % 2 == 0 ? [6] : [5, 7], .tanh,
      limits: beta - random.number(0.5, 40)...beta, tied: seed % 4 < 2,
      eliminated: seed % 5 != 0, weights: .uniform(-2...2))
    let (network, parameters) = try Self.compile(blocks)
    let layers = blocks.hidden.count == 1 ? ["h1"] : ["h1-1", "h1-2"]
    let path = ["s1"] + layers + ["f1"]
    var rules = zip(path, path.dropFirst()).map {
      SpectralNormalisation(from: $0, to: $1, iterations: nil, always: true)
    }
    if !blocks.isTied {
      rules += rules.map { rule in
        func second(_ name: String) -> String {
          String(name.prefix(1)) + "2" + name.dropFirst(2)
        }
        return SpectralNormalisation(
          from: second(rule.source), to: second(rule.target), iterations: nil, always: true)
      }
    }
    let trainer = try Trainer(
      Simulator(network), parameters, TrainerOptions(normalisations: rules))
    let proof = try GlobalCertificate(network, trainer.parameters)
    let margin = theta * blocks.stepSize * beta
    // Norms are 1 but for rounding, so that the border itself is left out.
    if margin < 0.99 { #expect(proof.isWellPosed, "\(blocks)") }
    if margin > 1.01 { #expect(!proof.isWellPosed, "\(blocks)") }
  }

  @Test("What has no meaning is refused")
  func refused() {
    #expect(throws: CyclogradError.self) {
      try ThetaBlocks(dimension: 0, steps: 1, theta: 0, hidden: [1], .tanh)
    }
    #expect(throws: CyclogradError.self) {
      try ThetaBlocks(dimension: 1, steps: 1, theta: 2, hidden: [1], .tanh)
    }
    #expect(throws: CyclogradError.self) {
      try ThetaBlocks(dimension: 1, steps: 1, theta: 0, hidden: [], .tanh)
    }
    #expect(throws: CyclogradError.self) {
      try ThetaBlocks(
        dimension: 1, steps: 1, theta: 1, stepSize: 1, hidden: [1], .tanh, limits: 0.5...1.5)
    }
  }
}
