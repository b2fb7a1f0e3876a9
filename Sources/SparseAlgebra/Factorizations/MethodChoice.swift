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
    let hasUMFPACK = available.contains(.umfpack)
    let sparse: any SymbolicFactorization
    do {
      sparse = try klu.analyze(pattern)
    } catch let error as FactorizationError where error.code == .tooLarge && hasUMFPACK {
      return MethodChoice(
        method: .umfpack, reason: error.message, symbolic: try umfpack.analyze(pattern))
    }
    let order = Double(pattern.rowCount)
    let denseFlops = 2.0 / 3.0 * order * order * order
    if order <= denseOrderLimit, sparse.estimatedFlops * denseSpeed > denseFlops {
      return MethodChoice(
        method: .dense,
        reason: """
          sparse factors would take \(Int(100 * sparse.estimatedFlops / denseFlops)) % of the \
          flops of order \(pattern.rowCount), and dense code does \(Int(denseSpeed)) at a time
          """,
        symbolic: try dense.analyze(pattern))
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

  // Measured on random digraphs (in-degree 2 to 10, n = 8 to 10,000), lattices and bands, on the
  // time of a second factorization with other values. LAPACK did 13 Gflop/s at n = 64 and 40 from
  // n = 256; KLU did 4 to 5. KLU and UMFPACK met between 60 flops per entry (lattices) and 200
  // (random digraphs), where they lost at most a factor of 1.7 to each other.

  /// How many times faster dense code does one operation than KLU.
  private static let denseSpeed = 8.0

  /// The largest order at which dense LU is considered, for the memory it takes.
  private static let denseOrderLimit = 1000.0

  /// The fill from which UMFPACK's dense kernels beat KLU's reuse of pivots.
  private static let kluFlopsPerNonzeroLimit = 100.0
}
