import SparseAlgebra
import Testing

@Suite struct `Solutions of several right-hand sides` {
  private static let counts = [1, 2, 3, 4, 5, 9]

  @Test(arguments: FactorizationMethod.available, [1, 2, 3, 7, 16, 33, 64, 130])
  func `are to the last bit those of each alone`(
    _ method: FactorizationMethod, _ order: Int
  ) throws {
    for seed in 0..<3 {
      var generator = TestRandom(UInt64(100 * order + seed))
      let matrix =
        try method == .cholmod
        ? randomSymmetricMatrix(order: order, degree: 3, using: &generator)
        : randomMatrix(order: order, degree: 5, using: &generator)
      try expectIndependence(matrix, method, &generator)
    }
  }

  @Test(arguments: FactorizationMethod.available)
  func `are so with large dense parts in the factor`(_ method: FactorizationMethod) throws {
    // Large enough for CHOLMOD's supernodal code.
    let side = method == .dense ? 12 : 60
    let matrix = try SparseMatrix(
      rows: latticeRows(side) { row, column in row == column ? 9 : -1 })
    var generator = TestRandom(31)
    try expectIndependence(matrix, method, &generator)
  }

  private func expectIndependence(
    _ matrix: SparseMatrix, _ method: FactorizationMethod, _ generator: inout TestRandom
  ) throws {
    let order = matrix.pattern.rowCount
    let numeric = try method.analyze(matrix.pattern).makeNumeric()
    try numeric.factor(matrix.values)
    let b = generator.vector(9 * order)
    let columns = (0..<9).map { Array(b[$0 * order..<($0 + 1) * order]) }
    let alone = try columns.map { try numeric.solve($0) }
    let aloneTransposed = try columns.map { try numeric.solveTransposed($0) }
    for count in Self.counts {
      // The last columns, so that each stands at several places.
      let rest = Array(b[(9 - count) * order..<9 * order])
      let together = try numeric.solve(rest, rightHandSides: count)
      let togetherTransposed = try numeric.solveTransposed(rest, rightHandSides: count)
      #expect(differences(together, alone.suffix(count).flatMap { $0 }) == 0)
      #expect(differences(togetherTransposed, aloneTransposed.suffix(count).flatMap { $0 }) == 0)
    }
  }

  /// How many numbers differ in a bit.
  private func differences(_ a: [Double], _ b: [Double]) -> Int {
    #expect(a.count == b.count)
    return zip(a, b).count { $0.bitPattern != $1.bitPattern }
  }
}
