/// How far sweeps have got in each lane. Every choice is made from the lane's own numbers, so that a sample's
/// iterates do not depend on what stands beside it; the rules are those of ``FixedPointIteration``.
struct SweepProgress {
  enum Status {
    /// Nothing to do here.
    case idle
    case running
    case converged
    /// Another method must go on from here.
    case slow
    /// Another method must begin at the start.
    case notFinite
    case iterationLimit
  }

  private(set) var status: [Status]
  private(set) var iterations: [Int]
  /// The criterion of convergence of the last iterate that was measured, or else what changed.
  private(set) var residual: [Double]
  private(set) var runningCount = 0
  /// The last changes of each lane relative to its size, the newest first.
  private var history: [Double]
  private var skipped: [Int]
  private var sweeps = 0
  private var tolerance = 0.0
  private var limit = 0

  private static let window = ConvergenceRate.plainWindow
  /// More sweeps than this are left to a method that takes fewer; all lanes together sweep about four
  /// times as fast as one by itself.
  private static let longRun = 100.0
  /// A backward error of rounding: there is nothing left to improve. It leaves room for terms from upstream that cancel
  /// in a component's drive.
  static let rounding = 32 * Double.ulpOfOne

  init(lanes: Int) {
    skipped = Array(repeating: 0, count: lanes)
    status = Array(repeating: .idle, count: lanes)
    iterations = skipped
    residual = Array(repeating: 0, count: lanes)
    history = Array(repeating: 0, count: (Self.window + 1) * lanes)
  }

  /// Begins with some of the lanes.
  mutating func restart(tolerance: Double, limit: Int, isActive: (Int) -> Bool) {
    self.tolerance = tolerance
    self.limit = limit
    sweeps = 0
    runningCount = 0
    for lane in status.indices {
      let active = isActive(lane)
      status[lane] = active ? .running : .idle
      (skipped[lane], iterations[lane], residual[lane]) = (0, 0, 0)
      if active { runningCount += 1 }
    }
  }

  /// Counts sweeps of a lane that were made before the first, unmeasured.
  mutating func skip(_ lane: Int, _ count: Int) { skipped[lane] = count }

  /// Whether a lane's iterate must be judged by the criterion in the next sweep: the first, the last, and those that
  /// are expected to meet it.
  func mustMeasure(_ lane: Int) -> Bool {
    guard status[lane] == .running else { return false }
    if sweeps == 0 || skipped[lane] + sweeps >= limit { return true }
    let first = lane * (Self.window + 1)
    let rate = sweeps > 1 ? min(1, history[first] / history[first + 1]) : 1
    return history[first] * rate <= tolerance
  }

  /// Has a sweep made by the lanes that run, and records what it has found.
  ///
  /// - Parameters:
  ///   - measured: room to say which lanes are judged by the criterion of convergence: all, or those that may meet it.
  ///   - step: makes the sweep, and leaves in `measures` how far each lane moves relative to its size, and the
  ///     criterion.
  mutating func sweep(
    _ measures: SweepMeasures, _ measured: inout MeasuredLanes, alwaysMeasures: Bool,
    _ step: (MeasuredLanes) -> Void
  ) {
    measured.begin()
    for lane in status.indices {
      let runs = status[lane] == .running
      measures.running[lane] = runs ? -1 : 0
      if runs { measured.set(lane, alwaysMeasures || mustMeasure(lane)) }
    }
    step(measured)
    record(change: measures.change, error: measures.error, measured)
  }

  /// Records what a sweep has found in each lane that runs.
  ///
  /// - Parameters:
  ///   - change: how far the iterate moves, relative to its size.
  ///   - error: the criterion at the iterate before, where it was measured.
  ///   - isMeasured: whether it was; nothing converges otherwise.
  private mutating func record(
    change: UnsafePointer<Double>, error: UnsafePointer<Double>, _ isMeasured: MeasuredLanes
  ) {
    for lane in status.indices where status[lane] == .running {
      let now = change[lane]
      let measured: Double? = isMeasured[lane] ? error[lane] : nil
      residual[lane] = measured ?? now
      iterations[lane] = skipped[lane] + sweeps
      let first = lane * (Self.window + 1)
      for index in stride(from: Self.window, to: 0, by: -1) {
        history[first + index] = history[first + index - 1]
      }
      history[first] = now
      status[lane] = verdict(lane, now, measured)
      if status[lane] != .running { runningCount -= 1 }
    }
    sweeps += 1
  }

  private mutating func verdict(_ lane: Int, _ now: Double, _ measured: Double?) -> Status {
    guard now.isFinite, measured?.isFinite ?? true else { return .notFinite }
    let first = lane * (Self.window + 1)
    let before = sweeps >= Self.window ? history[first + Self.window] : nil
    let isLast = skipped[lane] + sweeps >= limit
    if let measured, measured <= tolerance {
      if measured <= Self.rounding { return .converged }
      // A small residual alone does not say that the state is not running away. The first says nothing else.
      let window = min(sweeps, Self.window)
      guard window > 0 else { return isLast ? .iterationLimit : .running }
      let rate = power(now / max(history[first + window], 1e-300), 1 / Double(window))
      return rate < 1 && now / (1 - rate) <= tolerance.squareRoot() ? .converged : .slow
    }
    if isLast { return .iterationLimit }
    guard let before else { return .running }
    guard now < before else { return .slow }
    // (log T − log r) / log rate, with log rate = log(r / before) / window, without its divisions.
    let needed = Self.logarithm2(tolerance) - Self.logarithm2(now)
    let reached = Self.logarithm2(now) - Self.logarithm2(before)
    let distance = needed * Double(Self.window)
    return distance < Self.longRun * reached ? .slow : .running
  }

  /// log₂ of a positive number, to 0.09: this is asked for in every lane after every sweep.
  private static func logarithm2(_ value: Double) -> Double {
    Double(value.exponent) + value.significand - 1
  }
}
