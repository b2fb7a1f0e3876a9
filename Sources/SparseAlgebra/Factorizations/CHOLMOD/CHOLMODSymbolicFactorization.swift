#if GPLSolvers
  import CCHOLMOD

  final class CHOLMODSymbolicFactorization: SymbolicFactorization {
    let pattern: SparsePattern
    let estimatedFactorNonzeros: Double
    let estimatedFlops: Double
    let handle: CHOLMODFactorHandle
    /// For each entry, its mirror image's entry.
    let mirrors: [Int32]
    var method: FactorizationMethod { .cholmod }

    init(_ pattern: SparsePattern) throws {
      let transpose = pattern.transposed()
      guard transpose.pattern == pattern else {
        throw FactorizationError(
          .invalidArgument, "CHOLMOD needs a structurally symmetric pattern")
      }
      mirrors = transpose.sources
      let common = CHOLMODCommonHandle()
      let analyzed = pattern.withCHOLMODMatrix(nil) { cholmod_analyze($0, common.pointer) }
      guard let analyzed else {
        throw FactorizationError(cholmod: common.pointer.pointee.status, "analysis")
      }
      handle = CHOLMODFactorHandle(owning: analyzed)
      self.pattern = pattern
      estimatedFactorNonzeros = common.pointer.pointee.lnz
      estimatedFlops = common.pointer.pointee.fl
    }

    func makeNumeric() throws -> any NumericFactorization {
      try CHOLMODNumericFactorization(self)
    }
  }
#endif
