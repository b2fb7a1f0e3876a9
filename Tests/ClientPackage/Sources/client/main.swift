import Cyclograd

let graph = Graph("two layers with feedback", seed: 1) {
  Group("x", size: 4, role: .input)
  Group("h1", size: 8, activation: .tanh, bias: .uniform(-0.1...0.1))
  Group("h2", size: 6, activation: .tanh, bias: .uniform(-0.1...0.1))
  Group("y", size: 2, role: .output)

  Connection("x", to: "h1")
  Connection("h1", to: "h1", self: false, weight: .normal(0.6, scaled: .fanIn))  // lateral
  Connection("h1", to: "h2", weight: .normal(0.6, scaled: .fanIn))
  Connection("h2", to: "h2", self: false, weight: .normal(0.6, scaled: .fanIn))  // lateral
  Connection("h2", to: "h1", weight: .normal(0.6, scaled: .fanIn))  // feedback
  Connection("h2", to: "y")
}

let (network, parameters) = try graph.compile()
let simulator = try Simulator(network)
let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[1, 0, -1, 0.5]]))
let gradient = try simulator.gradient(
  of: .halfSquaredError, targets: Matrix([[0.2, -0.2]]), at: equilibrium)

print("outputs", equilibrium.outputs.elements, "residual", equilibrium.evidence[0].residual)
print("loss", gradient.loss, "over", network.edgeCount, "edges")
