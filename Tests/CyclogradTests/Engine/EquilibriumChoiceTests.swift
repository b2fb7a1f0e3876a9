import Cyclograd
import Testing

@Suite(
  "Of several equilibria the one that is reached from a = 0 is the answer, however many samples there are"
)
struct EquilibriumChoiceTests {
  /// With two equilibria for this input. Plain iteration from a = 0 leads to the first, whose D Wᵀ has the spectral
  /// radius 0.804; that of the other is 1.56.
  static let graph = Graph("four neurons with several equilibria") {
    Group("h", size: 4, role: [.input, .output], activation: .tanh)
    Connection(
      "h", to: "h",
      weight: [
        3.3, 2.1, 0.7, -1.3, -0.9, -2.4, 1.8, 2.5, -1.5, -1.6, 0.4, -0.6, 1.6, 1.1, -1.5, 0.3,
      ])
  }
  static let row = [0.6, -2.1, 0.5, -0.1]
  static let other = [-3.0, 1, 1, 2]
  /// From NumPy, for targets of zero.
  static let outputs = [
    0.9983658792685951, -0.8446061131100416, 0.7918504062701446, -0.6763540336826622,
  ]
  static let adjoint = [
    -0.012270793471401486, -0.9072481114031191, 1.1760244730233538, -2.354990255687964,
  ]

  static func solve(_ rows: [[Double]], _ backend: String) throws -> (Equilibrium, Gradient) {
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network, backend: .named(backend))
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(rows))
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: Matrix(rows: rows.count, columns: 4), at: equilibrium)
    return (equilibrium, gradient)
  }

  @Test(
    "Equal rows have equal answers, and the mean gradient of one of them",
    arguments: ["automatic", "iterative", "edge-list"], [1, 2, 3, 4, 8, 17])
  func equalRows(backend: String, count: Int) throws {
    let (equilibrium, gradient) = try Self.solve(
      Array(repeating: Self.row, count: count), backend)
    for row in 0..<count {
      let difference = relativeDifference(Array(equilibrium.outputs[row: row]), Self.outputs)
      #expect(difference < 1e-8, "row \(row) of \(count): \(difference)")
    }
    // The biases come last among the parameters.
    #expect(relativeDifference(gradient.parameters.suffix(4), Self.adjoint) < 1e-7)
  }

  @Test(
    "Of two rows the gradient is the mean, and exchanging them exchanges the answers",
    arguments: SampleIndependenceTests.usual)
  func twoRows(backend: String) throws {
    let (first, firstGradient) = try Self.solve([Self.row], backend)
    let (second, secondGradient) = try Self.solve([Self.other], backend)
    let (both, gradient) = try Self.solve([Self.row, Self.other], backend)
    let (exchanged, exchangedGradient) = try Self.solve([Self.other, Self.row], backend)
    #expect(both.states.elements == first.states.elements + second.states.elements)
    #expect(exchanged.states.elements == second.states.elements + first.states.elements)
    let mean = zip(firstGradient.parameters, secondGradient.parameters).map { ($0 + $1) / 2 }
    #expect(relativeDifference(gradient.parameters, mean) < 1e-15)
    #expect(relativeDifference(exchangedGradient.parameters, mean) < 1e-15)
    #expect(gradient.loss == (firstGradient.loss + secondGradient.loss) / 2)
  }
}
