import SparseAlgebra
import Testing

/// Expects the body to throw a `FactorizationError` of this kind.
func expectCode(
  _ code: FactorizationError.Code, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  let error = #expect(
    throws: FactorizationError.self, sourceLocation: sourceLocation, performing: body)
  #expect(error?.code == code, "\(String(describing: error))", sourceLocation: sourceLocation)
}
