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
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    deviation =
      values.count < 2
      ? nil
      : (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1))
        .squareRoot()
  }
}
