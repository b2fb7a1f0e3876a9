import Foundation

/// Means of measured times.
enum Statistics {
  /// The geometric mean of positive numbers; `nil` of nothing.
  static func geometricMean(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    return exp(values.reduce(0) { $0 + log($1) } / Double(values.count))
  }
}
