/// The mean of some numbers, and how far they lie apart.
public struct Spread: Hashable, Sendable {
  /// How many there are.
  public let count: Int
  /// Their mean; NaN without any.
  public let mean: Double
  /// Their standard deviation with divisor n − 1; `nil` for fewer than two.
  public let deviation: Double?

  /// Takes numbers in.
  public init(_ values: [Double]) {
    count = values.count
    let scale = Self.scale(values)
    let mean = values.reduce(0.0) { $0 + $1 * scale } / Double(values.count)
    self.mean = mean / scale
    let squares = values.reduce(0.0) { sum, value in
      let difference = value * scale - mean
      return sum + difference * difference
    }
    deviation =
      values.count < 2 ? nil : (squares / Double(values.count - 1)).squareRoot() / scale
  }

  /// A power of two that brings numbers to where their sum and their squares neither overflow nor vanish; 1 for those
  /// that are there already.
  private static func scale(_ values: [Double]) -> Double {
    let largest = values.reduce(0.0) { max($0, abs($1)) }
    guard largest.isFinite, largest > 0, abs(largest.exponent) > 400 else { return 1 }
    return Double(
      sign: .plus, exponent: min(max(-largest.exponent, -1022), 1022), significand: 1)
  }
}
