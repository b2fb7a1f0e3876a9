// The four steps: describe a network, find its equilibrium, differentiate, train.
// Run it with `swift run FirstStepsExample`.
import Cyclograd
import Foundation

func rounded(_ value: Double) -> String { String(format: "%.4f", value) }

// 1. Describe.
let graph = Graph("exclusive or", seed: 2) {
  Group("x", size: 2, role: .input)
  Group("h", size: 6, activation: .tanh)
  Group("y", size: 1, role: .output)

  Connection("x", to: "h")
  Connection("h", to: "h", self: false, weight: .normal(0.3))
  Connection("h", to: "y")
}
let (network, parameters) = try graph.compile()
print(network.neuronCount, "neurons,", network.edgeCount, "edges")

// 2. Solve.
let inputs = Matrix([[0, 0], [0, 1], [1, 0], [1, 1]])
let targets = Matrix([[0], [1], [1], [0]])
let simulator = try Simulator(network)
let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
print("before:", equilibrium.outputs.elements.map(rounded))

// Every sample has its evidence.
for (sample, evidence) in equilibrium.evidence.enumerated() where evidence.status != .converged {
  print("sample \(sample): \(evidence.status.rawValue), \(evidence.detail ?? "no detail")")
}
let largest = equilibrium.evidence.map(\.residual).max() ?? 0
print("residuals within the tolerance:", largest <= simulator.options.tolerance)

// After a change in a few inputs or parameters only what it reaches is computed again.
var lesioned = equilibrium
try simulator.update(&lesioned, setting: [0: 0])
print("without the first weight:", lesioned.outputs.elements.map(rounded))

// 3. Differentiate.
let gradient = try simulator.gradient(of: .halfSquaredError, targets: targets, at: equilibrium)
print("loss", rounded(gradient.loss), "and", gradient.parameters.count, "derivatives")

// The same by another backend, as a check.
let direct = try Simulator(network, backend: .direct)
let second = try direct.gradient(
  of: .halfSquaredError, targets: targets, at: direct.equilibrium(parameters, inputs: inputs))
print("backends agree:", gradient.maximumDifference(from: second) < 1e-8)

// 4. Train.
let samples = try SampleTable(inputs: inputs, targets: targets)
let options = TrainerOptions(
  loss: .halfSquaredError, optimizer: .adam(), learningRate: LearningRate(0.05))
let trainer = try Trainer(simulator, parameters, options)
var run = try TrainingRun(trainer, on: samples, TrainingRunOptions(epochs: 300, batchSize: 4))
while let event = try run.next() {
  if case .epoch(let report) = event, report.epoch % 100 == 0 {
    print("epoch", report.epoch, "loss", rounded(report.loss))
  }
}
let trained = run.trainer.parameters
let answers = try simulator.equilibrium(trained, inputs: inputs).requireConverged().outputs
print("after:", answers.elements.map { $0 > 0.5 ? 1 : 0 })
