/// The libraries reject matrices without entries; they are either empty or singular.
struct EntrylessSymbolicFactorization: SymbolicFactorization {
  let method: FactorizationMethod
  let pattern: SparsePattern
  var estimatedFactorNonzeros: Double { 0 }
  var estimatedFlops: Double { 0 }

  func makeNumeric() throws -> any NumericFactorization {
    EntrylessNumericFactorization(method: method, pattern: pattern)
  }
}

private final class EntrylessNumericFactorization: NumericFactorization {
  let method: FactorizationMethod
  let pattern: SparsePattern
  private var isFactored = false

  init(method: FactorizationMethod, pattern: SparsePattern) {
    self.method = method
    self.pattern = pattern
  }

  func factor(_ values: UnsafeBufferPointer<Double>) throws {
    try checkValues(values)
    guard pattern.rowCount == 0 else {
      throw FactorizationError(.singular, "the matrix has no entries")
    }
    isFactored = true
  }

  func solve(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws {
    try checkFactored(isFactored)
    try checkRightHandSides(x, count: rightHandSides)
  }

  func solveTransposed(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws {
    try solve(x, rightHandSides: rightHandSides)
  }

  var reciprocalConditionEstimate: Double { isFactored ? 1 : 0 }
}
