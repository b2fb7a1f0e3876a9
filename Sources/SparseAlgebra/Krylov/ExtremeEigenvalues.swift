import CARPACK
import Synchronization

/// The smallest and largest eigenvalues of a symmetric matrix that is known by its products with vectors, by the
/// restarted Lanczos method (ARPACK, Lehoucq, Sorensen & Yang 1998).
///
/// Each comes with Lanczos's bound: there is an eigenvalue no farther from it than that.
public struct ExtremeEigenvalues: Sendable {
  /// An eigenvalue, or what is near one.
  public struct Value: Hashable, Sendable {
    /// The Ritz value.
    public var value: Double
    /// How far from it an eigenvalue is at most: Lanczos's bound, and an estimate of what rounding does.
    public var bound: Double
  }

  /// How many of each end.
  public var count: Int
  /// The size of the Krylov space.
  public var basis: Int
  /// How often it may be restarted.
  public var restarts: Int
  /// What the bound may be at most, relative to the eigenvalue.
  public var tolerance: Double

  /// Creates the method.
  public init(count: Int, basis: Int? = nil, restarts: Int = 300, tolerance: Double = 1e-8) {
    self.count = max(1, count)
    self.basis = max(basis ?? 20, 4 * self.count + 4)
    self.restarts = max(1, restarts)
    self.tolerance = tolerance
  }

  /// The eigenvalues of an n × n matrix, ascending: all where n is not above ``basis``, else ``count`` of each end.
  ///
  /// - Parameters:
  ///   - start: n numbers, not all 0; random ones have a part in every eigenvector.
  ///   - multiply: leaves A v in its second argument; both have n elements.
  /// - Returns: `nil` where they were not found within the restarts.
  /// - Throws: ``FactorizationError`` `not-finite` where a product is not finite, and what `multiply` throws.
  /// - Complexity: about `basis · (restarts + 1)` products at most.
  public func of(
    from start: [Double], multiply: ([Double]) throws -> [Double]
  ) throws -> [Value]? {
    let n = start.count
    func product(_ v: [Double]) throws -> [Double] {
      let image = try multiply(v)
      guard image.allSatisfy(\.isFinite) else {
        throw FactorizationError(.notFinite, "a product with the matrix is not finite")
      }
      return image
    }
    /// Rounding moves an eigenvalue about this far beside the largest.
    func rounded(_ values: [Value]) -> [Value] {
      let largest = values.reduce(0) { max($0, abs($1.value)) }
      let rounding = 4 * Double(n).squareRoot() * largest.ulp
      return values.map { Value(value: $0.value, bound: $0.bound + rounding) }
    }
    guard n > basis else {
      var columns: [Double] = []
      for j in 0..<n {
        columns += try product((0..<n).map { $0 == j ? 1 : 0 })
      }
      // Rounding errors of products leave the matrix not quite symmetric.
      for i in 0..<n {
        for j in 0..<i {
          let mean = (columns[i * n + j] + columns[j * n + i]) / 2
          columns[i * n + j] = mean
          columns[j * n + i] = mean
        }
      }
      return rounded(
        try DenseEigenvalues.of(columns, order: n).map { Value(value: $0.real, bound: 0) }
          .sorted { $0.value < $1.value })
    }
    guard try product(start).contains(where: { $0 != 0 }) else {
      return Array(repeating: Value(value: 0, bound: 0), count: 2 * count)
    }
    return try OuterEigenvalues.turn.withLock { _ in try iterate(from: start, multiply: product) }
      .map(rounded)
  }

  private func iterate(
    from start: [Double], multiply: ([Double]) throws -> [Double]
  ) throws -> [Value]? {
    let n = start.count
    guard let order = Int32(exactly: n), let kept = Int32(exactly: basis),
      let limit = Int32(exactly: restarts)
    else { return nil }
    BLASThreads.limitToOne()
    var residual = start
    var vectors = [Double](repeating: 0, count: n * basis)
    var work = [Double](repeating: 0, count: 3 * n)
    var small = [Double](repeating: 0, count: basis * (basis + 8))
    // Exact shifts, the limit, blocks of one, A x = λ x; the rest is ARPACK's.
    var parameters: [Int32] = [1, 0, limit, 1, 0, 0, 1, 0, 0, 0, 0]
    var places = [Int32](repeating: 0, count: 11)
    var step: Int32 = 0
    var status: Int32 = 1  // The start is ours.
    let length = Int32(small.count)
    while true {
      dsaupd_c(
        &step, "I", order, "BE", Int32(2 * count), tolerance, &residual, kept, &vectors, order,
        &parameters, &places, &work, &small, length, &status)
      guard step == 1 || step == -1 else { break }
      let source = Int(places[0]) - 1
      let image = try multiply(Array(work[source..<source + n]))
      work.replaceSubrange(Int(places[1]) - 1..<Int(places[1]) - 1 + n, with: image)
    }
    let found = Int(parameters[4])
    guard status == 0, found >= 2 * count, places[5] > 0, places[6] > 0 else { return nil }
    let (values, bounds) = (Int(places[5]) - 1, Int(places[6]) - 1)
    return (0..<found).map { Value(value: small[values + $0], bound: abs(small[bounds + $0])) }
      .sorted { $0.value < $1.value }
  }
}
