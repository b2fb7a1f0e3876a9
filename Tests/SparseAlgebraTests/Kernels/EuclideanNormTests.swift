import Testing

@testable import SparseAlgebra

@Suite("Euclidean norms follow powers of two to the ends of the range")
struct EuclideanNormTests {
  @Test("scales", arguments: [-1060, -900, -700, -401, -400, 0, 499, 500, 700, 1000])
  func scales(exponent: Int) {
    let vector = [3.0, -4, 12, 0.5]
    let unit = Double(sign: .plus, exponent: exponent, significand: 1)
    let norm = vector.map { $0 * unit }.euclideanNorm
    // Subnormal numbers are not exact multiples.
    #expect(abs(norm / unit - vector.euclideanNorm) <= (exponent < -1000 ? 1e-3 : 0x1p-50))
  }

  @Test("what is no number") func special() {
    #expect([Double]().euclideanNorm == 0)
    #expect([0.0, -0.0].euclideanNorm == 0)
    #expect([1, Double.infinity].euclideanNorm == .infinity)
    #expect([1, Double.nan].euclideanNorm.isNaN)
    #expect([1e200, Double.nan].euclideanNorm.isNaN)
  }
}
