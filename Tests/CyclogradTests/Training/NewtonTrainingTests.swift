import TestSupport
import Testing

@testable import Cyclograd

@Suite("Newton's method trains with second derivatives")
struct NewtonTrainingTests {
  private static let matrices = Optimizer.CurvatureMatrix.allCases

  @Test("A linear network is at its least squares after one step", arguments: matrices)
  func linear(matrix: Optimizer.CurvatureMatrix) throws {
    let graph = Graph("linear", seed: 3) {
      Group("x", size: 3, role: .input)
      Group("y", size: 1, role: .output, bias: .frozen(.constant(0)))
      Connection("x", to: "y", weight: .uniform(-1...1))
    }
    let (network, parameters) = try graph.compile()
    var random = TestRandom(5)
    let inputs = Matrix((0..<8).map { _ in (0..<3).map { _ in random.symmetricUnit() } })
    let targets = Matrix((0..<8).map { _ in [random.symmetricUnit()] })
    let decay = 0.01
    var trainer = try Trainer(
      Simulator(network), parameters,
      TrainerOptions(
        optimizer: .newton(matrix, damping: 1e-14), learningRate: LearningRate(1), decay: decay))
    for _ in 0..<3 { _ = try trainer.step(inputs: inputs, targets: targets) }
    // The normal equations (XᵀX/n + λ) w = Xᵀy/n, by elimination.
    var system = (0..<3).map { i in
      (0..<3).map { j in
        (0..<8).reduce(i == j ? decay : 0) { $0 + inputs[$1, i] * inputs[$1, j] / 8 }
      } + [(0..<8).reduce(0.0) { $0 + inputs[$1, i] * targets[$1, 0] / 8 }]
    }
    for i in 0..<3 {
      for k in 0..<3 where k != i {
        let factor = system[k][i] / system[i][i]
        for j in 0..<4 { system[k][j] -= factor * system[i][j] }
      }
    }
    let labels = try (0..<3).map { i in
      // Which parameter is the weight of input i.
      var x = Matrix(rows: 1, columns: 3)
      x[0, i] = 1
      let simulator = trainer.simulator
      let gradient = try simulator.gradient(
        of: .linear, targets: Matrix([[1]]), at: simulator.equilibrium(parameters, inputs: x))
      return try #require(gradient.parameters.indices.first { gradient.parameters[$0] != 0 })
    }
    for i in 0..<3 {
      #expect(abs(trainer.parameters.values[labels[i]] - system[i][3] / system[i][i]) < 1e-9)
    }
  }

  @Test("What a network with a cycle can reach is reached within a few steps", arguments: matrices)
  func cyclic(matrix: Optimizer.CurvatureMatrix) throws {
    let problem = try TrainingProblem()
    let (inputs, _) = problem.table.samples(Array(0..<12))
    let simulator = try problem.simulator()
    let targets = try simulator.equilibrium(problem.parameters, inputs: inputs).outputs
    var random = TestRandom(4)
    var start = problem.parameters
    for p in start.values.indices where problem.network.isTrainable(parameter: p) {
      start.values[p] += 0.1 * random.symmetricUnit()
    }
    func losses(_ optimizer: Optimizer, steps: Int) throws -> [Double] {
      var trainer = try Trainer(
        simulator, start, TrainerOptions(optimizer: optimizer, learningRate: LearningRate(1)))
      return try (0..<steps).map { _ in
        try trainer.step(inputs: inputs, targets: targets).loss
      }
    }
    let found = try losses(.newton(matrix), steps: 16)
    // Many parameters hardly matter here; the Hessian is indefinite on the way.
    let reached = matrix == .gaussNewton ? 1e-9 : 1e-7
    #expect(found[0] > 1e-2 && found[15] < reached, "\(matrix): \(found)")
    #expect(zip(found, found.dropFirst()).allSatisfy { $1 <= $0 })
    let others = try losses(.lbfgs(), steps: 16)
    #expect(matrix == .hessian || others[15] > 100 * found[15], "\(others)")
  }

  @Test("A training that is stopped goes on as if it had not been")
  func resumption() throws {
    let problem = try TrainingProblem()
    let (inputs, targets) = problem.table.samples(Array(0..<12))
    let options = TrainerOptions(optimizer: .newton(), learningRate: LearningRate(1))
    var whole = try problem.trainer(options)
    for _ in 0..<6 { _ = try whole.step(inputs: inputs, targets: targets) }
    var first = try problem.trainer(options)
    for _ in 0..<3 { _ = try first.step(inputs: inputs, targets: targets) }
    var second = try Trainer(try problem.simulator(threads: 2), first.state, options)
    for _ in 0..<3 { _ = try second.step(inputs: inputs, targets: targets) }
    #expect(second.state == whole.state)
  }

  @Test("Conjugate gradients solve, and stop at negative curvature")
  func conjugateGradients() {
    let method = ConjugateGradients(tolerance: 1e-12, limit: 10)
    let found = method.solve([1, 2]) { [4 * $0[0] + $0[1], $0[0] + 3 * $0[1]] }
    #expect(abs(found.step[0] + 1 / 11) < 1e-14 && abs(found.step[1] + 7 / 11) < 1e-14)
    #expect(!found.isIndefinite && found.products == 2)
    let saddle = method.solve([0, 1]) { [$0[0], -$0[1]] }
    #expect(saddle.isIndefinite && saddle.step == [0, -1])
  }

  @Test("What does not go with it is refused")
  func refused() {
    for options in [
      TrainerOptions(optimizer: .newton(iterations: 0)),
      TrainerOptions(optimizer: .newton(damping: 0)),
      TrainerOptions(gradient: .semi, optimizer: .newton()),
      TrainerOptions(optimizer: .newton(), regularisers: [ElasticNet(l1: 1)]),
      TrainerOptions(optimizer: .newton(), normLimit: 1),
    ] {
      #expect(throws: CyclogradError.self) { try options.validate() }
    }
  }
}
