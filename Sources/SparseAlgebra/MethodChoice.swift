/// A method chosen for an unsymmetric pattern, why, and the analysis made on the way.
public struct MethodChoice: Sendable {
  /// The chosen method.
  public let method: FactorizationMethod
  /// Why this one, as a clause without a final full stop.
  public let reason: String
  /// The pattern as analysed by the chosen method.
  public let symbolic: any SymbolicFactorization
}

extension FactorizationMethod {
  /// Chooses among dense LU, KLU and UMFPACK by the structure of a square pattern.
  ///
  /// CHOLMOD is never chosen, because no pattern tells whether values are symmetric and positive
  /// definite. Patterns that ``FillPrediction`` calls infeasible should not come here.
  ///
  /// - Throws: ``FactorizationError`` as ``analyze(_:)`` does.
  public static func choose(for pattern: SparsePattern) throws -> MethodChoice {
    let order = pattern.rowCount
    if order <= denseOrderLimit {
      return MethodChoice(
        method: .dense, reason: "order \(order) is at most \(denseOrderLimit)",
        symbolic: try dense.analyze(pattern))
    }

    let hasUMFPACK = available.contains(.umfpack)
    let sparse: any SymbolicFactorization
    do {
      sparse = try klu.analyze(pattern)
    } catch let error as FactorizationError where error.code == .tooLarge && hasUMFPACK {
      return MethodChoice(
        method: .umfpack, reason: error.message, symbolic: try umfpack.analyze(pattern))
    }
    let flopsPerNonzero = (sparse.estimatedFlops / max(sparse.estimatedFactorNonzeros, 1)).rounded()
    let comparison = "an estimated \(Int(flopsPerNonzero)) flops per factor entry"
    if flopsPerNonzero < kluFlopsPerNonzeroLimit {
      return MethodChoice(
        method: .klu, reason: "\(comparison), below \(Int(kluFlopsPerNonzeroLimit))",
        symbolic: sparse)
    }
    guard hasUMFPACK else {
      return MethodChoice(
        method: .klu, reason: "\(comparison), but this build lacks UMFPACK", symbolic: sparse)
    }
    return MethodChoice(
      method: .umfpack, reason: "\(comparison), \(Int(kluFlopsPerNonzeroLimit)) or more",
      symbolic: try umfpack.analyze(pattern))
  }

  /// The largest order at which dense LU is chosen.
  static let denseOrderLimit = 64

  /// The fill from which UMFPACK's dense kernels beat KLU's reuse of pivots.
  static let kluFlopsPerNonzeroLimit = 40.0
}
