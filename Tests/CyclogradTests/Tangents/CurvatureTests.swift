import Testing

@testable import Cyclograd

@Suite("Products with Hessians")
struct CurvatureTests {
  private static let losses: [any Loss] = [
    .halfSquaredError, .softmaxCrossEntropy, .binaryCrossEntropy, .linear, .meanSquaredError,
  ]

  @Test("agree with central differences of gradients, for every loss")
  func differences() throws {
    var compared = 0
    for seed in 0..<16 as Range<UInt64> {
      let problem = try Problem(
        RandomGraphs.make(.tame, seed: 5_000 + seed), samples: 2, seed: seed)
      let network = problem.network
      let simulator = try Simulator(network, options: .init(tolerance: 1e-14))
      let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      guard equilibrium.isConverged else { continue }
      var random = TestRandom(seed)
      let direction = problem.parameters.values.map { _ in random.number(-1, 1) }
      let loss = Self.losses[Int(seed) % Self.losses.count]
      var targets = Matrix(rows: 2, columns: network.outputCount)
      for row in 0..<2 { targets[row, row % network.outputCount] = 1 }
      let curvature = try Curvature(simulator)
      let product = try curvature.hessianProduct(
        of: loss, targets: targets, along: direction, at: equilibrium)
      func gradient(_ h: Double) throws -> [Double]? {
        let moved = Parameters(zip(problem.parameters.values, direction).map { $0 + h * $1 })
        let found = try simulator.equilibrium(
          moved, inputs: problem.inputMatrix, start: equilibrium.states)
        guard found.isConverged else { return nil }
        return try simulator.gradient(of: loss, targets: targets, at: found).parameters
      }
      let h = 1e-5
      guard let above = try gradient(h), let below = try gradient(-h) else { continue }
      let exact = try simulator.gradient(of: loss, targets: targets, at: equilibrium).parameters
      let scale = max(1, product.parameters.map(abs).max() ?? 0)
      for p in exact.indices {
        let estimate = (above[p] - below[p]) / (2 * h)
        #expect(abs(product.parameters[p] - estimate) < 1e-5 * scale, "seed \(seed), \(p)")
        #expect(abs(product.gradient[p] - exact[p]) < 1e-9 * max(1, abs(exact[p])))
      }
      compared += 1
    }
    #expect(compared > 8)
  }

  @Test("the outermost eigenvalues are those of the matrix, entry by entry")
  func spectrum() throws {
    let graph = Graph("s", seed: 2) {
      Group("x", size: 2, role: .input)
      Group("h", size: 6, activation: .tanh, bias: .uniform(-0.3...0.3))
      Group("y", size: 1, role: .output)
      Connection("x", to: "h")
      Connection("h", to: "h", weight: .normal(0.2))
      Connection("h", to: "y")
    }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network, options: .init(tolerance: 1e-13))
    let equilibrium = try simulator.equilibrium(
      parameters, inputs: Matrix([[0, 0], [0, 1], [1, 0], [1, 1]]))
    let targets = Matrix([[0], [1], [1], [0]])
    let trained = (0..<network.parameterCount).filter { network.isTrainable(parameter: $0) }
    #expect(trained.count > 40)
    let curvature = try Curvature(simulator)
    let columns = try trained.map { p in
      var unit = [Double](repeating: 0, count: network.parameterCount)
      unit[p] = 1
      let column = try curvature.hessianProduct(
        of: .halfSquaredError, targets: targets, along: unit, at: equilibrium
      ).parameters
      return trained.map { column[$0] }
    }
    for (i, column) in columns.enumerated() {
      for j in columns.indices { #expect(abs(column[j] - columns[j][i]) < 1e-10) }
    }
    let found = try CurvatureSpectrum(simulator, equilibrium, .halfSquaredError, targets, count: 2)
    #expect(found.values.count == 4)
    // H − λ I changes its number of negative eigenvalues where an eigenvalue lies (Sylvester): by elimination.
    func negative(_ shift: Double) -> Int {
      var a = columns
      for i in a.indices { a[i][i] -= shift }
      var count = 0
      for k in a.indices {
        if a[k][k] < 0 { count += 1 }
        for i in k + 1..<a.count where a[i][k] != 0 {
          let factor = a[i][k] / a[k][k]
          for j in k..<a.count { a[i][j] -= factor * a[k][j] }
        }
      }
      return count
    }
    let width = 1e-6
    let n = columns.count
    for (value, rank) in zip(found.values, [0, 1, n - 2, n - 1]) {
      #expect(negative(value.value - width) <= rank && negative(value.value + width) > rank)
      #expect(value.bound < 1e-6)
    }
  }

  @Test("a loss without second derivatives is refused")
  func refusals() throws {
    struct Plain: Loss {
      var name: String { "plain" }
      func evaluate(
        outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
      ) -> Double { 0 }
    }
    let (network, parameters) = try Graph("g") {
      Group("h", size: 1, role: .output, activation: .tanh)
    }.compile()
    let simulator = try Simulator(network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(rows: 1, columns: 0))
    let curvature = try Curvature(simulator)
    #expect(throws: CyclogradError.self) {
      try curvature.hessianProduct(
        of: Plain(), targets: Matrix([[0]]), along: [1], at: equilibrium)
    }
    #expect(throws: CyclogradError.self) {
      try curvature.hessianProduct(
        of: .halfSquaredError, targets: Matrix([[0]]), along: [], at: equilibrium)
    }
  }
}
