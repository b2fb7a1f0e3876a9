import SparseAlgebra
import Testing

@Suite struct `The choice of a method` {
  private func expectChoice(
    _ method: FactorizationMethod, _ pattern: SparsePattern,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let choice = try FactorizationMethod.choose(for: pattern)
    #expect(choice.method == method, "\(choice.reason)", sourceLocation: sourceLocation)
    #expect(choice.symbolic.method == method, sourceLocation: sourceLocation)
    #expect(choice.symbolic.pattern == pattern, sourceLocation: sourceLocation)
    #expect(!choice.reason.isEmpty, sourceLocation: sourceLocation)
  }

  @Test func `is dense where the factors would be nearly full`() throws {
    try expectChoice(.dense, try pattern(order: 40) { _ in Array(0..<40) })
    try expectChoice(.dense, try randomPattern(order: 100, degree: 10, seed: 1))
  }

  @Test func `is KLU where the factors stay sparse, at any order`() throws {
    try expectChoice(.klu, try pattern(order: 40) { [max($0 - 1, 0)] })
    try expectChoice(.klu, try pattern(order: 5000) { [max($0 - 2, 0), min($0 + 1, 4999)] })
    try expectChoice(.klu, try SparseMatrix(rows: latticeRows(60) { _, _ in 1 }).pattern)
    try expectChoice(.klu, try pattern(order: 0) { _ in [] })
  }

  @Test func `is UMFPACK where the factors have dense parts, if it is there`() throws {
    let method: FactorizationMethod =
      FactorizationMethod.available.contains(.umfpack) ? .umfpack : .klu
    try expectChoice(method, try randomPattern(order: 1500, degree: 6, seed: 2))
  }
}
