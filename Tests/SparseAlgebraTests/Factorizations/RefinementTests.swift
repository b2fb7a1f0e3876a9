import SparseAlgebra
import Testing

@Suite struct `Iterative refinement` {
  @Test(arguments: generalMethods, [false, true])
  func `corrects for factors of a nearby matrix`(
    _ method: FactorizationMethod, _ transposes: Bool
  ) throws {
    var generator = TestRandom(2)
    let matrix = try randomMatrix(order: 50, degree: 4, using: &generator)
    let numeric = try method.analyze(matrix.pattern).makeNumeric()
    try numeric.factor(matrix.values.map { $0 * (1 + 1e-6 * generator.symmetricUnit()) })
    let expected = generator.vector(50)
    let b = matrix.times(expected, transposed: transposes)

    func error(after steps: Int) throws -> (Double, Double) {
      let result = try numeric.solveRefined(
        b, values: matrix.values, transposed: transposes, steps: steps)
      return (largestDifference(result.solution, expected), result.backwardError)
    }
    let unrefined = try error(after: 0)
    let refined = try error(after: 3)
    #expect(unrefined.0 > 1e-8 && unrefined.1 > 1e-8)
    #expect(refined.0 < 1e-13 && refined.1 < 1e-15)
  }

  @Test func `reports the backward error as Oettli and Prager define it`() throws {
    // The factor is of 2 I, so that an unrefined solution of I x = b is b / 2; the residual is
    // then b / 2 beside |x| + |b| = 3 b / 2.
    let matrix = try SparseMatrix(dense: [[1, 0], [0, 1]])
    let numeric = try FactorizationMethod.dense.analyze(matrix.pattern).makeNumeric()
    try numeric.factor([2, 2])
    let result = try numeric.solveRefined([3, 0], values: [1, 1], steps: 0)
    #expect(result.solution == [1.5, 0])
    #expect(abs(result.backwardError - 1.0 / 3.0) < 1e-15)
  }

  @Test func `takes back steps that do not help`() throws {
    // With the factor of a matrix of the wrong sign every step triples the residual.
    let one = try SparsePattern(rowCount: 1, columnCount: 1, rowStarts: [0, 1], columns: [0])
    let numeric = try FactorizationMethod.dense.analyze(one).makeNumeric()
    try numeric.factor([-0.5])
    let result = try numeric.solveRefined([1], values: [1], steps: 5)
    #expect(result.solution == [-2])
    #expect(result.backwardError == 1)
  }

  @Test func `calls solutions that are not finite infinitely bad`() throws {
    let one = try SparsePattern(rowCount: 1, columnCount: 1, rowStarts: [0, 1], columns: [0])
    let numeric = try FactorizationMethod.dense.analyze(one).makeNumeric()
    try numeric.factor([1e-300])
    #expect(try numeric.solveRefined([1e300], values: [1e-300]).backwardError == .infinity)
    #expect(try numeric.solveRefined([.nan], values: [1e-300]).backwardError == .infinity)
  }
}
