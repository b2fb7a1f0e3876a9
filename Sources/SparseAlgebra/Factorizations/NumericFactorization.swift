/// The factors of one matrix, and the workspace to make and use them.
///
/// It belongs to one thread at a time.
public protocol NumericFactorization: AnyObject {
  /// The method that factors.
  var method: FactorizationMethod { get }
  /// The pattern of the matrices that can be factored.
  var pattern: SparsePattern { get }

  /// Factors the matrix with these values, in the order of the pattern's columns.
  ///
  /// Later calls reuse what the earlier ones found, where that is numerically safe. When this
  /// throws, no factor is left behind and solves throw until a later call succeeds.
  ///
  /// - Throws: ``FactorizationError``: `singular`, `notPositiveDefinite`, `notFinite`,
  ///   `invalidArgument` for a wrong number of values, `outOfMemory`, `tooLarge`.
  func factor(_ values: UnsafeBufferPointer<Double>) throws

  /// Makes the next call of ``factor(_:)`` independent of all earlier ones. Until then there may be no
  /// factor.
  func forgetPivots()

  /// Replaces each right-hand side b in `x` by the solution of A x = b.
  ///
  /// `x` holds `rightHandSides` columns of length n, one after the other. They are solved for one by
  /// one: libraries' code for several columns rounds otherwise than that for one, and a column's
  /// solution is to depend on that column alone, to the last bit. There is no allocation after the
  /// first call.
  ///
  /// - Complexity: as many substitutions as right-hand sides, each linear in the factor's entries.
  /// - Throws: ``FactorizationError``: `notFactored`, or `invalidArgument` for a wrong length.
  func solve(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws

  /// Like ``solve(_:rightHandSides:)``, for the transpose of A.
  func solveTransposed(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws

  /// An estimate of 1 / cond(A), and 0 while there is no factor.
  ///
  /// Dense factors are estimated in the ∞-norm (LAPACK's `dgecon`). The sparse methods compare
  /// the smallest with the largest pivot, which is cheap and crude: a tiny value means trouble, a
  /// large one proves nothing. ``ConditionEstimator`` costs some solves and is to be trusted.
  var reciprocalConditionEstimate: Double { get }
}

extension NumericFactorization {
  /// Nothing is kept from one factorization to the next.
  public func forgetPivots() {}

  /// Factors the matrix with these values, in the order of the pattern's columns.
  public func factor(_ values: [Double]) throws {
    try values.withUnsafeBufferPointer { try factor($0) }
  }

  /// The solutions of A x = b for the columns of `b`, one after the other.
  public func solve(_ b: [Double], rightHandSides: Int = 1) throws -> [Double] {
    var x = b
    try x.withUnsafeMutableBufferPointer { try solve($0, rightHandSides: rightHandSides) }
    return x
  }

  /// The solutions of Aᵀ x = b for the columns of `b`, one after the other.
  public func solveTransposed(_ b: [Double], rightHandSides: Int = 1) throws -> [Double] {
    var x = b
    try x.withUnsafeMutableBufferPointer {
      try solveTransposed($0, rightHandSides: rightHandSides)
    }
    return x
  }

  func checkValues(_ values: UnsafeBufferPointer<Double>) throws {
    guard values.count == pattern.entryCount else {
      throw FactorizationError(
        .invalidArgument,
        "a matrix of \(pattern.entryCount) entries needs as many values, not \(values.count)")
    }
    // A NaN or infinity, and only such a value, makes 0 · value differ from 0.
    var sum = 0.0
    for value in values { sum += 0 * value }
    guard sum == 0 else {
      let entry = values.firstIndex { !$0.isFinite } ?? 0
      throw FactorizationError(.notFinite, "the value of entry \(entry) is \(values[entry])")
    }
  }

  /// Calls the body with each column of right-hand sides, once their number is checked.
  func forEachColumn(
    of x: UnsafeMutableBufferPointer<Double>, count: Int,
    _ body: (UnsafeMutablePointer<Double>) throws -> Void
  ) throws {
    try checkRightHandSides(x, count: count)
    guard let start = x.baseAddress, pattern.rowCount > 0 else { return }
    for column in 0..<count { try body(start + column * pattern.rowCount) }
  }

  func checkRightHandSides(_ x: UnsafeMutableBufferPointer<Double>, count: Int) throws {
    let (length, overflow) = pattern.rowCount.multipliedReportingOverflow(by: count)
    guard count >= 0, !overflow, x.count == length else {
      throw FactorizationError(
        .invalidArgument,
        "\(count) right-hand sides of length \(pattern.rowCount) do not fill \(x.count) numbers")
    }
  }

  func checkFactored(_ isFactored: Bool) throws {
    guard isFactored else {
      throw FactorizationError(.notFactored, "there is no factor to solve with")
    }
  }
}
