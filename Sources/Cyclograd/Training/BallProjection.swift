/// Projection onto the ball Σ cᵢ |xᵢ| ≤ κ of a weighted ℓ1 norm.
enum BallProjection {
  /// Replaces x by the nearest point of the ball, exactly up to rounding.
  ///
  /// The answer is sign(x) max(|x| − τ c, 0), where τ is the root of a piecewise linear function. It is approached from
  /// below, each time without the entries that have become 0, until none is left out any more: O(n) each time, and mostly
  /// a few times (Michelot, J. Optim. Theory Appl. 50, 1986, for c = 1).
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
    // Over the entries that stay: Σ c |x| − τ Σ c² = κ. Whoever falls below one τ falls below every later one.
    var threshold = 0.0
    var staying = x.count + 1
    while true {
      var (sum, squares, count) = (0.0, 0.0, 0)
      for index in x.indices where abs(x[index]) > threshold * costs[index] {
        sum += costs[index] * abs(x[index])
        squares += costs[index] * costs[index]
        count += 1
      }
      guard count > 0, count < staying else { break }
      staying = count
      threshold = max(threshold, (sum - radius) / squares)
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
