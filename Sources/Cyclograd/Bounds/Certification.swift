import Dispatch
import Synchronization

/// Whether any input of a box can change the class of a sample: proved that none can, refuted by one that does, or
/// open.
public struct Certification: Sendable {
  /// What was found out.
  public enum Status: String, Sendable {
    /// No input of the box changes the class.
    case certified
    /// An input that does is known.
    case refuted
    /// Neither.
    case open
    /// The sample has no equilibrium, or nothing is proved of it and no attack succeeds.
    case failed
  }

  /// One sample.
  public struct Row: Sendable {
    /// The class.
    public var target: Int
    /// What was found out.
    public var status: Status
    /// Bounds of the margin of every output over the class's; 0 for the class itself.
    public var bounds: Bounds.Row
    /// The attack, if there was one.
    public var attack: Attack.Row?
    /// Into how many boxes the first one was divided.
    public var splits = 0
  }

  /// How hard to try.
  public struct Options: Sendable {
    /// The methods of the bounds.
    public var bounds: Bounds.Options
    /// Whether samples that are not certified are attacked.
    public var attacks: Bool
    /// How often a sample's box of states is split at most.
    public var splits: Int
    /// The seconds that splitting may take for a sample; `nil`: no limit. With one, results depend on the machine.
    public var seconds: Double?

    /// Creates options.
    public init(
      bounds: Bounds.Options = .init(), attacks: Bool = true, splits: Int = 0,
      seconds: Double? = nil
    ) {
      self.bounds = bounds
      self.attacks = attacks
      self.splits = splits
      self.seconds = seconds
    }
  }

  /// One for each sample.
  public let rows: [Row]

  /// Bounds the margins of every sample, attacks what remains open, and splits what then remains.
  ///
  /// - Parameters:
  ///   - parameters: the weights and biases.
  ///   - box: the inputs.
  ///   - targets: the class of each sample; `nil`: that of the largest output.
  ///   - simulator: solves the network.
  ///   - options: how hard to try.
  ///   - progress: is told how many samples are done.
  /// - Throws: ``CyclogradError`` as ``Bounds`` and ``Attack`` do; `invalid-option` for a negative number of splits or seconds.
  /// - Complexity: see there; each split costs about as much as bounds without it.
  public init(
    of parameters: Parameters, over box: InputBox, targets: [Int]? = nil,
    by simulator: Simulator, options: Options = Options(),
    progress: @Sendable (_ done: Int) -> Void = { _ in }
  ) throws {
    if options.bounds.methods.contains(.lp) {
      try BoundMethod.requireLinearPrograms(for: "the method lp")
    }
    guard options.splits >= 0, options.seconds ?? 0 >= 0 else {
      throw CyclogradError(
        .invalidOption,
        options.splits < 0
          ? "the number of splits is \(options.splits)"
          : "the time for splits is \(options.seconds ?? 0) seconds", advice: "give 0 or more")
    }
    let first = try simulator.equilibrium(parameters, inputs: box.samples)
    let targets = try Attack.targets(targets, first)
    let outputs = simulator.network.outputCount
    let task = try BoundTask(
      parameters, box, targets.map { OutputFunctional.margins(over: $0, of: outputs) }, simulator)
    let attack =
      options.attacks
      ? try Attack(on: parameters, within: box, targets: targets, by: simulator) : nil
    let results = Mutex([Row?](repeating: nil, count: targets.count))
    let done = Mutex(0)
    try Parallel.forEach(targets.count, threads: options.bounds.threads) { _, sample in
      var row = Row(
        target: targets[sample], status: .failed,
        bounds: try task.row(sample, options.bounds, goal: 0), attack: attack?.rows[sample])
      if first.evidence[sample].status == .converged { row.status = Self.status(row) }
      results.withLock { $0[sample] = row }
      progress(
        done.withLock {
          $0 += 1
          return $0
        })
    }
    let found = results.withLock { $0.map { $0! } }
    rows = options.splits > 0 ? try Self.split(found, task, options) : found
  }

  /// Splits what is open: several samples at once, or one by several threads.
  private static func split(
    _ rows: [Row], _ task: BoundTask, _ options: Options
  ) throws -> [Row] {
    // Where a method says nothing of the whole box, it may of parts.
    let open = rows.indices.filter {
      [.open, .failed].contains(rows[$0].status) && rows[$0].bounds.scope ?? .local != .local
    }
    let threads = max(1, options.bounds.threads)
    let progress = open.isEmpty ? nil : TaskProgress.current
    progress?.begin(
      "splits",
      of: options.seconds == nil && options.splits < 1 << 32 ? open.count * options.splits : nil)
    let split = Mutex([Int: Row]())
    try Parallel.forEach(open.count, threads: threads) { _, index in
      var row = rows[open[index]]
      try Self.split(
        &row, task, open[index], options, threads: max(1, threads / open.count), progress)
      split.withLock { $0[open[index]] = row }
    }
    let found = split.withLock { $0 }
    return rows.indices.map { found[$0] ?? rows[$0] }
  }

  /// Where other equilibria may lie outside of what is bounded, a solver may find one of another class.
  private static func isCertified(_ row: Row) -> Bool {
    row.bounds.scope != .local
      && row.bounds.upper.indices.allSatisfy { $0 == row.target || row.bounds.upper[$0] < 0 }
  }

  private static func status(_ row: Row) -> Status {
    if row.bounds.scope != nil, isCertified(row) { return .certified }
    if row.attack?.isSuccessful == true { return .refuted }
    let isBounded = row.bounds.upper.indices.contains {
      $0 != row.target && row.bounds.upper[$0] < .infinity
    }
    return row.bounds.scope != nil && isBounded ? .open : .failed
  }

  private static func split(
    _ row: inout Row, _ task: BoundTask, _ sample: Int, _ options: Options, threads: Int,
    _ progress: TaskProgress?
  ) throws {
    let open = row.bounds.upper.indices.filter { $0 != row.target && row.bounds.upper[$0] >= 0 }
    let deadline = options.seconds.map {
      DispatchTime.now().uptimeNanoseconds + UInt64(max(0, min($0, 1e9)) * 1e9)
    }
    var shown = 0
    do {
      let start = try task.start(sample)
      let found = try task.solver.branch(
        start, open.map { task.functionals[sample][$0] }, splits: options.splits, threads: threads
      ) { count in
        progress?.advance(by: count - shown)
        shown = count
        return deadline.map { DispatchTime.now().uptimeNanoseconds < $0 } ?? true
      }
      row.splits = found.splits
      for (index, upper) in zip(open, found.upper) where upper < row.bounds.upper[index] {
        row.bounds.upper[index] = upper
        row.bounds.upperMethods[index] = .branching
      }
      row.status = status(row)
    } catch is NoCertificate {
      // What was proved before stays.
    } catch is EmptyBox {
    }
  }
}
