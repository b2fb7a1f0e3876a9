import Foundation

/// Intervals of an axis in which values are counted: equal ones, or equal factors where most values would share
/// one of the equal ones.
struct Bins: Equatable {
  /// How the axis is divided.
  let kind: AxisScale.Kind
  /// The middle of each interval.
  let centres: [Double]

  private let low: Double
  private let width: Double

  /// Intervals that hold these finite, non-negative values; O(n log n).
  init(holding values: [Double], count: Int) {
    let sorted = values.sorted()
    let high = max(sorted.last ?? 1, 1e-300)
    let smallest = sorted.first { $0 > 0 } ?? high
    // Half of the values in the first two intervals tell nothing about each other.
    let median = sorted.isEmpty ? high : sorted[sorted.count / 2]
    if median < 2 * high / Double(count), high > 2 * smallest {
      kind = .logarithmic
      // Values that are nearly 0 must not push the others together.
      low = log(max(smallest, 1e-6 * high))
      width = (log(high) - low) / Double(count)
      centres = (0..<count).map { [low, width] in exp(low + (Double($0) + 0.5) * width) }
    } else {
      kind = .linear
      (low, width) = (0, high / Double(count))
      centres = (0..<count).map { [width] in (Double($0) + 0.5) * width }
    }
  }

  /// How many of the values lie in each interval; what lies below the first or above the last counts there.
  func counts(_ values: [Double]) -> [Double] {
    var counts = [Double](repeating: 0, count: centres.count)
    for value in values {
      let place = ((kind == .linear ? value : log(value)) - low) / width
      counts[Int(min(max(place, 0), Double(centres.count - 1)))] += 1
    }
    return counts
  }
}
