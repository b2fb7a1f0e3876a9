import Foundation

/// Medians and means of measured times.
enum Statistics {
  /// The median; the mean of the middle two where their number is even; `nil` of nothing.
  static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The geometric mean of positive numbers; `nil` of nothing.
  static func geometricMean(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    return exp(values.reduce(0) { $0 + log($1) } / Double(values.count))
  }
}
