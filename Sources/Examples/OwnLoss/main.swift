// Losses of one's own: in a gradient that is checked, in a training, and in a sum of losses.
// Run it with `swift run OwnLossExample`.
import Cyclograd

let graph = Graph("a curve", seed: 3) {
  Group("x", size: 1, role: .input)
  Group("h", size: 4, activation: .tanh)
  Group("y", size: 1, role: .output)
  Group("class", size: 2, role: .output)

  Connection("x", to: "h", weight: .normal(1.5))
  Connection("h", to: "h", self: false, weight: .normal(0.1))
  Connection("h", to: "y")
  Connection("h", to: "class")
}
let (network, parameters) = try graph.compile()
let simulator = try Simulator(network)

// A line whose every fifth point is far off, and whether x is positive.
let inputs = Matrix((0..<10).map { [Double($0) / 5 - 0.9] })
let line = inputs.elements
let measured = line.indices.map { $0 % 5 == 2 ? line[$0] + 4 : line[$0] }
let classes = line.map { $0 > 0 ? 1.0 : 0 }

// Two losses, each of its outputs: the columns of targets are y, then the number of the class.
let loss = try CompositeLoss(
  [.init(HuberLoss(width: 0.1), groups: ["y"]), .init(.softmaxCrossEntropy, groups: ["class"])],
  for: network)
let targets = Matrix(line.indices.map { [measured[$0], classes[$0]] })
print(loss.name)

let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
let gradient = try simulator.gradient(of: loss, targets: targets, at: equilibrium)
let check = try GradientCheck(gradient, of: loss, targets: targets, at: equilibrium)
print("agrees with central differences:", check.isPassed)

// Outliers mislead the squared error more.
func largestError(_ loss: any Loss, _ targets: Matrix) throws -> Double {
  var trainer = try Trainer(
    simulator, parameters,
    TrainerOptions(loss: loss, optimizer: .adam(), learningRate: LearningRate(0.1)))
  for _ in 0..<200 { _ = try trainer.step(inputs: inputs, targets: targets) }
  let outputs = try simulator.equilibrium(trainer.parameters, inputs: inputs).outputs
  return line.indices.map { abs(outputs[$0, 0] - line[$0]) }.max() ?? 0
}

let squared = try CompositeLoss(
  [.init(.halfSquaredError, groups: ["y"]), .init(.softmaxCrossEntropy, groups: ["class"])],
  for: network)
let robust = try largestError(loss, targets)
print("Huber's loss is nearer to the line:", try robust < 0.5 * largestError(squared, targets))

// What is known to be wrong need not count at all: targets, then weights.
let weighted = Matrix(
  line.indices.map { [measured[$0], 0, 0, $0 % 5 == 2 ? 0 : 1, 0, 0] })
print("without the outliers:", try largestError(WeightedError(), weighted) < 0.05)

// The network as a part of something larger: derivatives of any function of its outputs continue into it.
let outputs = equilibrium.outputs
let v = Matrix(
  rows: outputs.rows, columns: outputs.columns, elements: outputs.elements.map { 2 * $0 })
let product = try simulator.gradient(outputDerivatives: v, at: equilibrium)
print("derivatives of the sum of squares:", product.parameters.count, "parameters")
