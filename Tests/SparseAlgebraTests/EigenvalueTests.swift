import Testing

@testable import SparseAlgebra

@Suite("Eigenvalues")
struct EigenvalueTests {
  @Test("of a companion matrix are the roots, by rows and by columns")
  func companion() throws {
    // (x − 2)(x + 3)(x² + 1) = x⁴ + x³ − 5x² + x − 6
    let matrix: [Double] = [-1, 5, -1, 6, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    let columns = (0..<16).map { matrix[$0 % 4 * 4 + $0 / 4] }
    for elements in [matrix, columns] {
      let found = try DenseEigenvalues.of(elements, order: 4)
      for (real, imaginary) in [(2.0, 0.0), (-3, 0), (0, 1), (0, -1)] {
        #expect(
          found.contains { abs($0.real - real) < 1e-12 && abs($0.imaginary - imaginary) < 1e-12 })
      }
    }
    #expect(try DenseEigenvalues.of([], order: 0).isEmpty)
    #expect(throws: FactorizationError.self) { try DenseEigenvalues.of([1, .nan, 0, 1], order: 2) }
    #expect(throws: FactorizationError.self) { try DenseEigenvalues.of([1, 2], order: 2) }
  }

  @Test(
    "Arnoldi's estimate is exact after n steps, and close before where one eigenvalue stands out")
  func arnoldi() throws {
    var random = SplitMix64(seed: 4)
    let n = 40
    var matrix = (0..<n * n).map { _ in Double(random.next() >> 11) * 0x1p-52 - 1 }
    for trial in 0..<2 {
      // The second time with an eigenvalue near 40 · 2.
      if trial == 1 { matrix = matrix.map { $0 + 2 } }
      let exact = try DenseEigenvalues.of(matrix, order: n)
        .map { ($0.real * $0.real + $0.imaginary * $0.imaginary).squareRoot() }.max()!
      let estimate = try ArnoldiEstimate(steps: trial == 0 ? n : 12).spectralRadius(order: n) {
        v, result in
        for i in 0..<n {
          result[i] = (0..<n).reduce(0) { $0 + matrix[i * n + $1] * v[$1] }
        }
      }
      #expect(abs(estimate - exact) < 1e-6 * exact)
    }
  }
}
