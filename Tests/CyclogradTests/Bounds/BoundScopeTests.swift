import Testing

@testable import Cyclograd

@Suite("What bounds speak of")
struct BoundScopeTests {
  private func row(
    _ activation: Activation, _ weight: Double, at x: Double = 0, radius: Double,
    _ methods: [BoundMethod] = BoundMethod.direct
  ) throws -> Bounds.Row {
    let (network, parameters) = try selfLoop(activation, weight)
    return try Bounds(
      of: parameters, over: InputBox(around: Matrix([[x]]), radius: radius),
      by: Simulator(network), options: .init(methods: Set(methods))
    ).rows[0]
  }

  @Test("all three equilibria of a neuron are enclosed")
  func all() throws {
    let row = try row(.tanh, 2, radius: 0.01)
    #expect(row.scope == .all)
    // tanh(2 a) = a at 0 and ±0.9575….
    #expect(row.lower[0] < -0.9575 && row.lower[0] >= -1)
    #expect(row.upper[0] > 0.9575 && row.upper[0] <= 1)
  }

  @Test("a selection in a cycle takes the range of its values, not that of its keys")
  func selection() throws {
    for key in [Activation.logistic, .identity] {
      let graph = Graph(
        name: "selection",
        groups: [
          Group("u", size: 1, role: .input),
          Group(
            "h", size: 1, role: .output, combine: .select,
            units: [.init(key, bias: 0), .init(key, bias: 5), .init(.tanh), .init(.tanh)]),
          Group("c", size: 1, role: .output, bias: -0.6),
        ],
        connections: [
          Connection("u", to: "h", unit: 3, weight: 1),
          Connection("h", to: "h", unit: 3, weight: 0.3),
        ])
      let (network, parameters) = try graph.compile()
      let simulator = try Simulator(network)
      let row = try Bounds(
        of: parameters, over: InputBox(around: Matrix([[-0.45]]), radius: 0.15), by: simulator
      ).rows[0]
      #expect(row.scope == .all && row.isBounded)
      let inputs = Matrix((0...60).map { step -> [Double] in [-0.6 + 0.3 * Double(step) / 60] })
      let outputs = try simulator.equilibrium(parameters, inputs: inputs).outputs
      for sample in 0..<outputs.rows {
        for j in 0..<2 {
          let value = outputs[sample, j]
          #expect(row.lower[j] - 1e-6 <= value && value <= row.upper[j] + 1e-6)
        }
      }
    }
  }

  @Test("a monotone component has one equilibrium, though its loop amplifies")
  func monotone() throws {
    // y = relu(−2 y + x), so that y = x / 3.
    let row = try row(.relu, -2, at: 3, radius: 0.3)
    #expect(row.scope == .unique)
    #expect(row.lower[0] <= 0.9 && row.lower[0] > 0.89)
    #expect(row.upper[0] >= 1.1 && row.upper[0] < 1.11)
  }

  @Test("where others may lie elsewhere, that is said, and a box that says nothing is no bound")
  func local() throws {
    // y = 1.5 y + x, so that y = −2 x; nobody sees that the activation is linear.
    let row = try row(.leakyReLU(slope: 1), 1.5, at: 1, radius: 0.1)
    #expect(row.scope == .local)
    #expect(row.lower[0] <= -2.2 && row.lower[0] > -2.21)
    #expect(row.upper[0] >= -1.8 && row.upper[0] < -1.79)
    let box = try self.row(.leakyReLU(slope: 1), 1.5, at: 1, radius: 0.1, [.box])
    #expect(!box.isBounded && box.reason != nil && box.upperMethods[0] == nil)
    let nothing = try self.row(.identity, 1, at: 0.5, radius: 0.1)
    #expect(nothing.scope == nil && nothing.reason != nil && !nothing.isProved(0))
  }

  @Test("a class is not certified where another equilibrium may have another class")
  func localClass() throws {
    // q = asinh(3 q + x) has two stable equilibria, of either sign.
    let graph = Graph(
      name: "two",
      groups: [
        Group("x", size: 1, role: .input), Group("q", size: 1, activation: .asinh),
        Group("y", size: 2, role: .output),
      ],
      connections: [
        Connection("x", to: "q", weight: 1), Connection("q", to: "q", weight: 3),
        Connection("q", to: "y", weight: [1, -1]),
      ])
    let (network, parameters) = try graph.compile()
    let found = try Certification(
      of: parameters, over: InputBox(around: Matrix([[0.01]]), radius: 0.05),
      by: Simulator(network), options: .init(attacks: true, splits: 5))
    #expect(found.rows[0].bounds.scope == .local)
    #expect(found.rows[0].bounds.upper[1] < 0)
    #expect(found.rows[0].status == (found.rows[0].attack?.isSuccessful == true ? .refuted : .open))
  }

  @Test("bounds follow the sample's equilibrium, not another one that the middle of the box has")
  func branch() throws {
    // q = asinh(3 q + x) from q = 0: positive at the sample, negative in the middle of the box.
    let (network, parameters) = try selfLoop(.asinh, 3)
    let simulator = try Simulator(network)
    let sample = Matrix([[0.01]])
    let box = try InputBox(around: sample, radius: 0.06, range: -0.06...0.012)
    let own = try simulator.equilibrium(parameters, inputs: sample)
    let middle = try simulator.equilibrium(parameters, inputs: Matrix([box.row(0).center]))
    #expect(own.outputs[0, 0] > 1 && middle.outputs[0, 0] < -1)
    let row = try Bounds(of: parameters, over: box, by: simulator).rows[0]
    #expect(row.scope == .local)
    #expect(row.lower[0] <= own.outputs[0, 0] && own.outputs[0, 0] <= row.upper[0])
  }

  @Test("a difference from parameters with several equilibria does not say that there is one")
  func localDifference() throws {
    // k = relu(1.5 k + 4 x) is 0 or 4 at x = −0.5; without its loop it is 0.
    let graph = Graph(
      name: "two",
      groups: [
        Group("x", size: 1, role: .input),
        Group("k", size: 1, role: .output, activation: .relu),
      ],
      connections: [Connection("x", to: "k", weight: 4), Connection("k", to: "k", weight: 1.5)])
    let (network, parameters) = try graph.compile()
    var changed = parameters
    for index in changed.values.indices where changed.values[index] == 1.5 {
      changed.values[index] = 0
    }
    let row = try ModelError(
      of: changed, against: parameters,
      over: InputBox(around: Matrix([[-0.5]]), radius: 0.1), by: Simulator(network)
    ).rows[0].bounds
    #expect(row.scope != .unique)
  }

  @Test("the reciprocal is bounded away from its pole, and not across it")
  func pole() throws {
    let graph = Graph(
      name: "pole",
      groups: [
        Group("x", size: 1, role: .input),
        Group("y", size: 1, role: .output, activation: .reciprocal),
      ], connections: [Connection("x", to: "y", weight: 1)])
    let (network, parameters) = try graph.compile()
    for (radius, isBounded) in [(1.0, true), (2.0, false)] {
      let row = try Bounds(
        of: parameters, over: InputBox(around: Matrix([[2]]), radius: radius),
        by: Simulator(network)
      ).rows[0]
      #expect(row.isBounded == isBounded)
      if isBounded { #expect(row.lower[0] <= 1.0 / 3 && row.upper[0] >= 1 && row.upper[0] < 1.2) }
      if !isBounded { #expect(row.reason != nil) }
    }
  }
}
