/// How well a factorization has solved a linear system.
public struct LinearSystemQuality: Hashable, Sendable {
  /// The componentwise backward error of Oettli and Prager after iterative refinement: the solution is exact for
  /// a matrix and a right-hand side whose entries are off by at most this fraction each.
  public var backwardError: Double
  /// 1 over an estimate from below of the condition number of the factored matrix I − Dᵀ W: where that is large, or
  /// components are listed (see ``SolverOptions/listsComponents``), in the ∞-norm after rows and columns have been
  /// equilibrated; else by how much its inverse makes two vectors longer.
  public var reciprocalCondition: Double?

  /// The worse of two.
  func merged(with other: LinearSystemQuality) -> LinearSystemQuality {
    var result = other
    result.backwardError = max(backwardError, other.backwardError)
    if let reciprocalCondition {
      result.reciprocalCondition = min(
        reciprocalCondition, other.reciprocalCondition ?? reciprocalCondition)
    }
    return result
  }
}
