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
