import SparseAlgebra

/// A step with the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6).
struct WolfeSearch {
  /// The fraction of the predicted decrease that a step must have.
  var decrease = 1e-4
  /// How much flatter it must be at the end.
  var curvature: Double

  private static let mostTrials = 30
  /// How much longer than the last one the next trial may be.
  private static let growth = 4.0

  func find(
    _ function: SquaredResidual, from start: SquaredResidual.Point, along p: [Double],
    slope: Double,
    first: Double
  ) -> (point: SquaredResidual.Point, length: Double)? {
    typealias Trial = (length: Double, value: Double, slope: Double)
    func trial(_ length: Double) -> (Trial, SquaredResidual.Point) {
      let point = function.evaluate(start.z.indices.map { start.z[$0] + length * p[$0] })
      let isGood = point.residual.isFinite && point.value.isFinite
      return (
        (
          length, isGood ? point.value : .infinity,
          isGood ? dot(point.gradient, p) : .infinity
        ), point
      )
    }
    func isLow(_ trial: Trial) -> Bool {
      trial.value <= start.value + decrease * trial.length * slope
    }
    var low: Trial = (0, start.value, slope)
    var best: (SquaredResidual.Point, Double)?
    var high: Trial?
    var length = first
    for _ in 0..<Self.mostTrials {
      let (found, point) = trial(length)
      if isLow(found), found.value < low.value {
        if abs(found.slope) <= -curvature * slope { return (point, length) }
        best = (point, length)
        if let end = high, found.slope * (end.length - low.length) >= 0 { high = low }
        if high == nil, found.slope >= 0 { high = low }
        low = found
      } else {
        high = found
      }
      guard let end = high else {
        length *= Self.growth
        continue
      }
      length = Self.between(low, end)
      if abs(end.length - low.length) <= 1e-14 * max(end.length, low.length) { break }
    }
    return best.map { ($0.0, $0.1) }
  }

  /// The minimum of the cubic through both values and slopes, kept away from the ends.
  private static func between(
    _ a: (length: Double, value: Double, slope: Double),
    _ b: (length: Double, value: Double, slope: Double)
  ) -> Double {
    let width = b.length - a.length
    let middle = a.length + 0.5 * width
    guard b.value.isFinite, b.slope.isFinite else { return a.length + 0.1 * width }
    let d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length)
    let square = d1 * d1 - a.slope * b.slope
    guard square >= 0 else { return middle }
    let d2 = (width > 0 ? 1 : -1) * square.squareRoot()
    let found = b.length - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)
    guard found.isFinite else { return middle }
    let (lower, upper) = (
      min(a.length + 0.1 * width, b.length - 0.1 * width),
      max(a.length + 0.1 * width, b.length - 0.1 * width)
    )
    return min(max(found, lower), upper)
  }
}
