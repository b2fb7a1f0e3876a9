/// Records some units over the second half of a course, and finds out whether they return to where they were. Of all the
/// others it knows the ranges, which must be the same early and late: what drifts does not return.
///
/// One unit's upward crossings of the middle of its range cut the course (a Poincaré section). It is periodic if the
/// other units stand at every crossing where they stood a fixed number of crossings before.
struct RecurrenceWatch {
  /// How far apart states of equal phase may be, relative to the largest range of a unit; and periods, relative.
  static let recurrence = 1e-3
  /// How far the range of a unit may move, relative to the largest: steps miss the very peak of an oscillation.
  private static let drift = 0.02
  private static let mostUnits = 256
  private static let mostSteps = 8192

  private struct Moment {
    var time: Double
    var values: [Double]
    var velocities: [Double]
  }

  private let begin: Double
  /// What is before is early, what is after it late.
  private let middle: Double
  private var early: Ranges
  private var late: Ranges
  private let units: [Int]
  private var moments: [Moment] = []
  /// Every how many steps one is kept.
  private var stride = 1
  private var count = 0
  /// The largest |z| of all units since the watch began.
  private(set) var scale = 0.0

  init(_ network: Network, _ times: [Double], _ inputs: TimedInputs) {
    let (first, last) = (times.first ?? 0, times.last ?? 0)
    begin = max(
      first + (last - first) / 2, inputs.changes(after: first, before: last).last ?? first)
    middle = begin + (last - begin) / 2
    early = Ranges(network.unitCount)
    late = early
    let step = max(1, network.unitCount / Self.mostUnits)
    units = Array(Swift.stride(from: 0, to: network.unitCount, by: step))
  }

  mutating func add(_ time: Double, _ z: [Double], _ velocity: [Double]) {
    guard time >= begin else { return }
    scale = z.reduce(scale) { max($0, abs($1)) }
    if time < middle { early.add(z) } else { late.add(z) }
    count += 1
    guard (count - 1) % stride == 0 else { return }
    moments.append(
      Moment(
        time: time, values: units.map { z[$0] }, velocities: units.map { velocity[$0] }))
    if moments.count >= Self.mostSteps {
      moments = moments.indices.filter { $0 % 2 == 0 }.map { moments[$0] }
      stride *= 2
    }
  }

  /// The period; `nil` where the units do not return.
  var period: Double? {
    guard moments.count > 8 else { return nil }
    let ranges = units.indices.map { unit in
      let values = moments.map { $0.values[unit] }
      return (least: values.min() ?? 0, largest: values.max() ?? 0)
    }
    let widths = ranges.map { $0.largest - $0.least }
    guard let width = widths.max(), width > 1e-6 * scale, let unit = widths.firstIndex(of: width),
      early.distance(from: late) <= Self.drift * max(width, early.widest)
    else { return nil }
    let crossings = crossings(of: (ranges[unit].least + ranges[unit].largest) / 2, unit)
    // Twice around at least.
    for length in 1...max(1, crossings.count / 2) where crossings.count > 2 * length {
      if let period = period(crossings, length, width) { return period }
    }
    return nil
  }

  /// The mean time between crossings `length` apart, if all of them are alike.
  private func period(
    _ crossings: [(time: Double, values: [Double])], _ length: Int, _ width: Double
  ) -> Double? {
    let pairs = zip(crossings, crossings.dropFirst(length))
    let times = pairs.map { $1.time - $0.time }
    let mean = times.reduce(0, +) / Double(times.count)
    guard times.allSatisfy({ abs($0 - mean) <= Self.recurrence * mean }) else { return nil }
    let isRecurrent = pairs.allSatisfy { earlier, later in
      zip(earlier.values, later.values).allSatisfy { abs($0 - $1) <= Self.recurrence * width }
    }
    return isRecurrent ? mean : nil
  }

  /// When a unit rises through a level, and where all of them are then.
  private func crossings(of level: Double, _ unit: Int) -> [(time: Double, values: [Double])] {
    var result: [(time: Double, values: [Double])] = []
    for (before, after) in zip(moments, moments.dropFirst())
    where before.values[unit] < level && after.values[unit] >= level && after.time > before.time {
      var low = 0.0
      var high = 1.0
      for _ in 0..<60 {
        let half = (low + high) / 2
        if Self.value(half, before, after, unit) < level { low = half } else { high = half }
      }
      result.append(
        (
          before.time + high * (after.time - before.time),
          units.indices.map { Self.value(high, before, after, $0) }
        ))
    }
    return result
  }

  /// A unit at a fraction of the way between two moments, by the cubic polynomial with their values and velocities.
  private static func value(
    _ fraction: Double, _ before: Moment, _ after: Moment, _ unit: Int
  ) -> Double {
    let h = after.time - before.time
    let (p, q) = (before.values[unit], after.values[unit])
    let (v, w) = (h * before.velocities[unit], h * after.velocities[unit])
    let rest = 1 - fraction
    return rest * p + fraction * q
      + fraction * rest * (rest * (v - (q - p)) - fraction * (w - (q - p)))
  }
}

/// The least and the largest value of each unit.
private struct Ranges {
  private var least: [Double]
  private var largest: [Double]

  init(_ count: Int) {
    least = [Double](repeating: .infinity, count: count)
    largest = [Double](repeating: -.infinity, count: count)
  }

  mutating func add(_ z: [Double]) {
    for s in z.indices {
      if z[s] < least[s] { least[s] = z[s] }
      if z[s] > largest[s] { largest[s] = z[s] }
    }
  }

  /// The width of the widest.
  var widest: Double { zip(least, largest).reduce(0) { max($0, $1.1 - $1.0) } }

  /// How far an end of a range is from that of another.
  func distance(from other: Ranges) -> Double {
    var distance = 0.0
    for s in least.indices {
      distance = max(
        distance, abs(least[s] - other.least[s]), abs(largest[s] - other.largest[s]))
    }
    return distance
  }
}
