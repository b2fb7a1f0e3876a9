import Foundation

/// Enclosures of the C library's functions at a number.
///
/// It is assumed that they err by at most 8 units in the last place; glibc's manual ("Errors in Math Functions")
/// lists at most 5 for those used here, on every platform. The tests hold them against extended precision.
extension Interval {
  /// What encloses the exact value of a function that the C library computed.
  private static func computed(_ value: Double) -> Interval {
    Interval(centre: value, radius: value.magnitude * 0x1p-49 + 0x1p-1060)
  }

  /// eˣ, monotone.
  static func exp(_ x: Interval) -> Interval {
    Interval(
      Swift.max(0, computed(Foundation.exp(x.lower)).lower),
      computed(Foundation.exp(x.upper)).upper)
  }

  static func expm1(_ x: Double) -> Interval { computed(Foundation.expm1(x)) }
  static func log1p(_ x: Interval) -> Interval {
    Interval(
      computed(Foundation.log1p(x.lower)).lower, computed(Foundation.log1p(x.upper)).upper)
  }
  static func tanh(_ x: Double) -> Interval { computed(Foundation.tanh(x)).clipped(-1, 1) }
  static func arctan(_ x: Double) -> Interval { computed(Foundation.atan(x)) }
  static func asinh(_ x: Double) -> Interval { computed(Foundation.asinh(x)) }
  static func cos(_ x: Double) -> Interval { computed(Foundation.cos(x)).clipped(-1, 1) }
  static func sin(_ x: Double) -> Interval { computed(Foundation.sin(x)).clipped(-1, 1) }

  /// The distribution function of the standard normal law, ½ erfc(−x/√2).
  static func normalDistribution(_ x: Double) -> Interval {
    let root = Interval(0.7071067811865476.nextDown, 0.7071067811865476)
    let t = -x * root
    // erfc decreases.
    let value = Interval(
      computed(Foundation.erfc(t.upper)).lower, computed(Foundation.erfc(t.lower)).upper)
    return (0.5 * value).clipped(0, 1)
  }

  /// The density of the standard normal law.
  static func normalDensity(_ x: Double) -> Interval {
    let factor = Interval(0.3989422804014327.nextDown, 0.3989422804014327.nextUp)
    return factor * exp(-0.5 * (x * Interval(x)))
  }
}
