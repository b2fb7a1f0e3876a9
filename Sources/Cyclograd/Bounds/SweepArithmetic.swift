/// Sums and products of non-negative numbers, rounded one way.
protocol SweepArithmetic: SendableMetatype {
  static func sum(_ x: Double, _ y: Double) -> Double
  static func product(_ x: Double, _ y: Double) -> Double
}

enum Nearest: SweepArithmetic {
  @inline(__always) static func sum(_ x: Double, _ y: Double) -> Double { x + y }
  @inline(__always) static func product(_ x: Double, _ y: Double) -> Double { x * y }
}

enum Upward: SweepArithmetic {
  @inline(__always) static func sum(_ x: Double, _ y: Double) -> Double { Rounding.sumUp(x, y) }
  @inline(__always) static func product(_ x: Double, _ y: Double) -> Double {
    Rounding.productUp(x, y)
  }
}

enum Downward: SweepArithmetic {
  @inline(__always) static func sum(_ x: Double, _ y: Double) -> Double { Rounding.sumDown(x, y) }
  @inline(__always) static func product(_ x: Double, _ y: Double) -> Double {
    Rounding.productDown(x, y)
  }
}
