import Testing

@testable import Cyclograd

@Suite("L-BFGS")
struct LimitedMemoryTests {
  /// With room for all pairs the direction is that of BFGS with a full matrix.
  @Test("The two loops are the full matrix of BFGS", arguments: 1...8)
  func direction(seed: UInt64) {
    var random = TestRandom(seed)
    let count = 4
    // Gradients of a quadratic function with a positive definite matrix.
    let root = (0..<count).map { _ in random.vector(count) }
    var a = root
    for i in 0..<count {
      for j in 0..<count {
        a[i][j] = DenseAlgebra.dot(root[i], root[j]) + (i == j ? 0.5 : 0)
      }
    }
    let points = (0..<5).map { _ in random.vector(count) }
    let gradients = points.map { w in a.map { DenseAlgebra.dot($0, w) } }
    var memory = QuasiNewtonMemory(
      [Double](repeating: 0, count: 22 * count), limit: 10, count: count, hasLast: false)
    for (point, gradient) in zip(points, gradients) { memory.add(point, gradient) }

    func difference(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }
    var pairs: [(s: [Double], y: [Double])] = []
    for index in 1..<5 {
      pairs.append(
        (
          difference(points[index], points[index - 1]),
          difference(gradients[index], gradients[index - 1])
        ))
    }
    let newest = pairs[3]
    let scale =
      DenseAlgebra.dot(newest.s, newest.y) / DenseAlgebra.dot(newest.y, newest.y)
    let zero = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var h = zero
    for i in 0..<count { h[i][i] = scale }
    for (s, y) in pairs {
      // H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ
      let rho = 1 / DenseAlgebra.dot(s, y)
      var left = zero
      for i in 0..<count {
        for j in 0..<count { left[i][j] = (i == j ? 1 : 0) - rho * s[i] * y[j] }
      }
      var next = zero
      for i in 0..<count {
        for j in 0..<count {
          next[i][j] = rho * s[i] * s[j]
          for k in 0..<count {
            for l in 0..<count { next[i][j] += left[i][k] * h[k][l] * left[j][l] }
          }
        }
      }
      h = next
    }
    let expected = h.map { -DenseAlgebra.dot($0, gradients[4]) }
    let kept = QuasiNewtonMemory(
      memory.memory(count: count), limit: 10, count: count, hasLast: true)
    for found in [memory.direction(gradients[4]), kept.direction(gradients[4])] {
      for (value, other) in zip(found, expected) {
        #expect(abs(value - other) < 1e-9 * max(1, abs(other)))
      }
    }
  }

  @Test("It finds the least squares solution that the normal equations give")
  func leastSquares() throws {
    let (network, parameters) = try Graph("line", seed: 1) {
      Group("x", size: 1, role: .input)
      Group("y", size: 1, role: .output)
      Connection("x", to: "y")
    }.compile()
    let x = [0.0, 1, 2, 3, 5]
    let y = [1.0, 2.5, 2.5, 5, 6]
    var trainer = try Trainer(
      Simulator(network), parameters,
      TrainerOptions(optimizer: .lbfgs(memory: 4), learningRate: LearningRate(1)))
    for _ in 0..<30 {
      _ = try trainer.step(inputs: Matrix(x.map { [$0] }), targets: Matrix(y.map { [$0] }))
    }
    let (mx, my) = (x.reduce(0, +) / 5, y.reduce(0, +) / 5)
    let u = x.map { $0 - mx }
    let v = y.map { $0 - my }
    let slope = DenseAlgebra.dot(u, v) / DenseAlgebra.dot(u, u)
    let trained = trainer.parameters.values.indices.filter { network.isTrainable(parameter: $0) }
    let expected = [slope, my - slope * mx]
    for (index, value) in zip(trained, expected) {
      #expect(abs(trainer.parameters.values[index] - value) < 1e-8)
    }
  }

  @Test("The loss with decay never rises, and falls further than gradient descent in as many steps")
  func descends() throws {
    let problem = try TrainingProblem()
    let (x, y) = (problem.table.inputs, problem.table.targets)
    var trainer = try problem.trainer(
      TrainerOptions(optimizer: .lbfgs(), learningRate: LearningRate(1), decay: 1e-3))
    var plain = try problem.trainer(
      TrainerOptions(optimizer: .sgd(), learningRate: LearningRate(0.1), decay: 1e-3))
    func objective(_ trainer: Trainer) throws -> Double {
      let values = trainer.parameters.values
      let weights = values.prefix(problem.network.weightParameterCount)
      return try problem.loss(values, rows: Array(0..<12), problem.simulator())
        + 0.5e-3 * weights.reduce(0) { $0 + $1 * $1 }
    }
    var last = try objective(trainer)
    for _ in 0..<30 {
      _ = try trainer.step(inputs: x, targets: y)
      _ = try plain.step(inputs: x, targets: y)
      let now = try objective(trainer)
      #expect(now <= last + 1e-12)
      last = now
    }
    #expect(last < (try objective(plain)))
  }

  @Test("It wants all samples in a step, and no limits")
  func refusals() throws {
    let problem = try TrainingProblem()
    #expect(throws: CyclogradError.self) {
      try TrainingRun(
        problem.trainer(TrainerOptions(optimizer: .lbfgs())), on: problem.table,
        TrainingRunOptions(epochs: 1, batchSize: 11))
    }
    #expect(throws: CyclogradError.self) {
      try problem.trainer(TrainerOptions(optimizer: .lbfgs(), normLimit: 1))
    }
  }
}
