import Foundation

/// v + d ε with ε² = 0: carries a derivative through a computation.
struct Dual {
  var v: Double
  var d: Double

  init(_ v: Double, _ d: Double = 0) {
    self.v = v
    self.d = d
  }

  static func + (x: Dual, y: Dual) -> Dual { Dual(x.v + y.v, x.d + y.d) }
  static func - (x: Dual, y: Dual) -> Dual { Dual(x.v - y.v, x.d - y.d) }
  static func * (x: Dual, y: Dual) -> Dual { Dual(x.v * y.v, x.d * y.v + x.v * y.d) }
  static func / (x: Dual, y: Dual) -> Dual {
    Dual(x.v / y.v, (x.d * y.v - x.v * y.d) / (y.v * y.v))
  }
  static prefix func - (x: Dual) -> Dual { Dual(-x.v, -x.d) }

  static func exp(_ x: Dual) -> Dual { Dual(Foundation.exp(x.v), x.d * Foundation.exp(x.v)) }
  static func log(_ x: Dual) -> Dual { Dual(Foundation.log(x.v), x.d / x.v) }
  static func sqrt(_ x: Dual) -> Dual {
    Dual(x.v.squareRoot(), x.d / (2 * x.v.squareRoot()))
  }
  static func atan(_ x: Dual) -> Dual { Dual(Foundation.atan(x.v), x.d / (1 + x.v * x.v)) }
  static func cos(_ x: Dual) -> Dual { Dual(Foundation.cos(x.v), -x.d * Foundation.sin(x.v)) }
  static func abs(_ x: Dual) -> Dual { x.v < 0 ? -x : x }
  static func erf(_ x: Dual) -> Dual {
    Dual(
      Foundation.erf(x.v),
      x.d * 2 / Double.pi.squareRoot() * Foundation.exp(-x.v * x.v))
  }
}
