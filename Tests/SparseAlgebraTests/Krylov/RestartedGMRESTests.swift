import SparseAlgebra
import Testing

@Suite("Restarted GMRES against Gaussian elimination")
struct RestartedGMRESTests {
  private func matrix(_ n: Int, _ seed: UInt64) -> [[Double]] {
    var random = TestRandom(seed)
    return (0..<n).map { i in
      (0..<n).map { j in
        Double.random(in: -1...1, using: &random) + (i == j ? 2 * Double(n).squareRoot() : 0)
      }
    }
  }

  private func multiply(_ a: [[Double]], _ v: [Double], _ result: inout [Double]) {
    for i in a.indices { result[i] = zip(a[i], v).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  @Test("with and without preconditioner and restarts", arguments: [1, 2, 7, 30], [5, 50])
  func solves(n: Int, restart: Int) throws {
    let a = matrix(n, UInt64(n))
    let b = (0..<n).map { Double($0) - 2.5 }
    let exact = try #require(solveByGaussianElimination(a, b))
    let gmres = RestartedGMRES(restart: restart, tolerance: 1e-12, limit: 2000)
    var x = [Double](repeating: 0, count: n)
    #expect(gmres.solve(b, &x) { multiply(a, $0, &$1) }.hasConverged)
    #expect(largestDifference(x, exact) < 1e-10)
    x = [Double](repeating: 0, count: n)
    let result = gmres.solve(b, &x) {
      multiply(a, $0, &$1)
    } precondition: { v in
      for i in v.indices { v[i] /= a[i][i] }
    }
    #expect(result.hasConverged)
    #expect(largestDifference(x, exact) < 1e-10)
  }

  @Test("what it tells of its residual is the residual, product by product", arguments: [3, 50])
  func record(restart: Int) {
    let a = matrix(12, 5)
    let b = (0..<12).map { Double($0) - 2.5 }
    var told: [(Int, Double)] = []
    var gmres = RestartedGMRES(restart: restart, tolerance: 1e-9)
    gmres.record = { told.append(($0, $1)) }
    var x = [Double](repeating: 0, count: 12)
    let result = gmres.solve(b, &x) { multiply(a, $0, &$1) }
    #expect(told.map(\.0) == Array(1...result.iterations))
    gmres.record = nil
    for (count, residual) in told {
      // As many products and no more.
      gmres.limit = count
      var y = [Double](repeating: 0, count: 12)
      let measured = gmres.solve(b, &y) { multiply(a, $0, &$1) }
      #expect(abs(measured.residual - residual) <= 1e-12)
    }
  }

  @Test("a singular system is not called solved")
  func singular() {
    let a: [[Double]] = [[1, 1], [1, 1]]
    var x = [0.0, 0]
    #expect(!RestartedGMRES().solve([1, 0], &x) { multiply(a, $0, &$1) }.hasConverged)
  }
}
