/// How far plain sweeps have got in each lane; the rules are those of ``FixedPointIteration``.
struct LaneProgress {
  enum Status {
    /// Nothing to do here.
    case idle
    case running
    case converged
    /// Another method must go on from here.
    case slow
    /// Another method must begin anew.
    case notFinite
    case iterationLimit
  }

  private(set) var status: [Status]
  private(set) var iterations: [Int]
  private(set) var residual: [Double]
  /// The last residuals of each lane, the newest first.
  private var history: [Double]
  private(set) var runningCount = 0
  private var sweeps = 0
  private var skipped = 0

  private static let window = FixedPointIteration.rateWindow
  /// More sweeps than this are left to a method that takes fewer; all lanes together sweep about four
  /// times as fast as one by itself.
  private static let longRun = 100.0

  init(lanes: Int) {
    status = Array(repeating: .idle, count: lanes)
    iterations = Array(repeating: 0, count: lanes)
    residual = Array(repeating: 0, count: lanes)
    history = Array(repeating: 0, count: (Self.window + 1) * lanes)
  }

  /// Begins anew with some of the lanes.
  mutating func restart(_ isActive: (Int) -> Bool) {
    runningCount = 0
    sweeps = 0
    skipped = 0
    for lane in status.indices {
      let active = isActive(lane)
      status[lane] = active ? .running : .idle
      iterations[lane] = 0
      residual[lane] = 0
      if active { runningCount += 1 }
    }
  }

  /// Counts sweeps whose residuals were not measured.
  mutating func skip(_ count: Int) { skipped = count }

  /// Takes down the residual that every lane has now.
  mutating func record(
    _ residuals: UnsafePointer<Double>, tolerance: Double, limit: Int
  ) {
    for lane in status.indices where status[lane] == .running {
      let now = residuals[lane]
      residual[lane] = now
      iterations[lane] = skipped + sweeps
      let first = lane * (Self.window + 1)
      for index in stride(from: Self.window, to: 0, by: -1) {
        history[first + index] = history[first + index - 1]
      }
      history[first] = now
      let next = verdict(lane, now, tolerance, limit)
      status[lane] = next
      if next != .running { runningCount -= 1 }
    }
    sweeps += 1
  }

  private func verdict(_ lane: Int, _ now: Double, _ tolerance: Double, _ limit: Int) -> Status {
    guard now.isFinite else { return .notFinite }
    var rate = 0.0
    if sweeps >= Self.window {
      let before = history[lane * (Self.window + 1) + Self.window]
      rate = power(now / max(before, 1e-300), 1 / Double(Self.window))
    }
    if now <= tolerance {
      // A small residual alone does not say that the state is not running away.
      let distance = rate == 0 ? 0 : (rate < 1 ? now / (1 - rate) : .infinity)
      return distance <= tolerance.squareRoot() ? .converged : .slow
    }
    if skipped + sweeps >= limit { return .iterationLimit }
    guard sweeps >= Self.window else { return .running }
    guard rate < 1 else { return .slow }
    let remaining = (logarithm(tolerance) - logarithm(now)) / logarithm(max(rate, 1e-300))
    return remaining > Self.longRun ? .slow : .running
  }
}
