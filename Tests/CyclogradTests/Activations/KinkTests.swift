import Testing

@testable import Cyclograd

@Suite("Neurons on kinks")
struct KinkTests {
  private static func relu(_ bias: Double = 0) throws -> (Network, Parameters) {
    try Graph("relu") {
      Group("x", size: 1, role: .input)
      Group("h", size: 1, role: .output, activation: .relu, bias: .init(.constant(bias)))
      Connection("x", to: "h", weight: 1)
    }.compile()
  }

  private static func maximum() throws -> (Network, Parameters) {
    try Graph("max") {
      Group("x", size: 2, role: .input)
      Group(
        "m", size: 1, role: .output, combine: .max, units: [.init(.identity), .init(.identity)])
      Edge("x.0", to: "m.0", weight: 1)
      Edge("x.1", to: "m.0", unit: 1, weight: 1)
    }.compile()
  }

  private static func equilibrium(
    _ made: (network: Network, parameters: Parameters), _ inputs: [[Double]]
  ) throws -> Equilibrium {
    try Simulator(made.network).equilibrium(made.parameters, inputs: Matrix(inputs))
  }

  @Test("The branch that is documented is taken, and the neurons are counted")
  func branch() throws {
    let relu = try Self.equilibrium(Self.relu(), [[0], [1], [-1], [-0.0]])
    #expect(relu.kinkCounts == [1, 0, 0, 1])
    #expect(try relu.jacobians().map { $0[0, 0] } == [0, 1, 0, 0])
    #expect(
      try relu.jvp(Tangent(inputs: Matrix([[1], [1], [1], [1]]))).elements == [0, 1, 0, 0])
    let maximum = try Self.equilibrium(Self.maximum(), [[1, 1], [1, 2]])
    #expect(maximum.kinkCounts == [1, 0])
    #expect(try maximum.jacobians().map(\.elements) == [[1, 0], [0, 1]])
  }

  @Test("Refused, there is no Jacobian and no product")
  func refusedJacobian() throws {
    for equilibrium in [
      try Self.equilibrium(Self.relu(), [[1], [0]]),
      try Self.equilibrium(Self.maximum(), [[1, 2], [3, 3]]),
    ] {
      let direction = Tangent(inputs: equilibrium.inputs)
      for body: () throws -> Void in [
        { _ = try equilibrium.jacobians(kinks: .refuse) },
        { _ = try equilibrium.jvp(direction, kinks: .refuse) },
      ] {
        let error = #expect(throws: CyclogradError.self) { try body() }
        #expect(error?.code == .notDifferentiable)
        #expect(error?.location.subject == "row 1")
        #expect(error?.message.contains("1 neuron stands on a kink") == true)
      }
      #expect(try equilibrium[0].jacobians(kinks: .refuse).count == 1)
    }
  }

  @Test(
    "The gradient's evidence counts them, or refuses",
    arguments: ["exact", "semi", "neumann:2", "phantom:2:0.5"])
  func gradient(_ name: String) throws {
    let kind = try GradientKind.named(name)
    let made = try Self.relu()
    let equilibrium = try Self.equilibrium(made, [[0], [2]])
    let targets = Matrix([[1], [1]])
    let outcome = try Simulator(made.0).differentiate(
      .halfSquaredError, targets: targets, at: equilibrium, kind: kind)
    #expect(outcome.evidence.map(\.kinks) == [1, 0])
    #expect(outcome.gradient?.inputs.elements == [0, 0.5])
    #expect(outcome.gradient?.evidence.map(\.kinks) == [1, 0])
    let refusing = try Simulator(made.0, options: .init(kinks: .refuse))
    let refused = try refusing.differentiate(
      .halfSquaredError, targets: targets, at: equilibrium, kind: kind)
    #expect(refused.gradient == nil)
    #expect(refused.evidence.map(\.status) == [.notDifferentiable, .converged])
    #expect(refused.evidence.map(\.kinks) == [1, 0])
    let error = #expect(throws: CyclogradError.self) { try refused.get() }
    #expect(error?.code == .notDifferentiable)
    #expect(
      try refusing.differentiate(
        .halfSquaredError, targets: Matrix([[1]]), at: equilibrium[1], kind: kind
      ).gradient != nil)
  }

  /// One neuron fed by as many inputs as it has units.
  private static func neuron(
    _ activations: [Activation], _ combination: Group.Combination
  ) throws -> (Network, Parameters) {
    try Graph("neuron") {
      Group("x", size: activations.count, role: .input)
      Group(
        "h", size: 1, role: .output, combine: combination, units: activations.map { .init($0) })
      for unit in activations.indices {
        Edge(.init("x", unit), to: "h.0", unit: unit, weight: 1)
      }
    }.compile()
  }

  /// Whether one-sided derivatives along some directions are no odd function of the direction.
  private static func hasKink(
    _ activations: [Activation], _ combination: Group.Combination, at z: [Double]
  ) -> Bool {
    func value(_ z: [Double]) -> Double {
      let values = zip(activations, z).map { ReferenceActivation.value($0, $1) }
      return combination == .product ? values.reduce(1, *) : values.max() ?? .nan
    }
    let h = 1e-7
    func along(_ v: [Double]) -> Double {
      (value(zip(z, v).map { $0 + h * $1 }) - value(z)) / h
    }
    // All directions of −1, 0 and 1.
    var directions: [[Double]] = [[]]
    for _ in z { directions = directions.flatMap { v in [-1, 0, 1].map { v + [$0] } } }
    return directions.contains { abs(along($0) + along($0.map { -$0 })) > 1e-4 }
  }

  @Test("Those are counted at which one-sided derivatives differ")
  func oracle() throws {
    var random = TestRandom(17)
    var counted = 0
    let candidates = ReferenceActivation.all.filter { $0 != .reciprocal }
    for _ in 0..<400 {
      let activations = (0..<random.integer(1...3)).map { _ in
        random.chance(0.5) ? random.pick(ReferenceActivation.kinked) : random.pick(candidates)
      }
      let combination = random.pick([Group.Combination.product, .max])
      let made = try Self.neuron(activations, combination)
      let samples = (0..<20).map { _ in
        activations.map { _ in random.pick([0, -0.0, 0.8, -0.6, 1, -1, 0.25]) }
      }
      let found = try Self.equilibrium(made, samples)
      let expected = samples.map { Self.hasKink(activations, combination, at: $0) ? 1 : 0 }
      #expect(found.kinkCounts == expected, "\(combination) of \(activations): \(samples)")
      // Samples by themselves are counted as they are together.
      #expect(samples.indices.map { found[$0].kinkCounts[0] } == expected)
      counted += expected.reduce(0, +)
    }
    #expect(counted > 1000)
  }

  @Test("Ways to treat kinks have names")
  func names() throws {
    #expect(try KinkPolicy.named("refuse") == .refuse)
    let error = #expect(throws: CyclogradError.self) { try KinkPolicy.named("refus") }
    #expect(error?.code == .invalidOption && error?.advice == "did you mean 'refuse'?")
  }
}
