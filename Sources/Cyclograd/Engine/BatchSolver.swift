import SparseAlgebra

/// Computes one or several samples side by side: the sweeps over the condensation, forwards and
/// backwards.
///
/// Acyclic neurons are evaluated for all lanes at once. In a cyclic component all lanes make plain
/// sweeps together, if the backend's solver begins with such; a lane that these do not bring to its
/// end, and every lane of other solvers, goes on by itself in the component's workspace. Evidence is
/// measured: the residual of a component is that of the state which is kept, and acyclic neurons have
/// none.
final class LaneWorker {
  let plan: SolverPlan
  let state: LaneState
  let sample: SampleState
  let workspaces: [ComponentWorkspace]
  var progress: LaneProgress
  var evidence: [SampleEvidence] = []
  /// Whether the batch has no other sample.
  var isOnly = false
  /// How many threads may work on a group; results do not depend on it.
  var threads = 1
  /// The largest change of each lane, for each piece of the work, and the scale that it is relative to.
  let largest: UnsafeMutablePointer<Double>
  let scale: UnsafeMutablePointer<Double>
  /// The largest |d| of each lane so far, to which the accuracy of an adjoint is relative.
  let reach: UnsafeMutablePointer<Double>
  /// For each lane all bits while it takes part in sweeps.
  let running: UnsafeMutablePointer<Int64>
  /// For small components; made when it is first needed.
  private var factorization: LaneFactorization?
  /// Where the iterates of each lane are taken down, in the present component.
  var recorders: [ResidualRecorder?] = []
  /// What iterates are ascribed to whose method has no other name.
  private var solverName = ""
  var network: Network { plan.network }
  var lanes: Int { state.lanes }

  private static let mostPieces = Parallel.mostPieces
  /// Up to this size a factorization of all lanes costs about as much as four sweeps.
  private static let mostFactoredNeurons = 32
  /// Without exchanges of rows a factor with larger entries than this may have lost too much.
  static let mostGrowth = 16.0

  init(
    _ plan: SolverPlan, lanes: Int, _ sample: SampleState, _ workspaces: [ComponentWorkspace]
  ) {
    self.plan = plan
    self.sample = sample
    self.workspaces = workspaces
    state = LaneState(plan.network, lanes: lanes)
    progress = LaneProgress(lanes: lanes)
    let count = (2 * Self.mostPieces + 1) * lanes
    largest = .allocate(capacity: count)
    largest.initialize(repeating: 0, count: count)
    scale = largest + Self.mostPieces * lanes
    reach = scale + Self.mostPieces * lanes
    running = .allocate(capacity: lanes)
    running.initialize(repeating: 0, count: lanes)
  }

  deinit {
    largest.deallocate()
    running.deallocate()
  }

  /// Runs `body` with the weights bound, and returns the evidence that it gathered.
  func withEvidence(
    _ count: Int, _ batch: Worker.Batch, _ body: () throws -> Void
  ) rethrows -> [SampleEvidence] {
    evidence = Array(repeating: SampleEvidence(status: .converged, residual: 0), count: count)
    try state.withWeights(batch.weights) { try sample.withWeights(batch.weights, body) }
    return evidence
  }

  /// Whether a lane has a sample for which all went well so far.
  func isActive(_ lane: Int) -> Bool {
    lane < evidence.count && evidence[lane].status == .converged
  }

  /// Whether the samples sweep through a component together. A small component of a single sample is
  /// left to the solver, which has something better.
  func sweepsTogether(_ component: Component, _ beginsWithSweeps: Bool) -> Bool {
    beginsWithSweeps && (lanes > 1 || component.neuronCount > AutomaticSolver.confirmedSize)
  }

  /// What factors a component in all lanes at once, where it is so small that this costs no more than
  /// a few sweeps.
  func factorization(_ component: Component) -> LaneFactorization? {
    guard lanes > 1, component.neuronCount <= Self.mostFactoredNeurons,
      !network.runs[Int(component.runs.lowerBound)..<Int(component.runs.upperBound)]
        .contains(where: { network.evaluations[Int($0.group)].isSoftmax })
    else { return nil }
    let result =
      factorization ?? LaneFactorization(capacity: Self.mostFactoredNeurons, lanes: lanes)
    factorization = result
    return result
  }

  /// Factors B = I − Dᵀ W at the present slopes.
  func factor(_ component: Component, _ factorization: LaneFactorization) {
    let units = component.units
    network.withRows(units, .inner(component), state.weights) { rows in
      network.neuronOfUnit.withUnsafeBufferPointer {
        factorization.factor(
          rows, units: units.count, neuronOfUnit: $0.baseAddress! + units.lowerBound,
          firstNeuron: component.neurons.lowerBound, order: component.neuronCount,
          slope: state.slope + units.lowerBound * lanes)
      }
    }
  }

  /// Copies a lane's part of a vector over the whole network.
  func extract(
    _ lane: Int, _ range: Range<Int>, from vector: UnsafePointer<Double>,
    to target: UnsafeMutablePointer<Double>
  ) {
    for i in range { target[i] = vector[i * lanes + lane] }
  }

  /// The reverse of ``extract(_:_:from:to:)``.
  func insert(
    _ lane: Int, _ range: Range<Int>, from vector: UnsafePointer<Double>,
    to target: UnsafeMutablePointer<Double>
  ) {
    for i in range { target[i * lanes + lane] = vector[i] }
  }

  /// What a run of sweeps through a component is, and how far it has come.
  struct SweepRun {
    /// The component's units.
    let range: Range<Int>
    /// The iterate, over the whole network, and room for another.
    var now: UnsafeMutablePointer<Double>
    var next: UnsafeMutablePointer<Double>
    let tolerance: Double
    let limit: Int
    /// Whether every step measures residuals.
    let alwaysMeasures: Bool
    var progress = LaneProgress(lanes: 0)
  }

  /// Computes the next iterate for the lanes that run, and leaves the residuals of the present one in ``largest``.
  /// Unless it is asked to measure these, the change that it makes will do. It is told whether some lane will take long.
  typealias SweepStep = (
    _ rows: SparseRows, _ now: UnsafeMutablePointer<Double>,
    _ next: UnsafeMutablePointer<Double>, _ measures: Bool, _ isLong: Bool
  ) -> Void

  /// Sweeps until every lane has come to an end, which leaves each at the vector whose residual was
  /// measured last.
  ///
  /// - Parameters:
  ///   - matrix: what the sweeps multiply by.
  ///   - method: what the sweeps are called in a ``ResidualTrace``.
  func sweep(
    _ run: SweepRun, _ matrix: SweepMatrix, method: @autoclosure () -> String, step: SweepStep
  ) {
    var run = run
    let x = run.now
    swap(&run.progress, &progress)
    matrix.withRows(many: false) { rows in
      for _ in 0..<ComponentWorkspace.fewSweeps where run.progress.runningCount > 0 {
        take(step, rows, &run)
        if !recorders.isEmpty { record(run.progress, method()) }
      }
    }
    if run.progress.runningCount > 0 {
      matrix.withRows(many: true) { rows in
        while run.progress.runningCount > 0 {
          take(step, rows, &run)
          if !recorders.isEmpty { record(run.progress, method()) }
        }
      }
    }
    if run.now != x {
      let first = run.range.lowerBound * lanes
      (x + first).update(from: run.now + first, count: run.range.count * lanes)
    }
    swap(&run.progress, &progress)
  }

  private func take(_ step: SweepStep, _ rows: SparseRows, _ run: inout SweepRun) {
    for b in 0..<lanes { running[b] = run.progress.status[b] == .running ? -1 : 0 }
    let measures =
      run.alwaysMeasures || run.progress.mustMeasure(tolerance: run.tolerance, limit: run.limit)
    step(rows, run.now, run.next, measures, run.progress.isLong)
    run.progress.record(
      largest, tolerance: run.tolerance, limit: run.limit, isMeasured: measures)
    guard run.progress.runningCount > 0 else { return }
    for b in 0..<lanes where running[b] != 0 && run.progress.status[b] != .running {
      for i in run.range { run.next[i * lanes + b] = run.now[i * lanes + b] }
    }
    swap(&run.now, &run.next)
  }

  /// Begins to take down iterates of a component, in the lanes that are traced.
  func beginTrace(
    _ phase: ResidualTrace.Phase, _ samples: Range<Int>, _ batch: Worker.Batch,
    _ component: Component, number: Int
  ) {
    solverName = phase == .equilibrium ? plan.state.name : plan.adjoint.name
    guard let trace = batch.trace else {
      recorders.removeAll()
      return
    }
    recorders = samples.enumerated().map { lane, sample in
      isActive(lane)
        ? ResidualRecorder(trace, phase, sample: sample, component, number: number) : nil
    }
  }

  private func record(_ progress: LaneProgress, _ method: String) {
    for lane in recorders.indices where running[lane] != 0 {
      recorders[lane]?.record(
        progress.residual[lane], after: progress.iterations[lane], by: method)
    }
  }

  /// Hands a lane's recorder to the solver that goes on with it, and back.
  func recording(
    _ lane: Int, in workspace: ComponentWorkspace, _ body: () throws -> SolverOutcome
  ) rethrows -> SolverOutcome {
    workspace.recorder = lane < recorders.count ? recorders[lane] : nil
    let outcome = try body()
    if lane < recorders.count { recorders[lane] = workspace.recorder }
    return outcome
  }

  /// Puts the largest numbers that the pieces have found in place of the first piece's.
  func reduce(_ vector: UnsafeMutablePointer<Double>, _ pieces: Int) {
    for piece in 1..<max(1, pieces) {
      for b in 0..<lanes {
        let value = vector[piece * lanes + b]
        if value > vector[b] || value.isNaN { vector[b] = value }
      }
    }
  }

  /// Takes the sweeps' verdict on a lane as what a solver would have reported.
  func outcome(_ lane: Int, _ name: String) -> SolverOutcome {
    let count = progress.iterations[lane]
    if progress.status[lane] == .converged {
      return SolverOutcome(.converged, iterations: count, detail: name)
    }
    return SolverOutcome(
      .iterationLimit, iterations: count, detail: "\(name) has not settled after \(count) steps")
  }

  func add(
    _ outcome: SolverOutcome, residual: Double, _ lane: Int, _ component: Component,
    _ options: SolverOptions
  ) {
    if lane < recorders.count {
      recorders[lane]?.end(
        residual, after: outcome.iterations, by: outcome.detail ?? solverName)
    }
    evidence[lane].add(
      outcome, of: component, isWhole: false, listsComponents: options.listsComponents)
    if !(residual <= evidence[lane].residual) { evidence[lane].residual = residual }
  }

  /// Marks samples whose answer is not finite; `vector` has `count` elements.
  func checkFinite(_ vector: UnsafePointer<Double>, _ count: Int, _ what: String) {
    // One look at all of them, in vector code, is mostly the last.
    let exponent = UInt64(0x7FF) << 52
    var isBroken = false
    for i in 0..<count * lanes {
      isBroken = isBroken || vector[i].bitPattern & exponent == exponent
    }
    guard isBroken else { return }
    for b in 0..<lanes { largest[b] = 0 }
    for i in 0..<count {
      let values = vector + i * lanes
      for b in 0..<lanes { largest[b] += values[b] * 0 }
    }
    for lane in evidence.indices where isActive(lane) && largest[lane].isNaN {
      evidence[lane].status = .notFinite
      evidence[lane].residual = .nan
      evidence[lane].detail = "\(what) leaves a residual of nan"
    }
  }
}
