import SparseAlgebra
import Testing

@Suite("ILU(0)")
struct IncompleteLUTests {
  private func pattern(_ dense: [[Double]]) throws -> (SparsePattern, [Double]) {
    var starts: [Int32] = [0]
    var columns: [Int32] = []
    var values: [Double] = []
    for (i, row) in dense.enumerated() {
      for (j, value) in row.enumerated() where value != 0 || i == j {
        columns.append(Int32(j))
        values.append(value)
      }
      starts.append(Int32(columns.count))
    }
    let n = dense.count
    return (
      try SparsePattern(rowCount: n, columnCount: n, rowStarts: starts, columns: columns), values
    )
  }

  private func random(_ n: Int, _ density: Double, _ seed: UInt64) -> [[Double]] {
    var random = TestRandom(seed)
    return (0..<n).map { i in
      (0..<n).map { j in
        if i == j { return 1 + Double.random(in: 0...1, using: &random) }
        let isThere = Double.random(in: 0...1, using: &random) < density
        return isThere ? Double.random(in: -0.3...0.3, using: &random) : 0
      }
    }
  }

  private func transpose(_ a: [[Double]]) -> [[Double]] {
    a.indices.map { j in a.map { $0[j] } }
  }

  /// Elimination that drops whatever falls outside the pattern, on full matrices; L U.
  private func oracle(_ a: [[Double]]) -> [[Double]] {
    var f = a
    let n = a.count
    for i in 0..<n {
      for k in 0..<i where a[i][k] != 0 {
        f[i][k] /= f[k][k]
        for j in k + 1..<n where a[i][j] != 0 || i == j { f[i][j] -= f[i][k] * f[k][j] }
      }
    }
    var product = Array(repeating: [Double](repeating: 0, count: n), count: n)
    for i in 0..<n {
      for j in 0..<n {
        for k in 0...min(i, j) {
          let lower = k == i ? 1 : f[i][k]
          product[i][j] += lower * f[k][j]
        }
      }
    }
    return product
  }

  @Test("solves with the factors of dense elimination within the pattern", arguments: 0..<20)
  func factors(seed: Int) throws {
    let n = 1 + seed * 2
    let a = random(n, 0.25, UInt64(seed))
    let (pattern, values) = try pattern(a)
    var ilu = try #require(IncompleteLU(pattern))
    let raised = ilu.factor(values)
    #expect(raised == 0)
    let product = oracle(a)
    let b = (0..<n).map { Double($0 % 5) - 1.7 }
    for isTransposed in [false, true] {
      var x = b
      ilu.solve(&x, transposed: isTransposed)
      let exact = try #require(
        solveByGaussianElimination(isTransposed ? transpose(product) : product, b))
      #expect(largestDifference(x, exact) < 1e-11)
    }
  }

  @Test("is the inverse itself where nothing fills up")
  func exact() throws {
    // A full matrix, and a tridiagonal one.
    let n = 12
    var tridiagonal = Array(repeating: [Double](repeating: 0, count: n), count: n)
    for i in 0..<n {
      tridiagonal[i][i] = 2
      if i > 0 { tridiagonal[i][i - 1] = -0.9 - 0.01 * Double(i) }
      if i + 1 < n { tridiagonal[i][i + 1] = -0.95 }
    }
    for a in [random(n, 1, 3), tridiagonal] {
      let (pattern, values) = try pattern(a)
      var ilu = try #require(IncompleteLU(pattern))
      let raised = ilu.factor(values)
      #expect(raised == 0)
      let b = (0..<n).map { Double($0) - 3 }
      var x = b
      ilu.solve(&x)
      let exact = try #require(solveByGaussianElimination(a, b))
      #expect(largestDifference(x, exact) < 1e-11)
    }
    // Row i takes Σ_{k < i} (n − k) multiplications in a full matrix.
    let (full, _) = try pattern(random(n, 1, 3))
    var expected = 0
    for i in 0..<n { for k in 0..<i { expected += n - k } }
    #expect(IncompleteLU(full)?.work == Double(expected))
  }

  @Test("a zero pivot raises the diagonal, and says by how much")
  func pivots() throws {
    let (pattern, values) = try pattern([[0, 2], [1, 0]])
    var ilu = try #require(IncompleteLU(pattern))
    let raised = ilu.factor(values)
    let shift = try #require(raised)
    #expect(shift > 0)
    var x = [1.0, 2]
    ilu.solve(&x)
    let exact = try #require(solveByGaussianElimination([[shift, 2], [1, shift]], [1, 2]))
    #expect(largestDifference(x, exact) < 1e-9)
    for bad in [[0, 0, 0, 0], [1, .nan, 0, 1], [1, .infinity, 0, 1], [1]] as [[Double]] {
      let result = ilu.factor(bad)
      #expect(result == nil)
    }
    let gap = try SparsePattern(
      rowCount: 2, columnCount: 2, rowStarts: [0, 1, 2], columns: [1, 1])
    #expect(IncompleteLU(gap) == nil)
    let none = try SparsePattern(rowCount: 0, columnCount: 0, rowStarts: [0], columns: [])
    var empty = try #require(IncompleteLU(none))
    let nothing = empty.factor([])
    #expect(nothing == 0)
  }
}
