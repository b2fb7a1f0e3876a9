import CKLU

/// KLU reads the CSR arrays as compressed columns, and so factors the transpose.
final class KLUNumericFactorization: NumericFactorization {
  private let symbolic: KLUSymbolicFactorization
  private var common = klu_common()
  private var handle = KLUNumericHandle()
  private var isFactored = false
  /// The quality of the latest factor whose pivots were chosen for its own values.
  private var pivotedQuality = PivotQuality(growth: 0, condition: 0)
  private(set) var reciprocalConditionEstimate = 0.0

  var method: FactorizationMethod { .klu }
  var pattern: SparsePattern { symbolic.pattern }

  init(_ symbolic: KLUSymbolicFactorization) {
    self.symbolic = symbolic
    klu_defaults(&common)
  }

  func factor(_ values: UnsafeBufferPointer<Double>) throws {
    isFactored = false
    reciprocalConditionEstimate = 0
    try checkValues(values)
    let values = UnsafeMutablePointer(mutating: values.baseAddress!)

    if try refactor(values) { return }
    handle.free()
    let order = pattern.rowCount
    let rank = Int(symbolic.handle.pointer.pointee.structural_rank)
    guard rank == order else {
      throw FactorizationError(.singular, "the structural rank is \(rank), below \(order)")
    }
    let factored = pattern.withMutableCSR { starts, columns in
      klu_factor(starts, columns, values, symbolic.handle.pointer, &common)
    }
    handle = KLUNumericHandle(owning: factored)
    guard factored != nil, common.status == KLU_OK else {
      defer { handle.free() }
      throw FactorizationError(klu: common.status, "factorization")
    }
    pivotedQuality = try measureQuality(values)
    // klu_rcond reports NaN as 0, so that only the growth tells overflow from a zero pivot.
    guard pivotedQuality.growth.isFinite, pivotedQuality.growth > 0 else {
      handle.free()
      throw FactorizationError(.notFinite, "the factorization overflowed")
    }
    guard pivotedQuality.condition > 0 else {
      handle.free()
      throw FactorizationError(.singular, "a pivot is zero", libraryStatus: Int(KLU_SINGULAR))
    }
    accept(pivotedQuality)
  }

  func forgetPivots() {
    handle.free()
    isFactored = false
    reciprocalConditionEstimate = 0
  }

  /// Computes new factors with the old pivots; false when there are none or they do not suit.
  private func refactor(_ values: UnsafeMutablePointer<Double>) throws -> Bool {
    guard let numeric = handle.pointer else { return false }
    let done = pattern.withMutableCSR { starts, columns in
      klu_refactor(starts, columns, values, symbolic.handle.pointer, numeric, &common)
    }
    guard done != 0, common.status == KLU_OK else { return false }
    let quality = try measureQuality(values)
    guard quality.isAcceptable(comparedWith: pivotedQuality) else { return false }
    accept(quality)
    return true
  }

  private func accept(_ quality: PivotQuality) {
    reciprocalConditionEstimate = quality.condition
    isFactored = true
  }

  private func measureQuality(_ values: UnsafeMutablePointer<Double>) throws -> PivotQuality {
    let measured = pattern.withMutableCSR { starts, columns in
      klu_rgrowth(starts, columns, values, symbolic.handle.pointer, handle.pointer, &common)
    }
    guard measured != 0 else { throw FactorizationError(klu: common.status, "pivot growth") }
    let growth = common.rgrowth
    guard klu_rcond(symbolic.handle.pointer, handle.pointer, &common) != 0 else {
      throw FactorizationError(klu: common.status, "condition estimate")
    }
    return PivotQuality(growth: growth, condition: common.rcond)
  }

  func solve(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws {
    try substitute(x, rightHandSides, klu_tsolve)
  }

  func solveTransposed(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws {
    try substitute(x, rightHandSides, klu_solve)
  }

  private typealias Substitution = (
    UnsafeMutablePointer<klu_symbolic>?, UnsafeMutablePointer<klu_numeric>?, Int32, Int32,
    UnsafeMutablePointer<Double>?, UnsafeMutablePointer<klu_common>?
  ) -> Int32

  private func substitute(
    _ x: UnsafeMutableBufferPointer<Double>, _ rightHandSides: Int, _ substitution: Substitution
  ) throws {
    try checkFactored(isFactored)
    try forEachColumn(of: x, count: rightHandSides) { x in
      let done = substitution(
        symbolic.handle.pointer, handle.pointer, Int32(pattern.rowCount), 1, x, &common)
      guard done != 0 else { throw FactorizationError(klu: common.status, "solve") }
    }
  }
}
