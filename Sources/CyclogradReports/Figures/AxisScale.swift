import Foundation

/// Maps values to a share of an axis, 0 at its beginning and 1 at its end, and chooses its ticks.
public struct AxisScale: Sendable, Equatable {
  /// How values are spread along the axis.
  public enum Kind: Sendable, Equatable { case linear, logarithmic }

  /// How values are spread.
  public let kind: Kind
  /// The value where the axis begins.
  public let low: Double
  /// The value where the axis ends; larger than `low`.
  public let high: Double

  /// A linear scale is at least this part of its values wide.
  private static let leastWidth = 1e-9
  private static let leastWidthAtZero = 1e-300

  /// A scale that holds all of `values` that it can show: finite ones, on a logarithmic scale positive ones.
  /// One value alone gets room on both sides; no value gives 0…1, or 1…10 on a logarithmic scale. Values that differ
  /// by no more than rounding do not fill the scale.
  public init(_ kind: Kind, holding values: some Sequence<Double>) {
    self.kind = kind
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite && (kind == .linear || value > 0) {
      low = min(low, value)
      high = max(high, value)
    }
    switch kind {
    case .linear:
      if low > high { (low, high) = (0, 1) }
      if low == high {
        // Half of the smallest number is 0 and would leave no room.
        let room = abs(low) / 2 > 0 ? abs(low) / 2 : 0.5
        (low, high) = (low - room, high + room)
      }
      let least = max(Self.leastWidth * max(abs(low), abs(high)), Self.leastWidthAtZero)
      if high - low < least {
        let middle = low / 2 + high / 2
        (low, high) = (min(low, middle - least / 2), max(high, middle + least / 2))
      }
      // Differences are taken on the axis, so its ends stay where they cannot overflow.
      let limit = Double.greatestFiniteMagnitude / 4
      self.low = min(max(low, -limit), limit / 2)
      self.high = max(min(high, limit), -limit / 2)
    case .logarithmic:
      if low > high { (low, high) = (1, 10) }
      if low == high { (low, high) = (low / 2, high * 2) }
      self.low = max(low, Double.leastNormalMagnitude)
      self.high = min(max(high, self.low * 2), Double.greatestFiniteMagnitude)
    }
  }

  /// Whether the scale has a place for this value.
  public func shows(_ value: Double) -> Bool {
    value.isFinite && value >= low && value <= high
  }

  /// 0 at `low`, 1 at `high`.
  public func share(of value: Double) -> Double {
    switch kind {
    case .linear: (value - low) / (high - low)
    case .logarithmic: (log10(value) - log10(low)) / (log10(high) - log10(low))
    }
  }

  /// Ticks within the scale: multiples of 1, 2 or 5 times a power of ten; on a logarithmic scale powers of ten
  /// where it holds two of them. About `count` of them.
  ///
  /// - Parameter isWhole: whether only whole numbers are ticks; there are none if the scale holds none.
  public func ticks(count: Int = 6, isWhole: Bool = false) -> [Double] {
    let ticks = multiples(count: count, smallest: isWhole ? 1 : 0)
    return isWhole ? ticks.filter { $0 == $0.rounded() } : ticks
  }

  private func multiples(count: Int, smallest: Double) -> [Double] {
    let count = Double(max(count, 2))
    if kind == .logarithmic {
      let first = Int(log10(low).rounded(.up))
      let last = Int(log10(high).rounded(.down))
      if last > first {
        let step = max(1, Int((Double(last - first) / count).rounded(.up)))
        return stride(from: first, through: last, by: step).map { pow(10, Double($0)) }.filter(
          shows)
      }
    }
    let rough = (high - low) / count
    let power = pow(10, log10(rough).rounded(.down))
    let step = max(([1, 2, 5].first { $0 * power >= rough } ?? 10) * power, smallest)
    guard step.isFinite, step > 0, high / step < 1e15, -low / step < 1e15 else {
      return [low, high]
    }
    let first = (low / step).rounded(.up)
    let last = (high / step).rounded(.down)
    guard first <= last else { return [low, high] }
    // Adding 0 makes 0 of −0.
    return stride(from: first, through: last, by: 1).map { $0 * step + 0 }
  }
}
