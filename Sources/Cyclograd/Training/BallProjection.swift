/// Projection onto the ball Σ cᵢ |xᵢ| ≤ κ of a weighted ℓ1 norm.
enum BallProjection {
  /// Replaces x by the nearest point of the ball, exactly up to rounding.
  ///
  /// The answer is sign(x) max(|x| − τ c, 0), where τ is the root of a piecewise linear function
  /// whose kinks |xᵢ| / cᵢ are sorted: O(n log n) (Duchi et al., ICML 2008, for c = 1).
  ///
  /// - Parameters:
  ///   - x: finite numbers.
  ///   - costs: c, positive, as many.
  ///   - radius: κ ≥ 0.
  static func project(_ x: inout [Double], costs: [Double], radius: Double) {
    var norm = 0.0
    for index in x.indices { norm += costs[index] * abs(x[index]) }
    guard norm > radius else { return }
    guard radius > 0 else {
      for index in x.indices { x[index] = 0 }
      return
    }
    let order = x.indices.sorted {
      (abs(x[$0]) / costs[$0], $1) > (abs(x[$1]) / costs[$1], $0)
    }
    // Over the entries that stay: Σ c |x| − τ Σ c² = κ.
    var (sum, squares, threshold) = (0.0, 0.0, 0.0)
    for index in order {
      let kink = abs(x[index]) / costs[index]
      guard kink > threshold else { break }
      sum += costs[index] * abs(x[index])
      squares += costs[index] * costs[index]
      threshold = max(0, (sum - radius) / squares)
    }
    for index in x.indices {
      let magnitude = max(0, abs(x[index]) - threshold * costs[index])
      x[index] = x[index] < 0 ? -magnitude : magnitude
    }
    shrink(&x, costs, radius)
  }

  /// Takes away what rounding left above the radius, so that the bound holds in floating point.
  private static func shrink(_ x: inout [Double], _ costs: [Double], _ radius: Double) {
    for _ in 0..<4 {
      var norm = 0.0
      for index in x.indices { norm += costs[index] * abs(x[index]) }
      guard norm > radius else { return }
      let factor = (radius / norm).nextDown.nextDown
      for index in x.indices { x[index] *= factor }
    }
  }
}
