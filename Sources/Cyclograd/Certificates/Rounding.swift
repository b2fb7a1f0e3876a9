/// Bounds of sums and products of non-negative numbers, without changing the rounding mode.
///
/// IEEE 754 arithmetic to nearest returns x̃ with no floating-point number strictly between x̃ and the
/// exact x, so x̃.nextDown ≤ x ≤ x̃.nextUp. That holds among subnormal numbers and where a product
/// underflows to 0 (then 0 ≤ x ≤ 0.nextUp), and where a result overflows: x̃ = ∞ is an upper bound, and
/// ∞.nextDown, the largest finite number, a lower one. Every operation here is bounded in that way, one by
/// one; no error is estimated a priori.
enum Rounding {
  /// An upper bound of x + y.
  @inline(__always) static func sumUp(_ x: Double, _ y: Double) -> Double { (x + y).nextUp }
  /// An upper bound of x y.
  @inline(__always) static func productUp(_ x: Double, _ y: Double) -> Double {
    x == 0 || y == 0 ? 0 : (x * y).nextUp
  }
  /// An upper bound of x / y, y > 0.
  @inline(__always) static func quotientUp(_ x: Double, _ y: Double) -> Double { (x / y).nextUp }
  /// A lower bound of x + y, never negative.
  @inline(__always) static func sumDown(_ x: Double, _ y: Double) -> Double {
    max(0, (x + y).nextDown)
  }
  /// A lower bound of x y, never negative.
  @inline(__always) static func productDown(_ x: Double, _ y: Double) -> Double {
    max(0, (x * y).nextDown)
  }
  /// A lower bound of x / y, y > 0, never negative.
  @inline(__always) static func quotientDown(_ x: Double, _ y: Double) -> Double {
    max(0, (x / y).nextDown)
  }
}
