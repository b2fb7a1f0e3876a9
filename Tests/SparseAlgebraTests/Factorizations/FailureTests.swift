import SparseAlgebra
import Testing

@Suite struct `A factorization that fails` {
  /// Factors the bad values after good ones, and then the good ones again.
  private func expectRecovery(
    from code: FactorizationError.Code, bad: SparseMatrix, good: SparseMatrix,
    _ method: FactorizationMethod
  ) throws {
    #expect(bad.pattern == good.pattern)
    let order = good.pattern.rowCount
    let b = [Double](repeating: 1, count: order)
    let symbolic = try method.analyze(good.pattern)

    let fresh = try symbolic.makeNumeric()
    expectCode(.notFactored) { _ = try fresh.solve(b) }
    expectCode(code) { try fresh.factor(bad.values) }
    expectCode(.notFactored) { _ = try fresh.solve(b) }
    expectCode(.notFactored) { _ = try fresh.solveTransposed(b) }
    #expect(fresh.reciprocalConditionEstimate == 0)

    let used = try symbolic.makeNumeric()
    for _ in 0..<2 {
      try used.factor(good.values)
      let x = try #require(solveByGaussianElimination(good.dense, b))
      #expect(largestDifference(try used.solve(b), x) < 1e-10)
      expectCode(code) { try used.factor(bad.values) }
      expectCode(.notFactored) { _ = try used.solve(b) }
      #expect(used.reciprocalConditionEstimate == 0)
    }
    try used.factor(good.values)
    let y = try #require(solveByGaussianElimination(transposed(good.dense), b))
    #expect(largestDifference(try used.solveTransposed(b), y) < 1e-10)
  }

  @Test(arguments: generalMethods)
  func `reports a numerically singular matrix`(_ method: FactorizationMethod) throws {
    // The third row is the sum of the first two, exactly.
    let bad = try SparseMatrix(dense: [[1, 2, 4], [2, 1, 8], [3, 3, 12]])
    let good = try SparseMatrix(dense: [[1, 2, 4], [2, 1, 8], [3, 3, 13]])
    try expectRecovery(from: .singular, bad: bad, good: good, method)
  }

  @Test(arguments: generalMethods)
  func `reports stored zeros that make a matrix singular`(_ method: FactorizationMethod) throws {
    var generator = TestRandom(3)
    let good = try randomMatrix(order: 30, degree: 4, using: &generator)
    var bad = good
    for entry in good.pattern.entries(ofRow: 17) { bad.values[entry] = 0 }
    try expectRecovery(from: .singular, bad: bad, good: good, method)
    var zero = good
    zero.values = zero.values.map { _ in 0 }
    try expectRecovery(from: .singular, bad: zero, good: good, method)
  }

  @Test(arguments: generalMethods)
  func `reports a structurally singular matrix`(_ method: FactorizationMethod) throws {
    let cases: [[[Double]]] = [
      [[1, 1, 1], [1, 0, 0], [2, 0, 0]],  // two rows share their only column
      [[1, 0, 2], [3, 0, 4], [5, 0, 7]],  // an empty column
      [[1, 2, 3], [0, 0, 0], [4, 5, 7]],  // an empty row
      [[0, 0], [0, 0]],  // no entries at all
    ]
    for dense in cases {
      let matrix = try SparseMatrix(dense: dense)
      let numeric = try method.analyze(matrix.pattern).makeNumeric()
      let error = #expect(throws: FactorizationError.self) { try numeric.factor(matrix.values) }
      #expect(error?.code == .singular)
      if method == .klu, !matrix.values.isEmpty {
        #expect(error?.message == "the structural rank is 2, below 3")
      }
      expectCode(.notFactored) { _ = try numeric.solve([Double](repeating: 1, count: dense.count)) }
    }
  }

  @Test(arguments: FactorizationMethod.available, [Double.nan, .infinity, -.infinity])
  func `reports values that are not finite`(_ method: FactorizationMethod, _ value: Double) throws {
    var generator = TestRandom(4)
    let good = try randomSymmetricMatrix(order: 20, degree: 2, using: &generator)
    var bad = good
    bad.values[bad.values.count - 1] = value
    try expectRecovery(from: .notFinite, bad: bad, good: good, method)
  }

  @Test(arguments: FactorizationMethod.available)
  func `reports wrong lengths`(_ method: FactorizationMethod) throws {
    let matrix = try SparseMatrix(dense: [[2, 1], [1, 2]])
    let numeric = try method.analyze(matrix.pattern).makeNumeric()
    expectCode(.invalidArgument) { try numeric.factor([1, 2, 3]) }
    expectCode(.invalidArgument) { try numeric.factor([1, 2, 3, 4, 5]) }
    try numeric.factor(matrix.values)
    expectCode(.invalidArgument) { _ = try numeric.solve([1]) }
    expectCode(.invalidArgument) { _ = try numeric.solve([1, 2, 3]) }
    expectCode(.invalidArgument) { _ = try numeric.solve([1, 2], rightHandSides: 2) }
    expectCode(.invalidArgument) { _ = try numeric.solve([1, 2], rightHandSides: -1) }
    expectCode(.invalidArgument) { _ = try numeric.solveTransposed([1, 2, 3]) }
    expectCode(.invalidArgument) { _ = try numeric.solveRefined([1, 2], values: [1]) }
    #expect(try numeric.solve([], rightHandSides: 0) == [])
    #expect(largestDifference(try numeric.solve([3, 3]), [1, 1]) < 1e-15)
  }

  @Test(arguments: FactorizationMethod.available)
  func `rejects patterns that are not square`(_ method: FactorizationMethod) throws {
    let wide = try SparsePattern(rowCount: 1, columnCount: 2, rowStarts: [0, 1], columns: [0])
    expectCode(.invalidArgument) { _ = try method.analyze(wide) }
  }

  @Test func `says which methods this build lacks`() throws {
    let pattern = try SparsePattern(rowCount: 1, columnCount: 1, rowStarts: [0, 1], columns: [0])
    for method in FactorizationMethod.allCases {
      if FactorizationMethod.available.contains(method) {
        _ = try method.analyze(pattern)
      } else {
        expectCode(.unavailable) { _ = try method.analyze(pattern) }
      }
    }
    #expect(FactorizationMethod.available.starts(with: [.dense, .klu]))
  }

  @Test(arguments: FactorizationMethod.available)
  func `still knows the smallest systems`(_ method: FactorizationMethod) throws {
    let empty = try SparsePattern(rowCount: 0, columnCount: 0, rowStarts: [0], columns: [])
    let none = try method.analyze(empty).makeNumeric()
    expectCode(.notFactored) { _ = try none.solve([]) }
    try none.factor([])
    #expect(try none.solve([]) == [])
    #expect(try none.solveTransposed([], rightHandSides: 3) == [])
    #expect(try none.solveRefined([], values: []).backwardError == 0)

    let one = try SparsePattern(rowCount: 1, columnCount: 1, rowStarts: [0, 1], columns: [0])
    let single = try method.analyze(one).makeNumeric()
    try single.factor([4])
    #expect(try single.solve([2]) == [0.5])
    #expect(try single.solveTransposed([2, 6], rightHandSides: 2) == [0.5, 1.5])
    let code: FactorizationError.Code = method == .cholmod ? .notPositiveDefinite : .singular
    expectCode(code) { try single.factor([0]) }
  }

  @Test(arguments: generalMethods)
  func `does not mistake a tiny or huge matrix for a bad one`(
    _ method: FactorizationMethod
  ) throws {
    for scale in [1e-300, 1e-150, 1e150, 1e300] {
      let matrix = try SparseMatrix(dense: [[2 * scale, scale], [scale, 3 * scale]])
      let numeric = try method.analyze(matrix.pattern).makeNumeric()
      try numeric.factor(matrix.values)
      #expect(largestDifference(try numeric.solve([3 * scale, 4 * scale]), [1, 1]) < 1e-14)
    }
  }

  @Test(arguments: generalMethods)
  func `solves or throws where the elimination may overflow`(
    _ method: FactorizationMethod
  ) throws {
    let big = 1.5e308
    let matrix = try SparseMatrix(dense: [[big, big, 0], [-big, big, 1], [0, 1, big]])
    let numeric = try method.analyze(matrix.pattern).makeNumeric()
    do {
      try numeric.factor(matrix.values)
      #expect(largestDifference(try numeric.solve([big, -big, 0]), [1, 0, 0]) < 1e-14)
    } catch let error as FactorizationError {
      #expect(error.code == .notFinite)
      expectCode(.notFactored) { _ = try numeric.solve([1, 1, 1]) }
    }
  }

  @Test(arguments: generalMethods)
  func `accepts a nearly singular matrix, and shows it`(_ method: FactorizationMethod) throws {
    let tiny = 1e-17
    let matrix = try SparseMatrix(dense: [[1, 0, 0], [0, tiny, 0], [1, 1, 1]])
    let numeric = try method.analyze(matrix.pattern).makeNumeric()
    try numeric.factor(matrix.values)
    if method != .dense {
      // The sparse methods scale what they see as rows, the columns of A, and so repair this one.
      #expect(numeric.reciprocalConditionEstimate > 0)
    } else {
      #expect(numeric.reciprocalConditionEstimate < 1e-16)
    }
    let hilbert = try SparseMatrix(
      dense: (0..<12).map { i in (0..<12).map { j in 1 / Double(i + j + 1) } })
    let other = try method.analyze(hilbert.pattern).makeNumeric()
    try other.factor(hilbert.values)
    #expect(other.reciprocalConditionEstimate > 0)
    #expect(other.reciprocalConditionEstimate < 1e-11)
    for transposed in [false, true] {
      let b = hilbert.times([Double](repeating: 1, count: 12), transposed: transposed)
      let error = try other.solveRefined(b, values: hilbert.values, transposed: transposed)
        .backwardError
      #expect(error < 4 * Double.ulpOfOne)
    }
  }
}
