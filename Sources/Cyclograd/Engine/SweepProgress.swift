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
  /// Whether some lane will take so many more sweeps that a few Newton steps would cost less.
  private(set) var isLong = false
  private var sweeps = 0
  private var skipped = 0

  private static let window = FixedPointIteration.rateWindow
  /// More sweeps than this are left to a method that takes fewer; all lanes together sweep about four
  /// times as fast as one by itself.
  private static let longRun = 100.0
  /// Three Newton steps of all lanes together, in sweeps.
  private static let newtonRun = 12.0

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
    isLong = false
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

  /// Whether the next sweep must be a plain one, which measures residuals: the first, the last, and those
  /// that are expected to end the run.
  func mustMeasure(tolerance: Double, limit: Int) -> Bool {
    if sweeps == 0 || skipped + sweeps >= limit { return true }
    return status.indices.allSatisfy { lane in
      guard status[lane] == .running else { return true }
      let first = lane * (Self.window + 1)
      let rate = sweeps > 1 ? min(1, history[first] / history[first + 1]) : 1
      return history[first] * rate <= tolerance
    }
  }

  /// Takes down the residual that every lane has now.
  ///
  /// - Parameter isMeasured: whether these are residuals; else they are only what the sweep has changed, by which
  ///   nothing converges.
  mutating func record(
    _ residuals: UnsafePointer<Double>, tolerance: Double, limit: Int, isMeasured: Bool
  ) {
    isLong = false
    for lane in status.indices where status[lane] == .running {
      let now = residuals[lane]
      residual[lane] = now
      iterations[lane] = skipped + sweeps
      let first = lane * (Self.window + 1)
      for index in stride(from: Self.window, to: 0, by: -1) {
        history[first + index] = history[first + index - 1]
      }
      history[first] = now
      let next = verdict(lane, now, tolerance, limit, isMeasured)
      status[lane] = next
      if next != .running { runningCount -= 1 }
    }
    sweeps += 1
  }

  private mutating func verdict(
    _ lane: Int, _ now: Double, _ tolerance: Double, _ limit: Int, _ isMeasured: Bool
  ) -> Status {
    guard now.isFinite else { return .notFinite }
    let before = sweeps >= Self.window ? history[lane * (Self.window + 1) + Self.window] : nil
    if now <= tolerance {
      guard isMeasured else { return .running }
      guard let before else { return .converged }
      // A small residual alone does not say that the state is not running away.
      let rate = power(now / max(before, 1e-300), 1 / Double(Self.window))
      return rate < 1 && now / (1 - rate) <= tolerance.squareRoot() ? .converged : .slow
    }
    if skipped + sweeps >= limit { return .iterationLimit }
    guard let before else { return .running }
    guard now < before else { return .slow }
    // (log T − log r) / log rate, with log rate = log(r / before) / window, without its divisions.
    let needed = Self.logarithm2(tolerance) - Self.logarithm2(now)
    let reached = Self.logarithm2(now) - Self.logarithm2(before)
    let distance = needed * Double(Self.window)
    if distance < Self.newtonRun * reached { isLong = true }
    return distance < Self.longRun * reached ? .slow : .running
  }

  /// log₂ of a positive number, to 0.09: this is asked for in every lane after every sweep.
  private static func logarithm2(_ value: Double) -> Double {
    Double(value.exponent) + value.significand - 1
  }
}
