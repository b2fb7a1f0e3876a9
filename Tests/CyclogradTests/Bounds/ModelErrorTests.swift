import TestSupport
import Testing

@testable import Cyclograd

@Suite("Model errors and the sensitivity penalty")
struct ModelErrorTests {
  @Test("the corrected Theorem 5.1 holds where the printed one fails")
  func corrected() throws {
    func graph(_ a: [[Double]]) -> Graph {
      implicitGraph(
        a, [[0.0, 0], [0, 0]].map { [$0[0] + 1e-300] }, [[1, 0], [0, 1]],
        bias: [21, 19], activation: .relu)
    }
    let (network, first) = try graph([[0.0, -0.4], [-0.4, 0.0]]).compile()
    let (_, second) = try graph([[0.0, -0.8], [-0.8, 0.0]]).compile()
    let simulator = try Simulator(network)
    let box = try InputBox(around: Matrix([[0]]), radius: 0)
    let error = try ModelError(of: second, against: first, over: box, by: simulator).rows[0]
    for (found, known) in zip(error.outputs, [28.201058201058203, 28.941798941798943]) {
      #expect(abs(found - known) < 1e-8)
    }
  }

  @Test(
    "rounding weights moves no output by more than the bound", arguments: StorageFormat.allCases)
  func rounding(format: StorageFormat) throws {
    for seed in 0..<12 {
      let (network, parameters) = try BoundChainTests.graph(seed).0.compile()
      let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-13))
      let changed = try parameters.rounded(to: format)
      var random = TestRandom(UInt64(seed))
      let x = Matrix([random.vector(network.inputCount)])
      let row = try ModelError(
        of: changed, against: parameters, over: InputBox(around: x, radius: 0.1), by: simulator
      ).rows[0]
      guard row.reason == nil else { continue }
      for _ in 0..<10 {
        let u = Matrix([x.elements.map { $0 + random.number(-0.1, 0.1) }])
        let a = try simulator.equilibrium(parameters, inputs: u).outputs
        let b = try simulator.equilibrium(changed, inputs: u).outputs
        for j in 0..<a.columns { #expect(abs(a[0, j] - b[0, j]) <= row.outputs[j] + 1e-11) }
      }
      #expect(row.outputs.max()! < (format == .single ? 1e-5 : 3))
    }
    #expect(try Parameters([1.0005, 65_504, 6e-8]).rounded(to: .half).values[0] == 1.0009765625)
    #expect(throws: CyclogradError.self) { try Parameters([1e6]).rounded(to: .half) }
  }

  @Test("a block of low rank is found again, and no matrix nearby of that rank is nearer")
  func lowRank() throws {
    var random = TestRandom(6)
    for (rows, columns) in [(5, 4), (4, 7), (6, 6)] {
      let left = (0..<rows).map { _ in random.vector(2) }
      let right = (0..<columns).map { _ in random.vector(2) }
      var exact = Matrix(rows: rows, columns: columns)
      for i in 0..<rows {
        for j in 0..<columns {
          exact[i, j] = 3 * left[i][0] * right[j][0] + left[i][1] * right[j][1]
        }
      }
      let same = SingularVectors.nearest(exact, rank: 2)
      for (x, y) in zip(same.elements, exact.elements) { #expect(abs(x - y) < 1e-13) }
      func distance(_ other: Matrix) -> Double {
        zip(exact.elements, other.elements).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      let best = SingularVectors.nearest(exact, rank: 1)
      // A step along any other matrix of rank 1 is a step away; the best one is u σ vᵀ.
      for _ in 0..<50 {
        let u = best[row: 0].map { $0 + 0.01 * random.symmetricUnit() }
        var other = Matrix(rows: rows, columns: columns)
        for i in 0..<rows {
          let share = best[i, 0] / best[0, 0] + 0.01 * random.symmetricUnit()
          for j in 0..<columns { other[i, j] = share * u[j] }
        }
        #expect(distance(best) <= distance(other) + 1e-12)
      }
    }
  }

  @Test("truncating blocks moves no output by more than the bound")
  func truncation() throws {
    for seed in 0..<6 {
      let (network, parameters) = try BoundChainTests.graph(5 * seed).0.compile()
      let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-13))
      let changed = try parameters.truncated(toRank: 1, of: network)
      #expect(changed != parameters)
      let box = try InputBox(around: Matrix(rows: 1, columns: network.inputCount), radius: 0.5)
      let row = try ModelError(of: changed, against: parameters, over: box, by: simulator).rows[0]
      guard row.reason == nil else { continue }
      var random = TestRandom(UInt64(seed))
      for _ in 0..<10 {
        let u = Matrix([(0..<network.inputCount).map { _ in random.number(-0.5, 0.5) }])
        let a = try simulator.equilibrium(parameters, inputs: u).outputs
        let b = try simulator.equilibrium(changed, inputs: u).outputs
        for j in 0..<a.columns { #expect(abs(a[0, j] - b[0, j]) <= row.outputs[j] + 1e-11) }
      }
      #expect(throws: CyclogradError.self) { try parameters.truncated(toRank: 0, of: network) }
      #expect(throws: CyclogradError.self) { try parameters.truncated(toRank: 99, of: network) }
    }
  }

  @Test("the penalty's gradient is that of the known answers, and of differences")
  func penalty() throws {
    let (network, parameters) = try SmallImplicitModel.graph(.relu).compile()
    let penalty = try SensitivityPenalty(network)
    let (value, gradient) = try penalty(parameters)
    #expect(abs(value - 10.448582383954577) < 1e-10)
    for seed in [0, 1, 2, 3] {
      let (network, parameters) = try BoundChainTests.graph(seed).0.compile()
      let penalty = try SensitivityPenalty(network)
      let (_, gradient) = try penalty(parameters)
      for index in 0..<network.weightParameterCount where abs(parameters.values[index]) > 1e-3 {
        var moved = parameters
        moved.values[index] += 1e-6
        let up = try penalty(moved).value
        moved.values[index] -= 2e-6
        let down = try penalty(moved).value
        #expect(abs((up - down) / 2e-6 - gradient[index]) < 1e-4 * (1 + abs(gradient[index])))
      }
    }
    #expect(gradient.count == network.parameterCount)
  }
}
