/// A way to solve square linear systems by factoring the matrix.
public enum FactorizationMethod: String, CaseIterable, Hashable, Sendable {
  /// LAPACK's LU with partial pivoting on the full matrix.
  case dense
  /// KLU: left-looking sparse LU, best where factors stay sparse.
  case klu
  /// UMFPACK: multifrontal sparse LU, best where factors contain large dense parts.
  case umfpack
  /// CHOLMOD: sparse Cholesky, for symmetric positive definite matrices only.
  case cholmod

  /// The methods in this build: all, or without UMFPACK and CHOLMOD when the package was built
  /// without its `GPLSolvers` trait.
  public static var available: [FactorizationMethod] {
    #if GPLSolvers
      allCases
    #else
      [.dense, .klu]
    #endif
  }

  /// Finds a pivot order that keeps the factors sparse, from the pattern alone.
  ///
  /// On large patterns without small separators the ordering itself is expensive and what it
  /// prepares hopeless; ``FillPrediction`` tells beforehand.
  ///
  /// - Throws: ``FactorizationError``: `invalidArgument` for a pattern that is not square (for
  ///   ``cholmod``: not structurally symmetric), `unavailable`, `tooLarge`, `outOfMemory`.
  public func analyze(_ pattern: SparsePattern) throws -> any SymbolicFactorization {
    guard Self.available.contains(self) else {
      throw FactorizationError(
        .unavailable, "\(rawValue) needs a build with the package trait GPLSolvers")
    }
    guard pattern.isSquare else {
      throw FactorizationError(
        .invalidArgument,
        "only square matrices can be factored, not \(pattern.rowCount) × \(pattern.columnCount)")
    }
    BLASThreads.limitToOne()
    guard pattern.entryCount > 0 else {
      return EntrylessSymbolicFactorization(method: self, pattern: pattern)
    }
    switch self {
    case .dense: return try DenseSymbolicFactorization(pattern)
    case .klu: return try KLUSymbolicFactorization(pattern)
    #if GPLSolvers
      case .umfpack: return try UMFPACKSymbolicFactorization(pattern)
      case .cholmod: return try CHOLMODSymbolicFactorization(pattern)
    #else
      case .umfpack, .cholmod: preconditionFailure("not among the available methods")
    #endif
    }
  }
}
