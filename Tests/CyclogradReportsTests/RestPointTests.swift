import Cyclograd
import Testing

@testable import CyclogradReports

@Suite("Equilibria of small components")
struct RestPointTests {
  /// z = w tanh z + x of one neuron.
  private func loop(_ weight: Double, at input: Double) throws -> (Figure, [RestPoint]) {
    let graph = Graph("loop") {
      Group("h", size: 1, role: [.input, .output], activation: .tanh, bias: 0)
      Connection("h", to: "h", weight: ParameterRule(.constant(weight)))
    }
    let (network, parameters) = try graph.compile()
    let equilibrium = try Simulator(network).equilibrium(parameters, inputs: Matrix([[input]]))
    let map = try #require(ComponentMap(equilibrium, component: 0))
    let portrait = try #require(StateFigures.phasePortrait(map, isEquilibrium: true))
    return (portrait.figure, portrait.restPoints)
  }

  @Test("All of them are found, with their stability", arguments: [-0.9, -0.4, 0, 0.3, 0.8])
  func bistable(input: Double) throws {
    let (figure, points) = try loop(2, at: input)
    // Where a = tanh(2 a + x) changes sides, on a fine grid.
    func rest(_ a: Double) -> Double { Activation.tanh.derivatives(at: 2 * a + input)!.value - a }
    let grid = (-1500...1500).map { Double($0) / 1000 + 1e-5 }
    let crossings = zip(grid, grid.dropFirst()).filter { (rest($0) < 0) != (rest($1) < 0) }
    #expect(points.count == crossings.count && points.count == (abs(input) < 0.5328 ? 3 : 1))
    for (point, crossing) in zip(points, crossings) {
      #expect(point.place[0] > crossing.0 - 1e-9 && point.place[0] < crossing.1 + 1e-9)
      #expect(point.isStable == (rest(crossing.0) > 0))
    }
    #expect(figure.legend.contains { $0.name == "unstable equilibria" } == (points.count == 3))
  }

  @Test("An equilibrium to which the flow leads, but not plain iteration")
  func inhibition() throws {
    let (figure, points) = try loop(-4, at: 0.1)
    #expect(points.count == 1 && points[0].isStable && !points[0].convergesByIteration)
    #expect(figure.summary.contains("not for plain iteration"))
  }
}
