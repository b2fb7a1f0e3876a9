import SparseAlgebra
import Testing

@Suite struct `A condition estimator` {
  private let matrix: SparseMatrix

  init() throws {
    matrix = try SparseMatrix(dense: [
      [4, 1, 0, 2], [0, 3, 1, 0], [1e5, 0, 2e5, 0], [0, 1, 1, 7],
    ])
  }

  private func numeric(_ matrix: SparseMatrix) throws -> any NumericFactorization {
    let numeric = try FactorizationMethod.klu.analyze(matrix.pattern).makeNumeric()
    try numeric.factor(matrix.values)
    return numeric
  }

  /// An estimate for `matrix` with a solve in place of a factorization's.
  private func estimate(
    _ matrix: SparseMatrix, _ solve: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) throws -> Double {
    var estimator = ConditionEstimator(order: matrix.pattern.rowCount)
    return try matrix.values.withUnsafeBufferPointer {
      try estimator.estimate(
        matrix.pattern, values: $0, solve: solve, solveTransposed: solve)
    }
  }

  @Test func `says the same again, whatever it was used for before`() throws {
    var estimator = ConditionEstimator(order: 1)
    for order in [3, 8, 5, 8, 3] {
      var generator = TestRandom(UInt64(order))
      let random = try randomMatrix(order: order, degree: 3, using: &generator)
      let factored = try numeric(random)
      let again = try random.values.withUnsafeBufferPointer {
        try estimator.estimate(factored, values: $0)
      }
      #expect(try factored.equilibratedCondition(values: random.values) == again)
      #expect(estimator.rowScales.count == order && estimator.columnScales.count == order)
      for scale in estimator.rowScales + estimator.columnScales {
        #expect(scale.isNormal && scale.significand == 1 && scale > 0)
      }
    }
  }

  @Test func `takes ten solves at most`() throws {
    let factored = try numeric(matrix)
    var (solves, transposedSolves) = (0, 0)
    var estimator = ConditionEstimator(order: 4)
    let condition = try matrix.values.withUnsafeBufferPointer { values in
      try estimator.estimate(
        matrix.pattern, values: values,
        solve: {
          solves += 1
          try factored.solve($0, rightHandSides: 1)
        },
        solveTransposed: {
          transposedSolves += 1
          try factored.solveTransposed($0, rightHandSides: 1)
        })
    }
    #expect(condition == (try factored.equilibratedCondition(values: matrix.values)))
    #expect(solves >= 3 && transposedSolves >= 2)
    #expect(solves <= 5 && transposedSolves <= 5)
  }

  @Test func `takes a norm from a caller that has scaled`() throws {
    let factored = try numeric(matrix)
    let truth =
      rowNorm(transposed(matrix.dense))
      * rowNorm(transposed(try #require(inverseByGaussJordan(matrix.dense))))
    var estimator = ConditionEstimator(order: 4)
    func estimate(_ norm: Double) throws -> Double {
      try estimator.estimate(
        order: 4, norm: norm, solve: { try factored.solve($0, rightHandSides: 1) },
        solveTransposed: { try factored.solveTransposed($0, rightHandSides: 1) })
    }
    let condition = try estimate(rowNorm(transposed(matrix.dense)))
    #expect(condition <= truth * (1 + 1e-12) && condition >= truth / 3)
    for norm in [Double.nan, .infinity, 0] { #expect(try estimate(norm) == .infinity) }
    #expect(try estimate(1e-300) == 1)
    let none = estimator.estimate(order: 0, norm: 0, solve: { _ in }, solveTransposed: { _ in })
    #expect(none == 1)
  }

  @Test func `answers infinity, never NaN, where a solve or a value is not finite`() throws {
    for bad in [Double.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      #expect(try estimate(matrix) { $0.update(repeating: bad) } == .infinity)
      #expect(try estimate(matrix) { $0[3] = bad } == .infinity)
    }
    // Only later solves overflow.
    var count = 0
    let condition = try estimate(matrix) {
      count += 1
      if count > 3 { $0[0] = .infinity }
    }
    #expect(condition == .infinity)
    for bad in [Double.nan, .infinity] {
      var other = matrix
      other.values[2] = bad
      #expect(try estimate(other) { _ in } == .infinity)
    }
  }

  @Test func `survives rows and columns of zeros`() throws {
    let empty = try SparsePattern(
      rowCount: 3, columnCount: 3, rowStarts: [0, 2, 2, 3], columns: [0, 2, 2])
    for values in [[1.0, 2, 3], [0, 0, 0], [0, 0x1p-1074, 0x1p1023]] {
      let zeros = SparseMatrix(pattern: empty, values: values)
      #expect(try estimate(zeros) { $0.update(repeating: .infinity) } == .infinity)
      // A solve that does not notice says nothing of the matrix, but there is an answer.
      #expect(try estimate(zeros) { _ in } >= 1)
    }
  }

  @Test func `reports what does not fit`() throws {
    let factored = try numeric(matrix)
    expectCode(.invalidArgument) { _ = try factored.equilibratedCondition(values: [1, 2]) }
    let wide = try SparsePattern(rowCount: 1, columnCount: 2, rowStarts: [0, 1], columns: [0])
    expectCode(.invalidArgument) {
      _ = try estimate(SparseMatrix(pattern: wide, values: [1])) { _ in }
    }
    for method in FactorizationMethod.available {
      let fresh = try method.analyze(
        try SparsePattern(rowCount: 1, columnCount: 1, rowStarts: [0, 1], columns: [0])
      ).makeNumeric()
      expectCode(.notFactored) { _ = try fresh.equilibratedCondition(values: [1]) }
    }
  }
}
