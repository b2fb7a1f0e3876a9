/// What a factorization method has found out from a pattern alone.
///
/// Nothing in it changes after it was made, so threads may share it; each makes a
/// ``NumericFactorization`` of its own.
public protocol SymbolicFactorization: Sendable {
  /// The method that will factor.
  var method: FactorizationMethod { get }
  /// The analysed pattern.
  var pattern: SparsePattern { get }
  /// The predicted number of stored entries in all factors together.
  var estimatedFactorNonzeros: Double { get }
  /// The predicted number of floating-point operations of one factorization.
  var estimatedFlops: Double { get }

  /// Makes the state of one worker, without a factor yet.
  ///
  /// - Throws: ``FactorizationError`` with code `outOfMemory` or `tooLarge`.
  func makeNumeric() throws -> any NumericFactorization
}
