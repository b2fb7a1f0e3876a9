import CKLU

final class KLUSymbolicFactorization: SymbolicFactorization {
  let pattern: SparsePattern
  let estimatedFactorNonzeros: Double
  let estimatedFlops: Double
  let handle: KLUSymbolicHandle
  var method: FactorizationMethod { .klu }

  init(_ pattern: SparsePattern) throws {
    handle = try Self.analyze(pattern)
    self.pattern = pattern

    let symbolic = handle.pointer.pointee
    // KLU counts in 32 bits on the way; its predictions are negative where that overflowed.
    guard symbolic.lnz >= 0, symbolic.unz >= 0, symbolic.lnz + symbolic.unz < 0x1p31 else {
      throw FactorizationError(.tooLarge, "KLU's factors would exceed 32-bit indices")
    }
    estimatedFactorNonzeros = symbolic.lnz + symbolic.unz + Double(symbolic.nzoff)
    estimatedFlops = max(symbolic.est_flops, 0)
  }

  /// KLU's symbolic object, which may predict more than KLU can factor.
  static func analyze(_ pattern: SparsePattern) throws -> KLUSymbolicHandle {
    var common = klu_common()
    klu_defaults(&common)
    let analyzed = pattern.withMutableCSR { starts, columns in
      klu_analyze(Int32(pattern.rowCount), starts, columns, &common)
    }
    guard let analyzed else { throw FactorizationError(klu: common.status, "analysis") }
    return KLUSymbolicHandle(owning: analyzed)
  }

  func makeNumeric() throws -> any NumericFactorization { KLUNumericFactorization(self) }
}

extension FactorizationError {
  init(klu status: Int32, _ phase: String) {
    let status = Int(status)
    switch status {
    case Int(KLU_SINGULAR):
      self.init(.singular, "KLU's \(phase) found no pivot for a column", libraryStatus: status)
    case Int(KLU_OUT_OF_MEMORY):
      self.init(.outOfMemory, "KLU's \(phase) ran out of memory", libraryStatus: status)
    case Int(KLU_TOO_LARGE):
      self.init(.tooLarge, "KLU's \(phase) exceeded 32-bit indices", libraryStatus: status)
    default:
      self.init(.internalError, "KLU's \(phase) failed", libraryStatus: status)
    }
  }
}

extension SparsePattern {
  /// The arrays as C libraries declare them that lack `const` but do not write.
  func withMutableCSR<Result>(
    _ body: (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>) throws -> Result
  ) rethrows -> Result {
    try rowStarts.withUnsafeBufferPointer { starts in
      try columns.withUnsafeBufferPointer { columns in
        try body(
          UnsafeMutablePointer(mutating: starts.baseAddress!),
          UnsafeMutablePointer(mutating: columns.baseAddress!))
      }
    }
  }
}
