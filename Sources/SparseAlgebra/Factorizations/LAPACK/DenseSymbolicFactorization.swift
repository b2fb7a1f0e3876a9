struct DenseSymbolicFactorization: SymbolicFactorization {
  let pattern: SparsePattern
  var method: FactorizationMethod { .dense }

  init(_ pattern: SparsePattern) throws {
    let largest = 46_340  // The largest n for which n² fits in LAPACK's 32-bit integers.
    guard pattern.rowCount <= largest else {
      throw FactorizationError(
        .tooLarge, "a dense matrix of order \(pattern.rowCount) exceeds order \(largest)")
    }
    self.pattern = pattern
  }

  var estimatedFactorNonzeros: Double {
    let order = Double(pattern.rowCount)
    return order * order
  }

  var estimatedFlops: Double {
    let order = Double(pattern.rowCount)
    return 2.0 / 3.0 * order * order * order
  }

  func makeNumeric() throws -> any NumericFactorization {
    try DenseNumericFactorization(pattern)
  }
}
