/// Estimates of the eigenvalues that a start has a part in, of a matrix that is known by its products (Arnoldi 1951;
/// Saad, Numerical Methods for Large Eigenvalue Problems, chapter 6).
///
/// It takes `steps` products and O(steps² n) besides. See ``OuterEigenvalues`` for those of largest modulus,
/// whatever the start.
public struct ArnoldiEstimate {
  /// How many products are made.
  public var steps = 80

  /// Creates the method.
  public init(steps: Int = 80) { self.steps = max(1, steps) }

  /// The Ritz values of a start that is not 0.
  ///
  /// - Parameter multiply: leaves A v in its second argument.
  /// - Throws: ``FactorizationError`` where a product is not finite.
  public func ritzValues(
    from start: [Double], multiply: (_ v: [Double], _ result: inout [Double]) -> Void
  ) throws -> [(real: Double, imaginary: Double)] {
    let n = start.count
    var v = start
    Self.scale(&v, by: 1 / v.euclideanNorm)
    var basis = [v]
    var columns: [[Double]] = []
    var w = v
    while columns.count < min(steps, n) {
      multiply(basis[columns.count], &w)
      let before = w.euclideanNorm
      guard before.isFinite else {
        throw FactorizationError(.notFinite, "a product with the matrix is not finite")
      }
      var column = [Double](repeating: 0, count: basis.count)
      for _ in 0..<2 {
        for (i, q) in basis.enumerated() {
          var h = 0.0
          for k in 0..<n { h += w[k] * q[k] }
          for k in 0..<n { w[k] -= h * q[k] }
          column[i] += h
        }
      }
      let rest = w.euclideanNorm
      column.append(rest)
      columns.append(column)
      guard rest > 1e-14 * before else { break }
      Self.scale(&w, by: 1 / rest)
      basis.append(w)
    }
    let m = columns.count
    var hessenberg = [Double](repeating: 0, count: m * m)
    for (j, column) in columns.enumerated() {
      for (i, value) in column.enumerated() where i < m { hessenberg[i * m + j] = value }
    }
    return try DenseEigenvalues.of(hessenberg, order: m)
  }

  private static func scale(_ v: inout [Double], by factor: Double) {
    for k in v.indices { v[k] *= factor }
  }
}
