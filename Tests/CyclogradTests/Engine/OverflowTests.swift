import TestSupport
import Testing

@testable import Cyclograd

/// The criterion of convergence divides by sums of magnitudes, which overflow before the states do.
@Suite("No residual vanishes against a size that has overflowed")
struct OverflowTests {
  @Test("A given state that is no equilibrium is not taken for one", arguments: [1, 3])
  func givenStates(samples: Int) throws {
    let graph = Graph("pair") {
      Group("n", size: 2, role: [.input, .output])
      Connection("n", to: "n", self: false, weight: .frozen(1.5))
    }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network)
    let inputs = Matrix(Array(repeating: [1e307, 0], count: samples))
    let states = Matrix(Array(repeating: [9e307, 1e308], count: samples))
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs, start: states)
    for sample in 0..<samples {
      let outputs = Array(equilibrium.outputs[row: sample])
      #expect(abs(outputs[0] + 8e306) < 1e297 && abs(outputs[1] + 1.2e307) < 1e297, "\(outputs)")
    }
  }

  @Test(
    "Linear states of any size are right or not said to be", arguments: [30, 48, 64],
    [0, 860, 930, 990])
  func scales(size: Int, exponent: Int) throws {
    let graph = Graph("dense", seed: UInt64(size)) {
      Group("n", size: size, role: [.input, .output])
      Connection("n", to: "n", weight: .normal(1.5 / Double(size).squareRoot()))
    }
    let (network, parameters) = try graph.compile()
    let unit = Double(sign: .plus, exponent: exponent, significand: 1)
    var random = TestRandom(UInt64(size))
    let input = (0..<size).map { _ in random.symmetricUnit() }
    func solve(_ scale: Double) throws -> Equilibrium {
      try Simulator(network).equilibrium(
        parameters, inputs: Matrix([input.map { $0 * scale }]))
    }
    let (plain, scaled) = (try solve(1), try solve(unit))
    try #require(plain.evidence[0].status == .converged)
    guard scaled.evidence[0].status == .converged else { return }
    let largest = plain.outputs.elements.reduce(0) { max($0, abs($1)) }
    for (a, b) in zip(plain.outputs.elements, scaled.outputs.elements) {
      #expect(abs(a - b / unit) <= 1e-7 * largest)
    }
  }

  @Test(
    "Where products overflow, every method comes to an end and nothing is an equilibrium",
    arguments: [1e155, 1e250, 1e308], ["automatic", "relaxation+neumann"])
  func rings(weight: Double, backend: String) throws {
    let (network, parameters) = try ring(20, weight: weight)
    let found = try Simulator(network, backend: GradientBackend.named(backend))
      .equilibrium(parameters, inputs: Matrix([Array(repeating: 0.1, count: 20)]))
    #expect(found.evidence[0].status != .converged)
  }
}
