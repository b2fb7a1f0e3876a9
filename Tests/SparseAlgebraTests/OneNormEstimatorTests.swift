import SparseAlgebra
import Testing

@Suite struct `The estimate of a 1-norm` {
  private func product(_ matrix: [[Double]], _ x: UnsafeMutableBufferPointer<Double>) {
    let result = matrix.map { row in zip(row, x).reduce(0) { $0 + $1.0 * $1.1 } }
    for i in result.indices { x[i] = result[i] }
  }

  private func estimate(_ matrix: [[Double]]) -> Double {
    var estimator = OneNormEstimator(order: matrix.count)
    let transpose = transposed(matrix)
    var (products, transposedProducts) = (0, 0)
    let norm = estimator.estimate(
      order: matrix.count,
      multiply: {
        products += 1
        product(matrix, $0)
      },
      multiplyTransposed: {
        transposedProducts += 1
        product(transpose, $0)
      })
    #expect(products <= 5 && transposedProducts <= 3)
    return norm
  }

  @Test(arguments: [1, 2, 3, 7, 20])
  func `is a lower bound, and close`(_ order: Int) throws {
    var close = 0
    for seed in 0..<30 {
      var generator = TestRandom(UInt64(100 * order + seed))
      let dense = (0..<order).map { _ in generator.vector(order) }
      // Inverses are what it is used for.
      let matrix = seed.isMultiple(of: 2) ? dense : try #require(inverseByGaussJordan(dense))
      let truth = rowNorm(transposed(matrix))
      let norm = estimate(matrix)
      #expect(norm <= truth * (1 + 1e-14))
      #expect(norm >= truth / 10)
      if norm >= truth / 3 { close += 1 }
    }
    #expect(close >= 29)
  }

  @Test func `is not deceived by products that cancel`() {
    // I + θ u uᵀ with u orthogonal to the start, and nothing in the column that is tried next (Higham 1988).
    for order in [4, 9, 50] {
      var matrix = (0..<order).map { i in (0..<order).map { $0 == i ? 1.0 : 0 } }
      matrix[1][1] += 1e6
      matrix[2][2] += 1e6
      matrix[1][2] -= 1e6
      matrix[2][1] -= 1e6
      let truth = rowNorm(transposed(matrix))
      #expect(estimate(matrix) >= truth / Double(3 * order))
    }
  }

  @Test func `is infinite where a product is not finite`() {
    for bad in [Double.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      for order in [1, 2, 5] {
        let matrix = (0..<order).map { i in
          (0..<order).map { $0 == order - 1 ? bad : i == $0 ? 1 : 0 }
        }
        let norm = estimate(matrix)
        #expect(order == 1 && bad.isFinite ? norm == bad : norm == .infinity)
      }
    }
  }

  @Test func `is 0 for no matrix and for a matrix of zeros`() {
    #expect(estimate([]) == 0)
    #expect(estimate([[0]]) == 0)
    #expect(estimate([[0, 0], [0, 0]]) == 0)
  }
}
