import SparseAlgebra
import Testing

/// The methods that take any invertible matrix.
let generalMethods = FactorizationMethod.available.filter { $0 != .cholmod }

@Suite struct `Every factorization` {
  @Test(arguments: generalMethods, [1, 2, 3, 10, 40, 120])
  func `solves as Gaussian elimination does`(_ method: FactorizationMethod, _ order: Int) throws {
    for seed in 0..<5 {
      var generator = TestRandom(UInt64(1000 * order + seed))
      let matrix = try randomMatrix(order: order, degree: 5, using: &generator)
      try expectAgreement(matrix, method, &generator)
    }
  }

  @Test(arguments: generalMethods, [10, 80])
  func `pivots where the diagonal is empty`(_ method: FactorizationMethod, _ order: Int) throws {
    var generator = TestRandom(UInt64(order))
    // A permutation with small numbers around it: no pivot may be taken from the diagonal.
    let permutation = (0..<order).map { ($0 + 3) % order }
    let rows = permutation.map { image in
      var entries = [Int.random(in: 0..<order, using: &generator): 1e-3]
      entries[image] = 1 + abs(generator.symmetricUnit())
      return entries
    }
    try expectAgreement(try SparseMatrix(rows: rows), method, &generator)
  }

  @Test(arguments: FactorizationMethod.available, [1, 5, 60, 150])
  func `solves symmetric positive definite systems`(
    _ method: FactorizationMethod, _ order: Int
  ) throws {
    var generator = TestRandom(UInt64(order))
    let matrix = try randomSymmetricMatrix(order: order, degree: 3, using: &generator)
    try expectAgreement(matrix, method, &generator)
  }

  private func expectAgreement(
    _ matrix: SparseMatrix, _ method: FactorizationMethod, _ generator: inout TestRandom
  ) throws {
    let order = matrix.pattern.rowCount
    let numeric = try method.analyze(matrix.pattern).makeNumeric()
    try numeric.factor(matrix.values)
    #expect(numeric.method == method)
    #expect(numeric.reciprocalConditionEstimate > 1e-8)
    #expect(numeric.reciprocalConditionEstimate <= 1)

    let b = generator.vector(order)
    let x = try #require(solveByGaussianElimination(matrix.dense, b))
    #expect(largestDifference(try numeric.solve(b), x) < 1e-9)
    let y = try #require(solveByGaussianElimination(transposed(matrix.dense), b))
    #expect(largestDifference(try numeric.solveTransposed(b), y) < 1e-9)

    // ⟨A⁻¹ b, c⟩ = ⟨b, A⁻ᵀ c⟩
    let c = generator.vector(order)
    let left = dot(try numeric.solve(b), c)
    let right = dot(b, try numeric.solveTransposed(c))
    #expect(abs(left - right) < 1e-9 * max(1, abs(left)))

    let several = generator.vector(7 * order)
    let together = try numeric.solve(several, rightHandSides: 7)
    let togetherTransposed = try numeric.solveTransposed(several, rightHandSides: 7)
    for column in 0..<7 {
      let range = column * order..<(column + 1) * order
      let alone = Array(several[range])
      #expect(largestDifference(Array(together[range]), try numeric.solve(alone)) < 1e-11)
      #expect(
        largestDifference(
          Array(togetherTransposed[range]), try numeric.solveTransposed(alone)) < 1e-11)
    }
  }

  @Test(arguments: FactorizationMethod.available)
  func `factors again with other values on the same pattern`(
    _ method: FactorizationMethod
  ) throws {
    var generator = TestRandom(5)
    var matrix = try randomSymmetricMatrix(order: 50, degree: 3, using: &generator)
    let numeric = try method.analyze(matrix.pattern).makeNumeric()
    let b = generator.vector(50)
    for step in 1...5 {
      matrix.values = matrix.values.map { $0 * Double(step) }
      try numeric.factor(matrix.values)
      let x = try #require(solveByGaussianElimination(matrix.dense, b))
      #expect(largestDifference(try numeric.solve(b), x) < 1e-10)
    }
  }

  @Test(arguments: FactorizationMethod.available)
  func `estimates the condition of the latest values`(_ method: FactorizationMethod) throws {
    let matrix = try SparseMatrix(dense: [[1, 0.5], [0.5, 1]])
    let numeric = try method.analyze(matrix.pattern).makeNumeric()
    #expect(numeric.reciprocalConditionEstimate == 0)
    for small in [1e-2, 1e-4, 1e-8] {
      try numeric.factor([1, 1 - small, 1 - small, 1])
      let estimate = numeric.reciprocalConditionEstimate
      #expect(estimate > small / 10 && estimate < small * 10)
      #expect(numeric.reciprocalConditionEstimate == estimate)
    }
  }

  @Test(.tags(.slow), .unlessFast, arguments: FactorizationMethod.available)
  func `solves on a lattice of 10⁴ vertices`(_ method: FactorizationMethod) throws {
    guard method != .dense else { return }
    let matrix = try SparseMatrix(
      rows: latticeRows(100) { row, column in
        row == column ? 9 : -1 - 1 / Double(row + column + 2)
      })
    var generator = TestRandom(8)
    let expected = generator.vector(10_000)
    let numeric = try method.analyze(matrix.pattern).makeNumeric()
    try numeric.factor(matrix.values)
    let (x, error) = try numeric.solveRefined(matrix.times(expected), values: matrix.values)
    #expect(error < 1e-15)
    #expect(largestDifference(x, expected) < 1e-8)
    let (y, transposedError) = try numeric.solveRefined(
      matrix.times(expected, transposed: true), values: matrix.values, transposed: true)
    #expect(transposedError < 1e-15)
    #expect(largestDifference(y, expected) < 1e-8)
  }

  @Test(arguments: FactorizationMethod.available)
  func `estimates its cost before it factors`(_ method: FactorizationMethod) throws {
    let small = try method.analyze(try pattern(order: 100) { [max($0 - 1, 0), min($0 + 1, 99)] })
    let large = try method.analyze(
      try pattern(order: 200) { [max($0 - 1, 0), min($0 + 1, 199)] })
    #expect(small.pattern.rowCount == 100)
    #expect(small.estimatedFactorNonzeros >= 199)
    #expect(small.estimatedFlops > 100)
    #expect(large.estimatedFactorNonzeros > 1.8 * small.estimatedFactorNonzeros)
    #expect(large.estimatedFlops > 1.8 * small.estimatedFlops)
  }
}
