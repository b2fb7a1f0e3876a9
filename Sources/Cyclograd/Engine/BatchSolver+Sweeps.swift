import SparseAlgebra

extension BatchSolver {
  /// What a run of sweeps through a component is.
  struct SweepRun {
    let map: ComponentOperator
    /// Whether it is the adjoint's, which multiplies by Wᵀ.
    let isTransposed: Bool
    /// The iterate, from the component's first unit on, and room for another.
    var now: UnsafeMutablePointer<Double>
    var next: UnsafeMutablePointer<Double>
    /// Whether every step shows how good the present iterate is.
    let alwaysMeasures: Bool
    /// Whether the iterate is likely to be good already.
    let isNearEnd: Bool
  }

  /// Computes the next iterate for the lanes that run. It leaves how far each moves relative to its size in
  /// ``SweepMeasures/change``, and for those that are measured the criterion of convergence in
  /// ``SweepMeasures/error``.
  typealias SweepStep = (
    _ rows: SparseRows, _ now: UnsafeMutablePointer<Double>,
    _ next: UnsafeMutablePointer<Double>, _ measured: MeasuredLanes
  ) -> Void

  /// Sweeps until every lane of ``progress`` has come to an end, which leaves each at the iterate that was judged
  /// last.
  ///
  /// - Parameter method: what the sweeps are called in a ``ResidualTrace``.
  func sweep(_ run: SweepRun, method: @autoclosure () -> String, step: SweepStep) {
    guard progress.runningCount > 0 else { return }
    var run = run
    let start = run.now
    // Moved out for the length of the run: an access to a property of an object costs as much as a small row.
    var progress = SweepProgress(lanes: 0)
    var measured = MeasuredLanes(lanes: 0)
    swap(&progress, &self.progress)
    swap(&measured, &self.measured)
    defer {
      swap(&progress, &self.progress)
      swap(&measured, &self.measured)
    }
    // In a large component a sweep over the weights as they are takes longer than laying them out, but one may do.
    let few =
      !run.isTransposed && !run.map.component.hasTiles
      ? ComponentWorkspace.fewSweeps : run.isNearEnd ? 1 : 0
    let (map, context, isTraced) = (run.map, state.context, !recorders.isEmpty)
    // A local function would make both closures share their variables in boxes whose every access is checked.
    map.withRows(isTransposed: run.isTransposed, many: false) { rows in
      for _ in 0..<few where progress.runningCount > 0 && !context.isCancelled {
        sweepOnce(&run, &progress, &measured, rows, step)
        if isTraced { record(progress, method()) }
      }
    }
    if progress.runningCount > 0 {
      map.withRows(isTransposed: run.isTransposed, many: true) { rows in
        while progress.runningCount > 0 && !context.isCancelled {
          sweepOnce(&run, &progress, &measured, rows, step)
          if isTraced { record(progress, method()) }
        }
      }
    }
    if run.now != start {
      start.update(from: run.now, count: run.map.component.unitCount * lanes)
    }
  }

  private func sweepOnce(
    _ run: inout SweepRun, _ progress: inout SweepProgress, _ measured: inout MeasuredLanes,
    _ rows: SparseRows, _ step: SweepStep
  ) {
    let lanes = state.lanes
    let running = state.measures.running
    progress.sweep(state.measures, &measured, alwaysMeasures: run.alwaysMeasures) {
      step(rows, run.now, run.next, $0)
    }
    guard progress.runningCount > 0 else { return }
    for b in 0..<lanes where running[b] != 0 && progress.status[b] != .running {
      for i in 0..<run.map.component.unitCount {
        run.next[i * lanes + b] = run.now[i * lanes + b]
      }
    }
    swap(&run.now, &run.next)
  }

  private func record(_ progress: SweepProgress, _ method: String) {
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
