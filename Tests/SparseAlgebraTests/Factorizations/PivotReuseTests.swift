import CKLU
import SparseAlgebra
import Testing

@Suite struct `Reusing pivots` {
  /// Well conditioned for every pivot, which has the fewest neighbours and so is the first.
  private func matrix(pivot: Double) throws -> SparseMatrix {
    try SparseMatrix(dense: [
      [pivot, 1, 0, 0], [1, 1, 0.25, 0.5], [0, 0.5, 2, 1], [0, 0.25, 1, 3],
    ])
  }

  @Test(arguments: generalMethods)
  func `never costs accuracy`(_ method: FactorizationMethod) throws {
    let before = try matrix(pivot: 4)
    let numeric = try method.analyze(before.pattern).makeNumeric()
    let b = [1.0, -2, 3, 0.5]
    for tiny in [1e-5, 1e-9, 1e-14, 1e-18, 1e-300] {
      try numeric.factor(before.values)
      let after = try matrix(pivot: tiny)
      try numeric.factor(after.values)
      let x = try #require(solveByGaussianElimination(after.dense, b))
      #expect(largestDifference(try numeric.solve(b), x) < 1e-10)
      let y = try #require(solveByGaussianElimination(transposed(after.dense), b))
      #expect(largestDifference(try numeric.solveTransposed(b), y) < 1e-10)
    }
  }

  @Test(arguments: generalMethods)
  func `finds new pivots where an old one becomes exactly zero`(
    _ method: FactorizationMethod
  ) throws {
    let before = try matrix(pivot: 4)
    let numeric = try method.analyze(before.pattern).makeNumeric()
    try numeric.factor(before.values)
    var after = before
    after.values[0] = 0
    try numeric.factor(after.values)
    let b = [1.0, -2, 3, 0.5]
    let x = try #require(solveByGaussianElimination(after.dense, b))
    #expect(largestDifference(try numeric.solve(b), x) < 1e-12)
  }

  @Test func `would fail in KLU without the guard`() throws {
    let before = try matrix(pivot: 4)
    let after = try matrix(pivot: 1e-14)
    let b = [1.0, -2, 3, 0.5]
    var x = b
    var starts = before.pattern.rowStarts
    var columns = before.pattern.columns
    var common = klu_common()
    klu_defaults(&common)
    var symbolic = klu_analyze(4, &starts, &columns, &common)
    var old = before.values
    var numeric = klu_factor(&starts, &columns, &old, symbolic, &common)
    var new = after.values
    #expect(klu_refactor(&starts, &columns, &new, symbolic, numeric, &common) != 0)
    #expect(common.status == KLU_OK)
    #expect(klu_tsolve(symbolic, numeric, 4, 1, &x, &common) != 0)
    klu_free_numeric(&numeric, &common)
    klu_free_symbolic(&symbolic, &common)
    let expected = try #require(solveByGaussianElimination(after.dense, b))
    #expect(largestDifference(x, expected) > 1e-4)
  }

  @Test func `stays accurate on random values that change by many orders`() throws {
    var generator = TestRandom(21)
    var matrix = try randomMatrix(order: 60, degree: 4, using: &generator)
    let numeric = try FactorizationMethod.klu.analyze(matrix.pattern).makeNumeric()
    for _ in 0..<50 {
      matrix.values = matrix.values.map { _ in
        generator.symmetricUnit() * Double.random(in: 0...1, using: &generator) < 0.2 ? 1e-9 : 1
      }.map { $0 * generator.symmetricUnit() }
      let b = generator.vector(60)
      do {
        try numeric.factor(matrix.values)
      } catch let error as FactorizationError where error.code == .singular {
        continue
      }
      let error = try numeric.solveRefined(b, values: matrix.values).backwardError
      #expect(error < 1e-12)
    }
  }
}
