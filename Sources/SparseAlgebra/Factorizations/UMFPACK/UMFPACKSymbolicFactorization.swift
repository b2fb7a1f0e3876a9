#if GPLSolvers
  import CUMFPACK

  final class UMFPACKSymbolicFactorization: SymbolicFactorization {
    let pattern: SparsePattern
    let estimatedFactorNonzeros: Double
    let estimatedFlops: Double
    let handle: UMFPACKSymbolicHandle
    var method: FactorizationMethod { .umfpack }

    init(_ pattern: SparsePattern) throws {
      let order = Int32(pattern.rowCount)
      let control = umfpackControl()
      var info = [Double](repeating: 0, count: Int(UMFPACK_INFO))
      var analyzed: UnsafeMutableRawPointer?
      // UMFPACK counts the nonzero values on the diagonal to choose its strategy; without values it
      // counts none, and orders symmetric patterns worse than it could.
      let ones = [Double](repeating: 1, count: pattern.entryCount)
      let status = umfpack_di_symbolic(
        order, order, pattern.rowStarts, pattern.columns, ones, &analyzed, control, &info)
      guard status == UMFPACK_OK, let analyzed else {
        throw FactorizationError(umfpack: status, "analysis")
      }
      handle = UMFPACKSymbolicHandle(owning: analyzed)
      self.pattern = pattern
      let isSymmetric = info[Int(UMFPACK_STRATEGY_USED)] == Double(UMFPACK_STRATEGY_SYMMETRIC)
      if isSymmetric {
        // The other estimates bound arbitrary pivoting, which this strategy avoids.
        estimatedFactorNonzeros = info[Int(UMFPACK_SYMMETRIC_LUNZ)]
        estimatedFlops = info[Int(UMFPACK_SYMMETRIC_FLOPS)]
      } else {
        estimatedFactorNonzeros =
          info[Int(UMFPACK_LNZ_ESTIMATE)] + info[Int(UMFPACK_UNZ_ESTIMATE)]
        estimatedFlops = info[Int(UMFPACK_FLOPS_ESTIMATE)]
      }
    }

    func makeNumeric() throws -> any NumericFactorization {
      try UMFPACKNumericFactorization(self)
    }
  }
#endif
