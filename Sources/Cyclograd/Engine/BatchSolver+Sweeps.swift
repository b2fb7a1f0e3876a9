import SparseAlgebra

extension BatchSolver {
  /// What a run of sweeps through a component is.
  struct SweepRun {
    let map: ComponentOperator
    /// The iterate, from the component's first unit on, and room for another.
    var now: UnsafeMutablePointer<Double>
    var next: UnsafeMutablePointer<Double>
    /// Whether every step shows how good the present iterate is.
    let alwaysMeasures: Bool
  }

  /// Computes the next iterate for the lanes that run, and leaves how far each moves, and for those that are measured
  /// the criterion of convergence, where `record` finds them.
  typealias SweepStep = (
    _ now: UnsafeMutablePointer<Double>, _ next: UnsafeMutablePointer<Double>,
    _ measured: MeasuredLanes
  ) -> Void

  /// Sweeps until every lane has come to an end, which leaves each at the iterate that was judged last.
  ///
  /// - Parameters:
  ///   - method: what the sweeps are called in a ``ResidualTrace``.
  ///   - change: a lane's last change relative to its size, after a step.
  ///   - error: a lane's criterion after a step that was to measure it.
  func sweep(
    _ run: SweepRun, method: @autoclosure () -> String, change: (Int) -> Double, error: (Int) -> Double, step: SweepStep
  ) {
    var run = run
    let start = run.now
    let count = run.map.component.unitCount
    let running = state.measures.running
    while progress.runningCount > 0 {
      measured.begin()
      for b in 0..<lanes {
        let runs = progress.status[b] == .running
        running[b] = runs ? -1 : 0
        if runs { measured.set(b, run.alwaysMeasures || progress.mustMeasure(b)) }
      }
      step(run.now, run.next, measured)
      progress.record(change: change, error: error) { measured[$0] }
      if !recorders.isEmpty { record(method()) }
      guard progress.runningCount > 0 else { break }
      for b in 0..<lanes where running[b] != 0 && progress.status[b] != .running {
        for i in 0..<count { run.next[i * lanes + b] = run.now[i * lanes + b] }
      }
      swap(&run.now, &run.next)
    }
    if run.now != start { start.update(from: run.now, count: count * lanes) }
  }

  private func record(_ method: String) {
    for lane in recorders.indices where state.measures.running[lane] != 0 {
      recorders[lane]?.record(
        progress.residual[lane], after: progress.iterations[lane], by: method)
    }
  }
}

/// Which lanes of a sweep are judged by the criterion of convergence; the others may take a step that only shows what it
/// changes.
struct MeasuredLanes {
  private var isMeasured: [Bool]
  /// Whether all lanes that run are measured, and whether any is.
  private(set) var all = true
  private(set) var any = false

  init(lanes: Int) { isMeasured = Array(repeating: false, count: lanes) }

  subscript(lane: Int) -> Bool { isMeasured[lane] }

  mutating func begin() {
    (all, any) = (true, false)
    for lane in isMeasured.indices { isMeasured[lane] = false }
  }

  mutating func set(_ lane: Int, _ value: Bool) {
    isMeasured[lane] = value
    if value { any = true } else { all = false }
  }
}
