#if GPLSolvers
  import SparseAlgebra
  import Testing

  @Suite struct `A Cholesky factorization` {
    @Test func `rejects matrices that are not positive definite`() throws {
      let good = try SparseMatrix(dense: [[4, 1, 0], [1, 3, 1], [0, 1, 2]])
      let numeric = try FactorizationMethod.cholmod.analyze(good.pattern).makeNumeric()
      // Indefinite, negative definite, semidefinite: L D Lᵀ would take the first two.
      let bad: [[Double]] = [
        [4, 5, 5, 3, 1, 1, 2], [-4, 1, 1, -3, 1, 1, -2], [1, 1, 1, 1, 0, 0, 2],
        [4, 1, 1, 0, 1, 1, 2],
      ]
      for values in bad {
        expectCode(.notPositiveDefinite) { try numeric.factor(values) }
        expectCode(.notFactored) { _ = try numeric.solve([1, 2, 3]) }
        #expect(numeric.reciprocalConditionEstimate == 0)
        try numeric.factor(good.values)
        let x = try #require(solveByGaussianElimination(good.dense, [1, 2, 3]))
        #expect(largestDifference(try numeric.solve([1, 2, 3]), x) < 1e-14)
      }
    }

    @Test func `rejects large indefinite matrices with dense fronts`() throws {
      // Large enough for CHOLMOD's supernodal code.
      var matrix = try SparseMatrix(
        rows: latticeRows(60) { row, column in row == column ? 9 : -1 })
      let symbolic = try FactorizationMethod.cholmod.analyze(matrix.pattern)
      #expect(symbolic.estimatedFlops / symbolic.estimatedFactorNonzeros > 40)
      let numeric = try symbolic.makeNumeric()
      let good = matrix.values
      matrix.values = good.map { $0 > 0 ? 3 : $0 }
      expectCode(.notPositiveDefinite) { try numeric.factor(matrix.values) }
      expectCode(.notFactored) { _ = try numeric.solve([Double](repeating: 1, count: 3600)) }
      try numeric.factor(good)
      let b = [Double](repeating: 1, count: 3600)
      let error = try numeric.solveRefined(b, values: good).backwardError
      #expect(error < 1e-15)
    }

    @Test func `rejects matrices that are not symmetric`() throws {
      let triangular = try SparseMatrix(dense: [[1, 1], [0, 1]])
      expectCode(.invalidArgument) {
        _ = try FactorizationMethod.cholmod.analyze(triangular.pattern)
      }
      let skewed = try SparseMatrix(dense: [[2, 1], [1.001, 2]])
      let numeric = try FactorizationMethod.cholmod.analyze(skewed.pattern).makeNumeric()
      expectCode(.invalidArgument) { try numeric.factor(skewed.values) }
      expectCode(.notFactored) { _ = try numeric.solve([1, 1]) }
      try numeric.factor([2, 1, 1 + 1e-15, 2])
    }
  }
#endif
