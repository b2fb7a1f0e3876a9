import Cyclograd
import Testing

@Suite("Exclusive or is learned by two neurons in a cycle")
struct ExclusiveOrTests {
  @Test("Answers within 0.05 of the target (Sanokowski 2022)", arguments: [UInt64(1), 2, 5])
  func learned(seed: UInt64) throws {
    let (network, parameters) = try Graph("exclusive or", seed: seed) {
      Group("x", size: 2, role: .input, bias: .frozen(0))
      Group("y", size: 2, activation: .logistic, bias: .uniform(-1...1))
      Connection("x", to: "y", weight: .uniform(-1...1))
      Connection("y", to: "y", weight: .uniform(-1...1))
      Outputs(.init("y", 0...0))
    }.compile()
    let inputs = Matrix([[0, 0], [0, 1], [1, 0], [1, 1]])
    let targets = Matrix([[0], [1], [1], [0]])
    let simulator = try Simulator(network)
    var trainer = try Trainer(
      simulator, parameters,
      TrainerOptions(learningRate: LearningRate(0.05), warmStart: .sample))
    for _ in 0..<1000 { _ = try trainer.step(inputs: inputs, targets: targets) }
    let outputs = try simulator.equilibrium(trainer.parameters, inputs: inputs)
      .requireConverged().outputs
    for (output, target) in zip(outputs.elements, targets.elements) {
      #expect(abs(output - target) < 0.05)
    }
  }
}
