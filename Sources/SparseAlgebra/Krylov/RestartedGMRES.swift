/// GMRES with restarts and right preconditioning for A x = b, A known only by its products (Saad &
/// Schultz, SIAM J. Sci. Stat. Comput. 7, 1986; Saad, Iterative Methods, algorithm 9.5).
///
/// An iteration costs one product, one preconditioning and O(restart · n). It allocates
/// (restart + 1) · n numbers.
public struct RestartedGMRES {
  /// How it ended.
  public struct Result: Hashable, Sendable {
    /// The products with A.
    public var iterations: Int
    /// ‖b − A x‖₂ / ‖b‖₂, computed from x; NaN where numbers were not finite.
    public var residual: Double
    /// Whether the residual meets the tolerance.
    public var hasConverged: Bool
  }

  /// How many products are made between restarts.
  public var restart = 50
  /// The tolerance of ‖b − A x‖₂ / ‖b‖₂.
  public var tolerance = 1e-10
  /// The most products.
  public var limit = 1000
  /// Told after each product how many there were, and ‖b − A x‖₂ / ‖b‖₂ as the method knows it without computing x.
  public var record: ((_ iterations: Int, _ residual: Double) -> Void)?

  /// Creates the method.
  public init(restart: Int = 50, tolerance: Double = 1e-10, limit: Int = 1000) {
    self.restart = max(1, restart)
    self.tolerance = tolerance
    self.limit = max(1, limit)
  }

  /// Improves x.
  ///
  /// - Parameters:
  ///   - x: where to start, and the answer.
  ///   - multiply: leaves A v in its second argument.
  ///   - precondition: replaces v by M⁻¹ v.
  public func solve(
    _ b: [Double], _ x: inout [Double],
    multiply: (_ v: [Double], _ result: inout [Double]) throws -> Void,
    precondition: (inout [Double]) throws -> Void
  ) rethrows -> Result {
    let scale = b.euclideanNorm
    guard scale > 0 else {
      for i in x.indices { x[i] = 0 }
      return Result(iterations: 0, residual: scale, hasConverged: scale == 0)
    }
    var product = b
    var iterations = 0
    var last = Double.infinity
    while true {
      try multiply(x, &product)
      var r = b
      for i in r.indices { r[i] -= product[i] }
      let norm = r.euclideanNorm
      let residual = norm / scale
      guard residual.isFinite else {
        return Result(iterations: iterations, residual: .nan, hasConverged: false)
      }
      if residual <= tolerance {
        return Result(iterations: iterations, residual: residual, hasConverged: true)
      }
      // A whole cycle that gains nothing will not gain anything the next time.
      if iterations >= limit || residual > 0.999 * last {
        return Result(iterations: iterations, residual: residual, hasConverged: false)
      }
      last = residual
      for i in r.indices { r[i] /= norm }
      iterations += try cycle(
        r, norm, &x, tolerance * scale, min(restart, limit - iterations), multiply, precondition
      ) { [record] count, error in record?(iterations + count, error / scale) }
    }
  }

  /// Improves x without a preconditioner.
  public func solve(
    _ b: [Double], _ x: inout [Double],
    multiply: (_ v: [Double], _ result: inout [Double]) throws -> Void
  ) rethrows -> Result {
    try solve(b, &x, multiply: multiply, precondition: { _ in })
  }

  /// One cycle of at most `count` products; returns how many there were.
  private func cycle(
    _ first: [Double], _ norm: Double, _ x: inout [Double], _ target: Double, _ count: Int,
    _ multiply: ([Double], inout [Double]) throws -> Void,
    _ precondition: (inout [Double]) throws -> Void,
    _ record: (_ count: Int, _ error: Double) -> Void
  ) rethrows -> Int {
    var basis = [first]
    var columns: [[Double]] = []
    var rotations: [(c: Double, s: Double)] = []
    var rhs = [norm]
    var v = first
    var w = first
    while columns.count < count {
      v = basis[columns.count]
      try precondition(&v)
      try multiply(v, &w)
      var column: [Double] = []
      let before = w.euclideanNorm
      // Modified Gram–Schmidt, once more where most of the vector has cancelled.
      for pass in 0..<2 {
        for (i, q) in basis.enumerated() {
          let h = dot(w, q)
          for k in w.indices { w[k] -= h * q[k] }
          if pass == 0 { column.append(h) } else { column[i] += h }
        }
        if w.euclideanNorm > 0.7 * before { break }
      }
      let rest = w.euclideanNorm
      for (i, rotation) in rotations.enumerated() {
        let (upper, lower) = (column[i], column[i + 1])
        column[i] = rotation.c * upper + rotation.s * lower
        if i + 1 < column.count { column[i + 1] = rotation.c * lower - rotation.s * upper }
      }
      let diagonal = column[columns.count]
      let length = (diagonal * diagonal + rest * rest).squareRoot()
      guard length > 0, length.isFinite else { break }
      let rotation = (c: diagonal / length, s: rest / length)
      rotations.append(rotation)
      column[columns.count] = length
      columns.append(column)
      let error = rhs[columns.count - 1]
      rhs[columns.count - 1] = rotation.c * error
      rhs.append(-rotation.s * error)
      record(columns.count, abs(rhs[columns.count]))
      if abs(rhs[columns.count]) <= target || rest <= 1e-15 * before { break }
      basis.append(w.map { $0 / rest })
    }
    try update(&x, basis, columns, rhs, precondition)
    return max(1, columns.count)
  }

  private func update(
    _ x: inout [Double], _ basis: [[Double]], _ columns: [[Double]], _ rhs: [Double],
    _ precondition: (inout [Double]) throws -> Void
  ) rethrows {
    var y = Array(rhs.prefix(columns.count))
    for i in stride(from: columns.count - 1, through: 0, by: -1) {
      for j in i + 1..<max(i + 1, columns.count) { y[i] -= columns[j][i] * y[j] }
      y[i] /= columns[i][i]
    }
    var step = [Double](repeating: 0, count: x.count)
    for (j, factor) in y.enumerated() {
      for k in step.indices { step[k] += factor * basis[j][k] }
    }
    try precondition(&step)
    for k in x.indices { x[k] += step[k] }
  }
}
