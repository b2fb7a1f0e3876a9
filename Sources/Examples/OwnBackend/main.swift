// A backend from outside the library, compared with two of its own.
// Run it with `swift run OwnBackendExample`.
import Cyclograd

let graph = Graph("two layers with feedback", seed: 1) {
  Group("x", size: 4, role: .input)
  Group("h1", size: 8, activation: .tanh, bias: .uniform(-0.1...0.1))
  Group("h2", size: 6, activation: .tanh, bias: .uniform(-0.1...0.1))
  Group("y", size: 2, role: .output)

  Connection("x", to: "h1")
  Connection("h1", to: "h2", weight: .normal(0.6, scaled: .fanIn))
  Connection("h2", to: "h1", weight: .normal(0.6, scaled: .fanIn))
  Connection("h2", to: "y")
}

let heavyBall = GradientBackend(
  name: "heavy-ball", state: HeavyBall(), adjoint: HeavyBallAdjoint(), granularity: .components)

let (network, parameters) = try graph.compile()
let comparison = try Comparison(
  network, parameters, inputs: Matrix([[1, 0, -1, 0.5]]), targets: Matrix([[0.2, -0.2]]),
  loss: .halfSquaredError, backends: [heavyBall, .edgeList, .direct], options: SolverOptions())
for row in comparison.rows {
  let agrees = row.relativeDifference.map { $0 < 1e-8 } ?? true
  print("\(row.backend): \(row.status.rawValue),", terminator: " ")
  print(agrees ? "agrees with \(comparison.reference ?? "none")" : "differs")
}
