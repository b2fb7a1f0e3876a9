import Testing

@testable import Cyclograd

@Suite("Rows of W stay in their ball")
struct RowBallTests {
  /// The nearest point by bisection of the threshold.
  private func oracle(_ x: [Double], _ costs: [Double], _ radius: Double) -> [Double] {
    func shrunk(_ threshold: Double) -> [Double] {
      zip(x, costs).map { value, cost in
        let magnitude = max(0, abs(value) - threshold * cost)
        return value < 0 ? -magnitude : magnitude
      }
    }
    func norm(_ x: [Double]) -> Double { zip(x, costs).reduce(0) { $0 + abs($1.0) * $1.1 } }
    if norm(x) <= radius { return x }
    var (low, high) = (0.0, x.map(abs).max() ?? 0)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if norm(shrunk(middle)) > radius { low = middle } else { high = middle }
    }
    return shrunk(high)
  }

  @Test("The projection is the nearest point", arguments: 0..<40)
  func projection(seed: UInt64) {
    var random = TestRandom(seed)
    let count = random.integer(1...12)
    var x = random.vector(count, -2, 2)
    if seed % 3 == 0 { for index in x.indices { x[index] = (x[index] * 2).rounded() / 2 } }
    let costs = (0..<count).map { _ in Double(random.integer(1...3)) }
    let radius = random.number(0.05, 4)
    var found = x
    BallProjection.project(&found, costs: costs, radius: radius)
    for (value, expected) in zip(found, oracle(x, costs, radius)) {
      #expect(abs(value - expected) < 1e-12)
    }
    #expect(zip(found, costs).reduce(0) { $0 + abs($1.0) * $1.1 } <= radius)
  }

  @Test("After every step the cycle's rows are within the radius, and training goes on")
  func training() throws {
    let problem = try TrainingProblem()
    var trainer = try problem.trainer(
      TrainerOptions(
        optimizer: .sgd(), learningRate: LearningRate(0.5), balls: [RowBall(radius: 0.3)]))
    var touched = 0
    for _ in 0..<10 {
      _ = try trainer.step(inputs: problem.table.inputs, targets: problem.table.targets)
      let sums = rowSums(problem.network, trainer.parameters, from: "h", to: "h")
      #expect(sums.allSatisfy { $0 <= 0.3 })
      touched += sums.count { $0 > 0.3 - 1e-12 }
    }
    #expect(touched > 0, "the bound was never reached, so this tests nothing")
  }

  @Test("Tied rows that share some weights are refused, those that share all are one")
  func ties() throws {
    let graph = Graph("tied", seed: 1) {
      Group("x", size: 1, role: .input)
      Group("h", size: 3, activation: .tanh)
      Group("y", size: 1, role: .output)
      Connection("x", to: "h")
      Connection("h", to: "h", weight: .single(.constant(0.9)))
      Connection("h", to: "y")
    }
    let (network, parameters) = try graph.compile()
    let trainer = try Trainer(
      Simulator(network), parameters, TrainerOptions(balls: [RowBall(radius: 0.6)]))
    let sums = rowSums(network, trainer.parameters, from: "h", to: "h")
    #expect(sums.allSatisfy { abs($0 - 0.6) < 1e-15 })
    let error = #expect(throws: CyclogradError.self) {
      try Trainer(
        Simulator(network), parameters,
        TrainerOptions(balls: [RowBall(radius: 0.6, ParameterSelection(to: "h"))]))
    }
    #expect(error?.message.contains("share some") == true)
  }

  @Test("Frozen weights keep their part of the radius; too much of it is an error")
  func frozen() throws {
    let graph = Graph("frozen") {
      Group("x", size: 1, role: .input)
      Group("h", size: 2, role: .output, activation: .tanh)
      Connection("x", to: "h")
      Connection("h", to: "h", self: false, weight: .frozen(.constant(0.4)))
      Connection("h", to: "h", .oneToOne, weight: 0.5)
    }
    let (network, parameters) = try graph.compile()
    let trainer = try Trainer(
      Simulator(network), parameters, TrainerOptions(balls: [RowBall(radius: 0.6)]))
    #expect(
      rowSums(network, trainer.parameters, from: "h", to: "h").allSatisfy { abs($0 - 0.6) < 1e-15 })
    #expect(trainer.parameters.values.count { $0 == 0.4 } == 2)
    #expect(throws: CyclogradError.self) {
      try Trainer(
        Simulator(network), parameters, TrainerOptions(balls: [RowBall(radius: 0.3)]))
    }
  }

  private func rowSums(
    _ network: Network, _ parameters: Parameters, from source: String, to target: String
  ) -> [Double] {
    var sums: [String: Double] = [:]
    network.forEachParameterUse { use in
      guard let from = use.source, from.hasPrefix(source + "."), use.target.hasPrefix(target + ".")
      else { return }
      sums[use.target, default: 0] += abs(parameters.values[use.parameter])
    }
    return sums.values.sorted()
  }
}
