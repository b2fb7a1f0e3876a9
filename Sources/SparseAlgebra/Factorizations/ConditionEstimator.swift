/// Estimates the condition number of a matrix after its rows and columns have been equilibrated, with reusable
/// workspace: κ∞(B) of B = diag(r) A diag(c), where r and c are powers of two.
///
/// The condition number of A itself depends on the units of its rows and columns. That of B is at least the spectral
/// radius of |A⁻¹| |A| for all r and c (Bauer, Numer. Math. 5, 1963), and this radius at least 1 / δ, where δ is the
/// smallest relative change of entries that makes A singular. So no scaling hides a nearly singular matrix; a good one
/// keeps other matrices from looking like one.
///
/// The scaling comes from the entries first (``Equilibration``). Along long cycles they do not determine it in few passes.
/// So two solves with fixed vectors then estimate the sizes of the rows of B⁻¹, which an optimal scaling makes equal.
/// ``OneNormEstimator`` estimates ‖B⁻¹‖∞.
///
/// Estimates are lower bounds of κ∞(B) up to rounding, nearly always within a factor of 3, and never NaN. Where a solve
/// overflows they are infinite. For an A that is singular to working precision they are about 1 / ε or more, unless
/// entries grew much in the factorization.
public struct ConditionEstimator: Sendable {
  private var equilibration: Equilibration
  private var norms: OneNormEstimator
  private var x: [Double]
  private var inverseRows: [Double]

  /// Prepares workspace of nine vectors; other orders make it allocate again.
  public init(order: Int) {
    equilibration = Equilibration(order: max(0, order))
    norms = OneNormEstimator(order: order)
    x = Array(repeating: 0, count: max(0, order))
    inverseRows = x
  }

  /// r of the last estimate that was made from entries.
  public var rowScales: [Double] { equilibration.rowScales }
  /// c of the last estimate that was made from entries.
  public var columnScales: [Double] { equilibration.columnScales }

  /// κ∞ of the factored matrix after equilibration.
  ///
  /// A Cholesky factor of I − D^½ W D^½ serves for I − D W, too: where D > 0, the two differ only by a scaling.
  ///
  /// - Complexity: ten passes over the entries, usually seven solves, at most ten. No allocation after the first call.
  /// - Parameters:
  ///   - numeric: A factor of the matrix.
  ///   - values: The matrix, in the order of the pattern of `numeric`.
  /// - Throws: ``FactorizationError``: `notFactored`, or `invalidArgument` for a wrong number of values.
  public mutating func estimate(
    _ numeric: any NumericFactorization, values: UnsafeBufferPointer<Double>
  ) throws -> Double {
    try estimate(
      numeric.pattern, values: values, solve: { try numeric.solve($0, rightHandSides: 1) },
      solveTransposed: { try numeric.solveTransposed($0, rightHandSides: 1) })
  }

  /// κ∞ of the matrix with these entries after equilibration, where only the caller can solve with it.
  ///
  /// - Complexity: as for a factor.
  /// - Parameters:
  ///   - pattern: Where the entries of A are; it is square.
  ///   - values: A, in the order of the pattern's columns.
  ///   - solve: Replaces x, n numbers, by A⁻¹ x.
  ///   - solveTransposed: Replaces x, n numbers, by A⁻ᵀ x.
  /// - Throws: ``FactorizationError``: `invalidArgument` for a wrong number of values or a pattern that is not square;
  ///   and what the solves throw.
  public mutating func estimate(
    _ pattern: SparsePattern, values: UnsafeBufferPointer<Double>,
    solve: (UnsafeMutableBufferPointer<Double>) throws -> Void,
    solveTransposed: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) throws -> Double {
    guard pattern.isSquare, values.count == pattern.entryCount else {
      throw FactorizationError(
        .invalidArgument,
        """
        a condition number needs a square matrix and all its values, not \(values.count) of \
        \(pattern.entryCount) of one of \(pattern.rowCount) × \(pattern.columnCount)
        """)
    }
    let order = pattern.rowCount
    if x.count != order { self = ConditionEstimator(order: order) }
    guard values.allSatisfy(\.isFinite) else { return .infinity }

    equilibration.balance(pattern, values)
    guard try measureInverseRows(solve) else { return .infinity }
    let norm = equilibration.rescaleColumns(by: inverseRows, pattern, values)
    let scales = equilibration
    // The 1-norm of B⁻ᵀ is the ∞-norm of B⁻¹.
    return try estimate(
      order: order, norm: norm,
      solve: { x in
        for j in 0..<order { x[j] /= scales.columnScales[j] }
        try solveTransposed(x)
        for i in 0..<order { x[i] /= scales.rowScales[i] }
      },
      solveTransposed: { x in
        for i in 0..<order { x[i] /= scales.rowScales[i] }
        try solve(x)
        for j in 0..<order { x[j] /= scales.columnScales[j] }
      })
  }

  /// κ₁ of a matrix that the caller has scaled, knows the norm of and solves with.
  ///
  /// With the ∞-norm and the two solves exchanged it is κ∞. ``OneNormEstimator`` estimates the norm, too, where the
  /// matrix is known only by its products.
  ///
  /// - Complexity: usually five solves, at most eight.
  /// - Parameters:
  ///   - order: n, the number of rows and columns.
  ///   - norm: ‖B‖₁.
  ///   - solve: Replaces x, n numbers, by B⁻¹ x.
  ///   - solveTransposed: Replaces x, n numbers, by B⁻ᵀ x.
  /// - Returns: The condition number, at least 1; infinite where a solve or the product of the norms overflows, or the
  ///   norm is not finite or 0.
  /// - Throws: What the solves throw.
  public mutating func estimate(
    order: Int, norm: Double,
    solve: (UnsafeMutableBufferPointer<Double>) throws -> Void,
    solveTransposed: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) rethrows -> Double {
    guard order > 0 else { return 1 }
    guard norm.isFinite, norm > 0 else { return .infinity }
    let inverseNorm = try norms.estimate(
      order: order, multiply: solve, multiplyTransposed: solveTransposed)
    let condition = norm * inverseNorm
    return condition.isNaN ? .infinity : max(1, condition)
  }

  /// Leaves in `inverseRows` estimates of the sizes of the rows of B⁻¹ for the B of `equilibration`: the larger
  /// magnitude in B⁻¹ v for two vectors v of ones, with and without signs. False where they are not finite.
  private mutating func measureInverseRows(
    _ solve: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) rethrows -> Bool {
    // Rows of B have sums of at most √2, and so no larger entry; since B⁻¹ B = I, the rows of B⁻¹ then have sums of
    // at least √½. It keeps a product that cancels from looking like a small row.
    for j in inverseRows.indices { inverseRows[j] = 0.5.squareRoot() }
    for hasSigns in [false, true] {
      for i in x.indices {
        x[i] = (hasSigns ? Self.sign(i) : 1) / equilibration.rowScales[i]
      }
      try x.withUnsafeMutableBufferPointer { try solve($0) }
      for j in x.indices {
        let size = abs(x[j] / equilibration.columnScales[j])
        guard size.isFinite else { return false }
        inverseRows[j] = max(inverseRows[j], size)
      }
    }
    return true
  }

  /// A sign that follows no pattern which the matrix could have, too: the leading bit of SplitMix64's mixing function.
  private static func sign(_ index: Int) -> Double {
    var z = UInt64(truncatingIfNeeded: index &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return (z ^ (z >> 31)) >> 63 == 0 ? 1 : -1
  }
}

extension NumericFactorization {
  /// κ∞ of the factored matrix after equilibration, in workspace made for this one call.
  ///
  /// ``ConditionEstimator`` keeps the workspace and says what is computed.
  ///
  /// - Complexity: usually seven solves, at most ten.
  /// - Throws: ``FactorizationError``: `notFactored`, or `invalidArgument` for a wrong number of values.
  public func equilibratedCondition(values: [Double]) throws -> Double {
    var estimator = ConditionEstimator(order: pattern.rowCount)
    return try values.withUnsafeBufferPointer { try estimator.estimate(self, values: $0) }
  }
}
