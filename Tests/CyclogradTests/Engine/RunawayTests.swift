import Testing

@testable import Cyclograd

/// z = softplus(z) has no equilibrium; residuals fall for ever on the way to infinity.
@Suite("A state that runs away is never taken for an equilibrium, whatever the limit")
struct RunawayTests {
  private func ring(_ size: Int) throws -> (Network, Parameters) {
    try Graph("ring") {
      Group("n", size: size, role: [.input, .output], activation: .softplus)
      for index in 0..<size {
        Edge(.init("n", index), to: .init("n", (index + 1) % size), weight: 1)
      }
    }.compile()
  }

  @Test("Limits", arguments: ["direct", "automatic", "iterative"], [1, 40])
  func limits(backend: String, size: Int) throws {
    let (network, parameters) = try ring(size)
    for limit in 1...50 {
      let simulator = try Simulator(
        network, backend: .named(backend), options: SolverOptions(maximumIterations: limit))
      let equilibrium = try simulator.equilibrium(
        parameters, inputs: Matrix([Array(repeating: 0, count: size)]))
      #expect(equilibrium.evidence[0].status != .converged, "\(limit)")
    }
  }

  @Test("Starts whose residual is small", arguments: ["automatic", "direct", "iterative"])
  func starts(backend: String) throws {
    let (network, parameters) = try ring(1)
    let equilibrium = try Simulator(network, backend: .named(backend)).equilibrium(
      parameters, inputs: Matrix([[0]]), start: Matrix([[22]]))
    #expect(equilibrium.evidence[0].status != .converged)
  }
}
