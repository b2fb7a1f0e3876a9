// A topology that no layer describes: a ring of neurons, each fed by the one before it, with
// gated shortcuts across. Run it with `swift run OwnTopologyExample`.
import Cyclograd
import Foundation

let length = 6

let graph = Graph("ring with gated shortcuts", seed: 7) {
  Group("x", size: 2, role: .input)
  Group("ring", size: length, activation: .tanh, bias: .uniform(-0.1...0.1))
  // A gate has two units whose activations are multiplied: a signal and how much of it passes.
  Group("gate", size: 2, combine: .product, units: [.init(.tanh), .init(.logistic)])
  Group("y", size: 1, role: .output)

  // Loops and conditions are allowed here.
  for place in 0..<length {
    Edge(.init("ring", place), to: .init("ring", (place + 1) % length), weight: 0.7)
  }
  Edge("x.0", to: "ring.0", weight: 1)
  Edge(.init("x", 1), to: .init("ring", length / 2), weight: 1)

  Connection("ring", to: "gate", unit: 0)
  Connection("x", to: "gate", unit: 1)
  Connection("gate", to: "ring", .random(probability: 0.5), weight: .normal(0.3))
  Connection("ring", to: "y", weight: .frozen(.constant(1.0 / Double(length))))
}

let (network, parameters) = try graph.compile()
print("\(network.name): \(network.neuronCount) neurons, \(network.edgeCount) edges")
print("the largest cyclic component has \(network.largestComponent) neurons")

let inputs = Matrix([[1, 0], [0, 1], [0.5, -0.5]])
let targets = Matrix([[0.3], [0.3], [0]])
var gradients: [Gradient] = []
for backend in [GradientBackend.edgeList, .direct] {
  let simulator = try Simulator(network, backend: backend)
  let equilibrium = try simulator.equilibrium(parameters, inputs: inputs).requireConverged()
  gradients.append(try simulator.gradient(of: .halfSquaredError, targets: targets, at: equilibrium))
  let outputs = equilibrium.outputs.elements.map { String(format: "%.6f", $0) }
  print("\(backend.name): outputs \(outputs.joined(separator: ", "))")
}
let difference = gradients[0].maximumDifference(from: gradients[1])
print("the gradients agree to eight digits: \(difference < 1e-8 * gradients[1].largestDerivative)")
