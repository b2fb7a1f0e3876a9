/// How well a factor's pivots suit its values.
struct PivotQuality {
  /// The smallest ratio, over the columns, of the largest entry before and after elimination. The
  /// backward error of a solve is about the rounding unit divided by this.
  var growth: Double
  /// The smallest pivot over the largest.
  var condition: Double

  /// Whether old pivots on new values are about as good as new pivots may be expected to be.
  ///
  /// Losing four digits is left to iterative refinement. Beyond that the old pivots go, unless a
  /// search for pivots on similar values already ended with little better.
  func isAcceptable(comparedWith pivoted: PivotQuality) -> Bool {
    func suits(_ value: Double, _ floor: Double, _ reference: Double) -> Bool {
      value >= min(floor, reference / 10) && value > 0
    }
    return suits(growth, 1e-4, pivoted.growth) && suits(condition, 1e-12, pivoted.condition)
  }
}
