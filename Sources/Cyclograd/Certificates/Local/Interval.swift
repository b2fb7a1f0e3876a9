/// A closed interval of real numbers, computed with outward rounding as ``Rounding`` describes: each end is
/// moved to its neighbour, so that the exact result lies within. What would be NaN is the whole line.
struct Interval: Hashable, Sendable {
  var lower: Double
  var upper: Double

  static let zero = Interval(0)
  static let one = Interval(1)
  static let everything = Interval(-.infinity, .infinity)

  @inline(__always) init(_ value: Double) {
    lower = value
    upper = value
  }

  /// NaN at an end makes the interval the whole line.
  @inline(__always) init(_ lower: Double, _ upper: Double) {
    let isOrdered = lower <= upper
    self.lower = isOrdered ? lower : -.infinity
    self.upper = isOrdered ? upper : .infinity
  }

  /// centre ± radius, radius ≥ 0.
  @inline(__always) init(centre: Double, radius: Double) {
    self.init((centre - radius).nextDown, (centre + radius).nextUp)
  }

  /// The smallest interval that contains both.
  static func hull(_ x: Interval, _ y: Interval) -> Interval {
    Interval(Swift.min(x.lower, y.lower), Swift.max(x.upper, y.upper))
  }

  var isFinite: Bool { lower.isFinite && upper.isFinite }
  /// An approximation of the centre.
  var middle: Double { 0.5 * lower + 0.5 * upper }
  /// max |x|
  var magnitude: Double { Swift.max(lower.magnitude, upper.magnitude) }
  /// min |x|
  var mignitude: Double { lower > 0 ? lower : (upper < 0 ? -upper : 0) }

  func contains(_ value: Double) -> Bool { lower <= value && value <= upper }

  /// An upper bound of the distance between a number and any number of the interval.
  func distance(to value: Double) -> Double { (self - Interval(value)).magnitude }

  /// The part between two bounds that are known to hold.
  func clipped(_ least: Double, _ most: Double) -> Interval {
    Interval(Swift.min(most, Swift.max(least, lower)), Swift.max(least, Swift.min(most, upper)))
  }

  @inline(__always) static func + (x: Interval, y: Interval) -> Interval {
    Interval((x.lower + y.lower).nextDown, (x.upper + y.upper).nextUp)
  }

  @inline(__always) static func - (x: Interval, y: Interval) -> Interval {
    Interval((x.lower - y.upper).nextDown, (x.upper - y.lower).nextUp)
  }

  @inline(__always) static prefix func - (x: Interval) -> Interval {
    Interval(-x.upper, -x.lower)
  }

  @inline(__always) static func * (x: Double, y: Interval) -> Interval {
    let (a, b) = (x * y.lower, x * y.upper)
    return Interval(smallest(a, b).nextDown, largest(a, b).nextUp)
  }

  @inline(__always) static func * (x: Interval, y: Interval) -> Interval {
    let (a, b) = (x.lower * y.lower, x.lower * y.upper)
    let (c, d) = (x.upper * y.lower, x.upper * y.upper)
    return Interval(
      smallest(smallest(a, b), smallest(c, d)).nextDown,
      largest(largest(a, b), largest(c, d)).nextUp)
  }

  /// The whole line where the divisor contains 0.
  static func / (x: Interval, y: Interval) -> Interval {
    guard y.mignitude > 0 else { return .everything }
    let (a, b) = (x.lower / y.lower, x.lower / y.upper)
    let (c, d) = (x.upper / y.lower, x.upper / y.upper)
    return Interval(
      smallest(smallest(a, b), smallest(c, d)).nextDown,
      largest(largest(a, b), largest(c, d)).nextUp)
  }

  /// The square root; the interval must not be negative.
  var squareRoot: Interval {
    Interval(Swift.max(0, lower).squareRoot().nextDown, upper.squareRoot().nextUp)
  }

  // NaN must not be lost, as it is in the library's minimum and maximum.
  @inline(__always) private static func smallest(_ x: Double, _ y: Double) -> Double {
    x.isNaN || y.isNaN ? .nan : (x < y ? x : y)
  }

  @inline(__always) private static func largest(_ x: Double, _ y: Double) -> Double {
    x.isNaN || y.isNaN ? .nan : (x > y ? x : y)
  }
}
