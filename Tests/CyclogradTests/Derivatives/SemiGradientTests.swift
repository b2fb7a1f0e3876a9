import Cyclograd
import Foundation
import Testing

@Suite("The semi-gradient")
struct SemiGradientTests {
  /// Two layers with lateral connections, self-loops and feedback.
  private static let graph = Graph("two layers", seed: 5) {
    Group("x", size: 2, role: .input)
    Group("h", size: 3, activation: .logistic, bias: .uniform(-0.5...0.5))
    Group("y", size: 2, role: .output, activation: .tanh, bias: .uniform(-0.5...0.5))
    for (source, target) in [("x", "h"), ("h", "h"), ("h", "y"), ("y", "y"), ("y", "h")] {
      Connection(source, to: target, weight: .uniform(-0.8...0.8))
    }
  }

  /// The loss of a single pass in which what arrives along lateral and feedback edges is `fixed`.
  private func loss(
    _ layout: ParameterLayout, _ p: [Double], _ x: [Double], _ y: [Double], fixed: [Double]
  ) -> Double {
    // Neurons in file order: x.0, x.1, h.0 … h.2, y.0, y.1.
    var a = x + Array(repeating: 0, count: 5)
    func layer(_ neuron: Int) -> Int { neuron < 2 ? 0 : neuron < 5 ? 1 : 2 }
    for k in 0..<7 {
      var z = p[Int(layout.biases[k])] + (k < 2 ? x[k] : 0)
      for edge in layout.rowStarts[k]..<layout.rowStarts[k + 1] {
        let source = Int(layout.columns[edge])
        let isForward = layer(source) < layer(k)
        z += p[Int(layout.weights[edge])] * (isForward ? a[source] : fixed[source])
      }
      a[k] = k < 2 ? z : k < 5 ? 1 / (1 + exp(-z)) : tanh(z)
    }
    return 0.5 * ((a[5] - y[0]) * (a[5] - y[0]) + (a[6] - y[1]) * (a[6] - y[1]))
  }

  @Test(
    "is the derivative with what arrives along recurrent edges held constant",
    arguments: ["automatic", "direct", "edge-list", "iterative"])
  func finiteDifferences(backend: String) throws {
    let (network, parameters) = try Self.graph.compile()
    let simulator = try Simulator(network, backend: .named(backend))
    let (x, y) = ([0.7, -1.2], [0.4, -0.3])
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([x]))
    let gradient = try simulator.differentiate(
      .halfSquaredError, targets: Matrix([y]), at: equilibrium, kind: .semi
    ).get()
    let exact = try simulator.gradient(
      of: .halfSquaredError, targets: Matrix([y]), at: equilibrium)
    let z = equilibrium.states[row: 0]
    let fixed = z.enumerated().map { k, z in k < 2 ? z : k < 5 ? 1 / (1 + exp(-z)) : tanh(z) }
    let layout = network.parameterLayout
    let values = parameters.values
    #expect(abs(loss(layout, values, x, y, fixed: fixed) - gradient.loss) < 1e-10)
    var differs = false
    for index in values.indices {
      var (plus, minus) = (values, values)
      plus[index] += 1e-5
      minus[index] -= 1e-5
      let slope =
        (loss(layout, plus, x, y, fixed: fixed) - loss(layout, minus, x, y, fixed: fixed)) / 2e-5
      #expect(abs(slope - gradient.parameters[index]) < 1e-9, "parameter \(index)")
      differs = differs || abs(slope - exact.parameters[index]) > 1e-4
    }
    #expect(differs, "the exact gradient is the same, so nothing was tested")
  }

  @Test("without recurrent edges it is the gradient")
  func feedForward() throws {
    var graph = Self.graph
    graph.connections.removeAll { $0.from != "x" && !($0.from == "h" && $0.to == "y") }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[0.3, 0.1]]))
    let targets = Matrix([[1, 0]])
    let semi = try simulator.differentiate(
      .halfSquaredError, targets: targets, at: equilibrium, kind: .semi
    ).get()
    let exact = try simulator.gradient(of: .halfSquaredError, targets: targets, at: equilibrium)
    #expect(semi.parameters == exact.parameters)
  }

  @Test("a trainer follows it, and a line search refuses it")
  func trainer() throws {
    let (network, parameters) = try Self.graph.compile()
    let simulator = try Simulator(network)
    let (x, y) = (Matrix([[0.7, -1.2], [0.1, 0.5]]), Matrix([[0.4, -0.3], [0.8, 0.1]]))
    let equilibrium = try simulator.equilibrium(parameters, inputs: x)
    let gradient = try simulator.differentiate(
      .halfSquaredError, targets: y, at: equilibrium, kind: .semi
    ).get()
    var trainer = try Trainer(
      simulator, parameters,
      TrainerOptions(gradient: .semi, optimizer: .sgd(), learningRate: LearningRate(0.1)))
    _ = try trainer.step(inputs: x, targets: y)
    for (index, value) in parameters.values.enumerated()
    where network.isTrainable(parameter: index) {
      #expect(
        abs(trainer.parameters.values[index] - value + 0.1 * gradient.parameters[index]) < 1e-15)
    }
    #expect(throws: CyclogradError.self) {
      try TrainerOptions(gradient: .semi, optimizer: .lbfgs()).validate()
    }
  }
}
