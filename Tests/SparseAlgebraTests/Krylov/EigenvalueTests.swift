import Foundation
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

  /// A matrix without structure, and its product.
  private struct Dense {
    let order: Int
    var elements: [Double]

    init(order: Int, seed: UInt64) {
      var random = TestRandom(seed)
      self.order = order
      elements = (0..<order * order).map { _ in Double(random.next() >> 11) * 0x1p-52 - 1 }
    }

    func multiply(_ v: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>) {
      for i in 0..<order {
        result[i] = (0..<order).reduce(0) { $0 + elements[i * order + $1] * v[$1] }
      }
    }

    /// By falling magnitude.
    func eigenvalues() throws -> [(real: Double, imaginary: Double)] {
      try DenseEigenvalues.of(elements, order: order)
        .sorted { hypot($0.real, $0.imaginary) > hypot($1.real, $1.imaginary) }
    }
  }

  @Test("Arnoldi's estimates are exact after n steps, and close before where one stands out")
  func arnoldi() throws {
    for trial in 0..<2 {
      var matrix = Dense(order: 40, seed: 4)
      // The second time with an eigenvalue near 40 · 2.
      if trial == 1 { matrix.elements = matrix.elements.map { $0 + 2 } }
      let exact = try matrix.eigenvalues()[0]
      let start = (0..<40).map { 1 + Double($0 % 7) }
      let values = try ArnoldiEstimate(steps: trial == 0 ? 40 : 12).ritzValues(from: start) {
        matrix.multiply($0, &$1)
      }
      let radius = values.map { hypot($0.real, $0.imaginary) }.max()!
      let expected = hypot(exact.real, exact.imaginary)
      #expect(abs(radius - expected) < 1e-6 * expected)
    }
  }

  private static func start(_ count: Int) -> [Double] { TestRandom.vector(count) }

  @Test(
    "the outermost of large matrices are those of dense algebra", .tags(.slow), .unlessFast,
    arguments: UInt64(0)..<20)
  func outermost(seed: UInt64) throws {
    let matrix = Dense(order: 60 + Int(seed) * 7, seed: seed)
    let exact = try matrix.eigenvalues()
    let found = try OuterEigenvalues(count: 6, basis: 30, restarts: 200).of(
      from: Self.start(matrix.order), multiply: matrix.multiply)
    try #require(found.converged.count >= 6)
    let radius = hypot(exact[0].real, exact[0].imaginary)
    #expect(abs(found.radius - radius) < 1e-7 * radius)
    for value in found.converged {
      #expect(
        exact.prefix(found.converged.count + 1).contains {
          hypot($0.real - value.real, $0.imaginary - value.imaginary) < 1e-6 * radius
        })
      #expect(
        value.imaginary == 0
          || found.converged.contains {
            $0.real == value.real && $0.imaginary == -value.imaginary
          })
    }
  }

  @Test("small matrices are done at once, and matrices of zeros, and what is not finite is refused")
  func limits() throws {
    let method = OuterEigenvalues(count: 4, basis: 20, restarts: 5)
    let small = Dense(order: 12, seed: 1)
    let all = try method.of(from: Self.start(12), multiply: small.multiply)
    #expect(all.converged.count == 12)
    let radius = try small.eigenvalues().map { hypot($0.real, $0.imaginary) }.max()!
    #expect(abs(all.radius - radius) < 1e-12 * radius)
    #expect(try method.of(from: []) { _, _ in }.converged.isEmpty)
    let zero = try method.of(from: Self.start(100)) { _, result in
      for i in 0..<100 { result[i] = 0 }
    }
    #expect(zero.radius == 0)
    // Shifted by one, what leaves is lost: all eigenvalues are 0, in one block.
    let shift = try method.of(from: Self.start(100)) { v, result in
      for i in 0..<100 { result[i] = i > 0 ? v[i - 1] : 0 }
    }
    #expect(shift.radius <= 1)
    for spoiled in [Double.nan, .infinity] {
      #expect(throws: FactorizationError.self) {
        try method.of(from: Self.start(100)) { _, result in
          for i in 0..<100 { result[i] = spoiled }
        }
      }
    }
    #expect(throws: FactorizationError.self) {
      var calls = 0
      return try method.of(from: Self.start(100)) { v, result in
        calls += 1
        for i in 0..<100 { result[i] = calls > 7 ? .nan : Double(i) * v[i] }
      }
    }
  }

  @Test("several threads get their turns", .tags(.slow), .unlessFast)
  func turns() async throws {
    let radii = try await withThrowingTaskGroup(of: (UInt64, Double).self) { group in
      for seed in UInt64(0)..<8 {
        group.addTask {
          let matrix = Dense(order: 90, seed: seed % 2)
          return (
            seed,
            try OuterEigenvalues(count: 3, basis: 20, restarts: 100)
              .of(from: Self.start(90), multiply: matrix.multiply).radius
          )
        }
      }
      var radii = [Double](repeating: 0, count: 8)
      for try await (seed, radius) in group { radii[Int(seed)] = radius }
      return radii
    }
    #expect(Set(radii).count == 2)
  }
}
