import TestSupport
import Testing

@testable import Cyclograd

/// The oracle is Gauss elimination of I − Γ|W|, dense and to nearest.
@Suite(
  "Solutions of the comparison graph are enclosed by sweeps, or by other means where they take too long"
)
struct ComparisonSweepsTests {
  /// Random groups, one of them of softmax, with cycles, and a share of the largest row sum.
  private func graph(_ random: inout TestRandom, scale: Double) -> Graph {
    Graph("random", seed: random.next()) {
      Group("x", size: 3, role: .input)
      Group("h", size: 6, activation: .tanh)
      Group("g", size: 3, combine: .product, units: [.init(.tanh), .init(.logistic)])
      Group("p", size: 4, activation: .softmax)
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", weight: .normal(1))
      Connection("h", to: "h", weight: .normal(0.2 * scale))
      Connection("h", to: "g", weight: .normal(0.3))
      Connection("h", to: "g", unit: 1, weight: .normal(0.3))
      Connection("g", to: "p", weight: .normal(0.3))
      Connection("p", to: "h", weight: .normal(0.2 * scale))
      Connection("p", to: "y", weight: .normal(1))
      Connection("h", to: "y", weight: .normal(1))
    }
  }

  private func dense(_ matrix: ComparisonMatrix) -> [[Double]] {
    let columns = (0..<matrix.count).map { j in
      matrix.estimate((0..<matrix.count).map { $0 == j ? 1 : 0 })
    }
    return (0..<matrix.count).map { i in columns.map { $0[i] } }
  }

  private func solve(_ m: [[Double]], _ b: [Double]) -> [Double] {
    let n = b.count
    var a = (0..<n).map { i in (0..<n).map { (i == $0 ? 1 : 0) - m[i][$0] } + [b[i]] }
    for column in 0..<n {
      let pivot = (column..<n).max { abs(a[$0][column]) < abs(a[$1][column]) }!
      a.swapAt(column, pivot)
      for row in 0..<n where row != column {
        let factor = a[row][column] / a[column][column]
        for k in column...n { a[row][k] -= factor * a[column][k] }
      }
    }
    return (0..<n).map { a[$0][n] / a[$0][$0] }
  }

  @Test("both ways, whatever the spectral radius below 1")
  func oracle() throws {
    var random = TestRandom(4)
    var refused = 0
    for round in 0..<40 {
      let (network, parameters) = try graph(&random, scale: [0.1, 0.3, 0.7, 2][round % 4]).compile()
      let graph = try ComparisonGraph(network, network.weights(parameters), threads: 1 + round % 2)
      let m = dense(graph.matrix)
      let drive = (0..<network.unitCount).map { _ in random.chance(0.6) ? random.number(0, 2) : 0 }
      let right = graph.matrix.times(
        [Double](repeating: 0, count: m.count), drive: drive, sum: +, product: *)
      let expected = solve(m, right)
      guard expected.allSatisfy({ $0 >= -1e-9 }) else {
        refused += 1
        #expect(throws: NoCertificate.self) { try graph.solve([drive]) }
        continue
      }
      let found = try graph.solve([drive])[0]
      let c = (0..<m.count).map { _ in random.chance(0.5) ? random.number(0, 1) : 0 }
      let backward = try graph.solveTransposed([c])[0]
      let other = solve((0..<m.count).map { i in m.map { $0[i] } }, c)
      for (solution, exact) in [(found, expected), (backward, other)] {
        let largest = exact.max()!
        for k in exact.indices {
          #expect(solution.lower[k] <= exact[k] + 1e-11 * largest)
          #expect(solution.upper[k] >= exact[k] - 1e-11 * largest)
          #expect(solution.upper[k] - solution.lower[k] < 1e-9 * largest)
        }
      }
    }
    #expect(refused > 0 && refused < 30)
  }

  @Test("a ring that hardly loses anything, a long ring, and a part that nothing drives")
  func slow() throws {
    for (size, weight) in [(3, 0.9999), (1000, 0.5), (5, 0.2)] {
      let (network, parameters) = try Graph("ring") {
        Group("x", size: 1, role: .input)
        Group("h", size: size)
        Group("alone", size: 2)
        Group("y", size: 1, role: .output)
        Connection("x", to: "h", .entries(.init(rows: [0], columns: [0], values: [1])))
        Connection(
          "h", to: "h",
          .entries(
            .init(
              rows: (0..<size).map { Int32(($0 + 1) % size) }, columns: (0..<size).map(Int32.init),
              values: Array(repeating: weight, count: size))))
        Connection("alone", to: "alone", weight: 0.25)
        Connection("h", to: "y", .entries(.init(rows: [0], columns: [0], values: [1])))
        Connection("alone", to: "y", weight: 1)
      }.compile()
      let norm = try Sensitivity(network, parameters).infinityNorm()
      var turn = 1.0
      for _ in 0..<size { turn *= weight }
      let exact = 1 / (1 - turn)
      #expect(norm.lower <= exact * (1 + 1e-12) && exact <= norm.upper)
      #expect(norm.upper - norm.lower < 1e-9 * exact)
      #expect(try abs(Sensitivity(network, parameters).oneNorm().upper - exact) < 1e-9 * exact)
    }
  }

  @Test("what nothing drives must have a proof all the same")
  func undriven() throws {
    let (network, parameters) = try Graph("loop") {
      Group("x", size: 1, role: .input)
      Group("loop", size: 1)
      Group("y", size: 1, role: .output)
      Connection("loop", to: "loop", weight: 1.5)
      Connection("x", to: "y", weight: 1)
      Connection("loop", to: "y", weight: 1)
    }.compile()
    #expect(throws: CyclogradError.self) { try Sensitivity(network, parameters).infinityNorm() }
  }
}
