import CARPACK
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// Eigenvalues of largest modulus, or of largest real part, of a matrix that is known by its products, by ARPACK's
/// implicitly restarted Arnoldi method (Lehoucq, Sorensen & Yang, ARPACK Users' Guide, 1998).
///
/// A matrix with an invariant subspace that the start has no part in can have larger ones. Where the start's products
/// span less than the whole, ARPACK goes on with random vectors from a stream of its own, so that estimates differ
/// from call to call.
public struct OuterEigenvalues: Sendable {
  /// How many are looked for.
  public var count: Int
  /// How many vectors are kept, at least three more than ``count``.
  public var basis: Int
  /// How often the method restarts, with `basis − count` products each time.
  public var restarts: Int
  /// The error, relative to an eigenvalue's modulus, at which it counts as found (for a normal matrix; the
  /// residual otherwise).
  public var tolerance = 1e-8

  /// Which eigenvalues are looked for.
  public enum End: Sendable {
    /// Those of largest modulus.
    case modulus
    /// Those of largest real part.
    case realPart
  }

  /// Which are looked for.
  public var end = End.modulus

  /// What was found; complex values stand with their conjugates.
  public struct Result: Sendable {
    /// The eigenvalues that were found to the tolerance.
    public var converged: [(real: Double, imaginary: Double)]
    /// Estimates of further ones.
    public var estimates: [(real: Double, imaginary: Double)]

    /// Collects what was found.
    public init(
      converged: [(real: Double, imaginary: Double)],
      estimates: [(real: Double, imaginary: Double)] = []
    ) {
      self.converged = converged
      self.estimates = estimates
    }

    /// The largest real part, estimates included; −∞ if there is none.
    public var abscissa: Double { (converged + estimates).map(\.real).max() ?? -.infinity }

    /// The largest modulus, estimates included; 0 if there is none.
    public var radius: Double {
      (converged + estimates).reduce(0) { max($0, hypot($1.real, $1.imaginary)) }
    }

    /// The same eigenvalues of a matrix that is so many times as large.
    fileprivate func times(_ factor: Double) -> Result {
      func scaled(
        _ values: [(real: Double, imaginary: Double)]
      ) -> [(real: Double, imaginary: Double)] {
        values.map { ($0.real * factor, $0.imaginary * factor) }
      }
      return Result(converged: scaled(converged), estimates: scaled(estimates))
    }
  }

  /// ARPACK keeps its progress in variables of its own, so it works on one matrix at a time.
  static let turn = Mutex<Void>(())

  /// Creates the method.
  public init(count: Int, basis: Int, restarts: Int) {
    self.count = max(1, count)
    self.basis = max(basis, self.count + 3)
    self.restarts = max(1, restarts)
  }

  /// The eigenvalues of an n × n matrix; all of them, by dense algebra, if n is not above ``basis``.
  ///
  /// At most about `basis · (restarts + 2)` products, O(n basis²) time besides for each restart, and memory for
  /// `basis · n` numbers.
  ///
  /// - Parameters:
  ///   - start: n numbers, not all 0; random ones have a part in every eigenvector.
  ///   - multiply: leaves A v in its second argument; both have n elements.
  /// - Throws: ``FactorizationError`` `not-finite` where a product is not finite.
  public func of(
    from start: [Double], multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) throws -> Result {
    let n = start.count
    guard n > basis else { return try Self.all(order: n, multiply: multiply) }
    var image = start
    multiply(start, &image)
    guard image.allSatisfy(\.isFinite) else { throw Self.notFinite }
    // ARPACK does not take a matrix of zeros.
    guard image.contains(where: { $0 != 0 }) else {
      return Result(converged: [(0, 0)])
    }
    // Squares of what is far from 1 overflow or vanish in the method.
    let growth = image.reduce(0) { max($0, abs($1)) } / start.reduce(0) { max($0, abs($1)) }
    guard growth.isFinite, !(0x1p-100...0x1p100).contains(growth) else {
      return try search(from: start, multiply: multiply)
    }
    let unit = growth.binade
    return try search(from: start) { v, result in
      multiply(v, result)
      for i in 0..<n { result[i] /= unit }
    }.times(unit)
  }

  private func search(
    from start: [Double], multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) throws -> Result {
    if let result = try Self.turn.withLock({ _ in try iterate(from: start, multiply: multiply) }) {
      return result
    }
    let estimates = try ArnoldiEstimate(steps: basis).ritzValues(from: start) { v, result in
      multiply(v, &result)
    }
    return Result(converged: [], estimates: estimates)
  }

  /// The largest modulus of an eigenvalue of an n × n matrix, as ``of(from:multiply:)`` finds it. Where no eigenvalue is found to
  /// the tolerance, because many of one modulus are as far out, by how much a vector grows in a product: Ritz values lie
  /// within.
  ///
  /// - Parameters:
  ///   - start: as for ``of(from:multiply:)``.
  ///   - multiply: likewise.
  /// - Returns: the radius, and whether it is an eigenvalue that was found.
  /// - Throws: likewise.
  public func radius(
    from start: [Double], multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) throws -> (value: Double, isFound: Bool) {
    let outer = try of(from: start, multiply: multiply)
    guard outer.converged.isEmpty else { return (outer.radius, true) }
    return (max(outer.radius, Self.growth(from: start, multiply: multiply)), false)
  }

  /// The geometric mean of the growth of a vector over many products, after as many.
  private static func growth(
    from start: [Double], multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) -> Double {
    let products = 200
    var v = start
    var image = start
    var sum = 0.0
    for product in 0..<2 * products {
      let before = v.euclideanNorm
      for i in v.indices { v[i] /= before }
      multiply(v, &image)
      let norm = image.euclideanNorm
      guard norm > 0, norm.isFinite else { return 0 }
      if product >= products { sum += log(norm) }
      swap(&v, &image)
    }
    return exp(sum / Double(products))
  }

  private static var notFinite: FactorizationError {
    FactorizationError(.notFinite, "a product with the matrix is not finite")
  }

  private static func all(
    order n: Int, multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) throws -> Result {
    var columns: [Double] = []
    var image = [Double](repeating: 0, count: n)
    for j in 0..<n {
      var unit = [Double](repeating: 0, count: n)
      unit[j] = 1
      multiply(unit, &image)
      columns += image
    }
    return Result(converged: try DenseEigenvalues.of(columns, order: n))
  }

  /// ARPACK's reverse communication; `nil` where it gives up.
  private func iterate(
    from start: [Double], multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) throws -> Result? {
    let n = start.count
    guard let order = Int32(exactly: n), let kept = Int32(exactly: basis),
      let wanted = Int32(exactly: count), let limit = Int32(exactly: restarts)
    else { return nil }
    BLASThreads.limitToOne()
    var residual = start
    var vectors = [Double](repeating: 0, count: n * basis)
    var work = [Double](repeating: 0, count: 3 * n)
    var small = [Double](repeating: 0, count: 3 * basis * (basis + 2))
    // Exact shifts, the limit, blocks of one, A x = λ x; the rest is ARPACK's.
    var parameters: [Int32] = [1, 0, limit, 1, 0, 0, 1, 0, 0, 0, 0]
    var places = [Int32](repeating: 0, count: 14)
    var step: Int32 = 0
    var status: Int32 = 1  // The start is ours.
    let length = Int32(small.count)
    while true {
      dnaupd_c(
        &step, "I", order, end == .modulus ? "LM" : "LR", wanted, tolerance, &residual, kept,
        &vectors, order, &parameters,
        &places, &work, &small, length, &status)
      guard step == 1 || step == -1 else { break }
      let isFinite = work.withUnsafeMutableBufferPointer { work in
        let source = work.baseAddress! + Int(places[0]) - 1
        let image = work.baseAddress! + Int(places[1]) - 1
        multiply(source, image)
        return (0..<n).allSatisfy { image[$0].isFinite }
      }
      guard isFinite else { throw Self.notFinite }
    }
    // 1: the limit was reached; 3: no shift could be applied. Both leave Ritz values.
    guard [0, 1, 3].contains(status), places[5] > 0, places[6] > 0 else { return nil }
    let (real, imaginary) = (Int(places[5]) - 1, Int(places[6]) - 1)
    // The converged ones come first, one more than was asked for where a pair was kept together.
    let found = Int(parameters[4])
    let values = (0..<max(found, count)).map {
      (real: small[real + $0], imaginary: small[imaginary + $0])
    }
    let converged = Self.withConjugates(values.prefix(found))
    let others = Self.withConjugates(values.dropFirst(found))
    return Result(
      converged: converged,
      estimates: others.filter { other in !converged.contains { $0 == other } })
  }

  /// The values and the other halves of pairs that were cut in two.
  private static func withConjugates(
    _ values: ArraySlice<(real: Double, imaginary: Double)>
  ) -> [(real: Double, imaginary: Double)] {
    var result = Array(values)
    for value in values where value.imaginary != 0 {
      let other = (real: value.real, imaginary: -value.imaginary)
      if !result.contains(where: { $0 == other }) { result.append(other) }
    }
    return result
  }
}
