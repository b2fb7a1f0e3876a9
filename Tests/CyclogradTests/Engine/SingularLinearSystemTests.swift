import Cyclograd
import TestSupport
import Testing

@Suite(
  "A linear network without a unique equilibrium is called singular, not told to go on",
  .tags(.slow), .unlessFast)
struct SingularLinearSystemTests {
  static let direct = ["automatic"] + built(["direct", "klu", "umfpack", "dense"])
  static let demand = [0.0, 1, 1]
  static let zero = [0.0, 0, 0]

  /// Leontief's input–output model with a sector that uses all of its own output: for a demand of 0, 1, 1 its
  /// equation reads 0 = 0.2 z1, and z1 is not 0.
  static func leontief() throws -> (network: Network, parameters: Parameters) {
    try Graph("Leontief") {
      Group("s", size: 3, role: [.input, .output])
      Connection("s", to: "s", weight: [1, 0.2, 0, 0, 0.1, 0.3, 0, 0.2, 0.1])
    }.compile()
  }

  static func solve(_ backend: String, _ rows: [[Double]]) throws -> Equilibrium {
    let (network, parameters) = try leontief()
    return try Simulator(network, backend: .named(backend))
      .equilibrium(parameters, inputs: Matrix(rows))
  }

  @Test("Status, detail and advice", arguments: direct, [1, 2, 3, 8])
  func singular(backend: String, count: Int) throws {
    let equilibrium = try Self.solve(backend, Array(repeating: Self.demand, count: count))
    for evidence in equilibrium.evidence {
      #expect(evidence.status == .singular, "\(evidence)")
      #expect(evidence.detail?.contains("component of s.0") == true, "\(evidence)")
    }
    let error = AdjointAtZero.error { try equilibrium.requireConverged() }
    #expect(error?.message.contains("singular") == true, "\(String(describing: error))")
    #expect(error?.advice?.contains("more iterations") == false, "\(String(describing: error))")
    #expect(equilibrium.outputs.elements.allSatisfy { $0.isNaN })
  }

  @Test("Iterations never call it converged", arguments: ["iterative", "edge-list"])
  func iterations(backend: String) throws {
    for count in [1, 3] {
      let equilibrium = try Self.solve(backend, Array(repeating: Self.demand, count: count))
      #expect(equilibrium.evidence.allSatisfy { $0.status != .converged })
    }
  }

  @Test(
    "A demand of zero is met by the start, alone and among others",
    arguments: direct + ["iterative", "edge-list"])
  func zero(backend: String) throws {
    let alone = try Self.solve(backend, [Self.zero])
    let batch = try Self.solve(backend, [Self.demand, Self.demand, Self.zero])
    for equilibrium in [alone, batch[2]] {
      #expect(equilibrium.isConverged, "\(equilibrium.evidence[0])")
      #expect(equilibrium.outputs.elements == Self.zero)
    }
    #expect(batch.evidence[0].status != .converged && batch.evidence[1].status != .converged)
    // It is one of many equilibria, so that it has no derivative.
    #expect(throws: CyclogradError.self) { try alone.jacobians() }
    let outcome = try Simulator(alone.network, backend: .named(backend)).differentiate(
      .halfSquaredError, targets: Matrix([[1, 1, 1]]), at: alone)
    #expect(outcome.gradient == nil, "\(outcome.evidence[0])")
    if Self.direct.contains(backend) {
      #expect(outcome.evidence[0].status == .singular, "\(outcome.evidence[0])")
    }
  }

  @Test("Larger systems whose matrix is singular up to rounding", arguments: direct, [3, 17, 60])
  func larger(backend: String, size: Int) throws {
    // Rows of W sum to 1: (I − W) z = x has no solution for x > 0, since a stationary distribution times x is not 0.
    let (network, parameters) = try SingularNetwork.full(size, seed: 5).graph(.identity).compile()
    let equilibrium = try Simulator(network, backend: .named(backend)).equilibrium(
      parameters, inputs: Matrix(rows: 1, columns: size, repeating: 1))
    #expect(equilibrium.evidence[0].status == .singular, "\(equilibrium.evidence[0])")
  }
}
