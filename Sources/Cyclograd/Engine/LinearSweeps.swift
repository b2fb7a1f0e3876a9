import SparseAlgebra

/// Solves v = c (M v + source) in all lanes, where M is the matrix of a component's ``LinearCore`` or its transpose: the
/// equilibrium of a linear component, and its adjoint, before the ordinary sweeps judge it.
///
/// Its vectors have a number for each neuron, where those of the component have one for each unit, and its steps are those of
/// the adjoint of a component whose neurons have one unit, in tiles and blocks as there.
final class LinearSweeps {
  private unowned let solver: BatchSolver
  private let state: StateVectors
  private var progress: SweepProgress
  private var measured: MeasuredLanes
  private var storage = VectorStorage(count: 0)
  private var capacity = 0
  /// For the bundles of W, and of Wᵀ.
  private let packed = PackedWeightsBuffer()
  private let transposedPacked = PackedWeightsBuffer()
  /// Of the components' matrices.
  private var orders: [ObjectIdentifier: BlockGaussSeidelOrder?] = [:]

  /// What sweeps leave is to pass the judgement of the ordinary ones at once.
  private static let share = 0.125
  /// Smaller changes are those of rounding.
  private static let finest = 4 * Double.ulpOfOne

  init(_ solver: BatchSolver) {
    self.solver = solver
    state = solver.state
    progress = SweepProgress(lanes: state.lanes)
    measured = MeasuredLanes(lanes: state.lanes)
  }

  // MARK: States

  /// Brings z of a component near its equilibrium in the lanes that the solver's progress has running; where that does not
  /// succeed, it stays what it is.
  func solveState(_ map: ComponentOperator, _ options: SolverOptions) {
    guard let core = core(map) else { return }
    let (lanes, firstUnit) = (map.lanes, map.firstUnit)
    let (z, drive) = (state.z + firstUnit, state.drive + firstUnit)
    let slope = state.slope + firstUnit
    setFactors(map, core)
    state.activate(map.component.runs, isValueOnly: false)
    let vectors = vectors(core.units.count)
    for b in 0..<lanes {
      let start = isKnown(b, map, core) ? z : drive
      core.forEachUnit { k, unit in
        let (i, s) = (k * lanes + b, unit * lanes + b)
        vectors.slope[i] = slope[s]
        vectors.source[i] = drive[s]
        vectors.now[i] = slope[s] * start[s]
      }
    }
    core.withRows(state, isTransposed: false, packed) { rows, offset in
      sweep(
        map, core, rows, offset, vectors, UnsafePointer(vectors.source), isBackwards: false,
        options, limit: (options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations) / 2)
      // What is stored is z = W a + drive.
      SparseKernels.addProduct(
        rows, rows: 0..<core.units.count, x: vectors.now - offset * lanes, to: vectors.source,
        lanes: lanes)
    }
    for b in 0..<lanes where progress.status[b] == .converged {
      core.forEachUnit { k, unit in z[unit * lanes + b] = vectors.source[k * lanes + b] }
    }
    count()
  }

  /// Lets z of units that nothing within feeds be what comes from outside: slopes of the others follow from it.
  private func setFactors(_ map: ComponentOperator, _ core: LinearCore) {
    let lanes = map.lanes
    let (z, drive) = (state.z + map.firstUnit, state.drive + map.firstUnit)
    for b in 0..<lanes where solver.progress.status[b] == .running {
      var next = 0
      func copy(until end: Int) {
        for s in next..<end { z[s * lanes + b] = drive[s * lanes + b] }
        next = end + 1
      }
      core.forEachUnit { copy(until: $1) }
      copy(until: map.component.unitCount)
    }
  }

  /// Whether a lane has a start that says something.
  private func isKnown(_ lane: Int, _ map: ComponentOperator, _ core: LinearCore) -> Bool {
    guard lane < solver.isWarm.count, solver.isWarm[lane] else { return false }
    let z = state.z + map.firstUnit + lane
    return core.units.contains { z[Int($0) * state.lanes] != 0 }
  }

  // MARK: Adjoints

  /// Sets d of a component near its adjoint, and to D source where that does not succeed.
  func solveAdjoint(_ map: ComponentOperator, _ options: SolverOptions) -> Bool {
    guard let core = core(map) else { return false }
    let (lanes, firstUnit) = (map.lanes, map.firstUnit)
    let vectors = vectors(core.units.count)
    let slope = state.slope + firstUnit
    core.forEachUnit { k, unit in
      for b in 0..<lanes { vectors.slope[k * lanes + b] = slope[unit * lanes + b] }
    }
    let source = UnsafePointer(state.source + map.firstNeuron)
    for i in 0..<core.units.count * lanes { vectors.now[i] = vectors.slope[i] * source[i] }
    let lambda = state.lambda + map.firstNeuron
    core.withRows(state, isTransposed: true, transposedPacked) { rows, offset in
      sweep(
        map, core, rows, offset, vectors, source, isBackwards: true, options,
        limit: (options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations) / 2)
      for b in 0..<lanes where progress.status[b] != .converged {
        for k in 0..<core.units.count { vectors.now[k * lanes + b] = 0 }
      }
      lambda.update(from: source, count: core.units.count * lanes)
      SparseKernels.addProduct(
        rows, rows: 0..<core.units.count, x: vectors.now - offset * lanes, to: lambda, lanes: lanes)
    }
    state.multiplySlopes(map.component.runs, by: state.lambda, into: state.d)
    count()
    return true
  }

  // MARK: Sweeps

  private struct Vectors {
    var now: UnsafeMutablePointer<Double>
    var next: UnsafeMutablePointer<Double>
    var slope: UnsafeMutablePointer<Double>
    var source: UnsafeMutablePointer<Double>
  }

  private func core(_ map: ComponentOperator) -> LinearCore? {
    guard map.component.neuronCount > BatchSolver.mostFactoredNeurons else { return nil }
    return map.component.linearCore(state.context)
  }

  private func vectors(_ neurons: Int) -> Vectors {
    let count = neurons * state.lanes
    if capacity < count {
      storage = VectorStorage(count: 4 * count)
      capacity = count
    }
    let start = storage.start
    return Vectors(
      now: start, next: start + count, slope: start + 2 * count, source: start + 3 * count)
  }

  private func order(_ map: ComponentOperator, _ core: LinearCore) -> BlockGaussSeidelOrder? {
    if let known = orders[ObjectIdentifier(core)] { return known }
    let order = BlockGaussSeidelOrder(map.component, core: core, lanes: map.lanes)
    orders[ObjectIdentifier(core)] = .some(order)
    return order
  }

  /// now = slope (M now + source), from what it is.
  private func sweep(
    _ map: ComponentOperator, _ core: LinearCore, _ rows: SparseRows, _ offset: Int,
    _ vectors: Vectors, _ source: UnsafePointer<Double>, isBackwards: Bool,
    _ options: SolverOptions, limit: Int
  ) {
    let (lanes, measures) = (map.lanes, state.measures)
    let neurons = core.units.count
    progress.restart(
      tolerance: max(Self.finest, Self.share * options.tolerance), limit: max(1, limit)
    ) {
      solver.progress.status[$0] == .running
    }
    let order = order(map, core)
    func step(_ part: Range<Int>, _ pieces: Range<Int>) {
      state.forEachPart(of: part, pieces.count, grain: core.grain) { index, range in
        let piece = (pieces.lowerBound + index) * lanes
        SparseKernels.adjointStep(
          rows, rows: range, x: vectors.now - offset * lanes, source: source,
          slope: vectors.slope, d: vectors.now, running: measures.running, next: vectors.next,
          largest: measures.change + piece, scale: measures.size + piece, lanes: lanes)
      }
      let first = part.lowerBound * lanes
      (vectors.now + first).update(from: vectors.next + first, count: part.count * lanes)
    }
    while progress.runningCount > 0, !state.context.isCancelled {
      progress.sweep(measures, &measured, alwaysMeasures: true) { _ in
        if let order {
          for block in order.ranges.indices {
            let index = isBackwards ? order.ranges.count - 1 - block : block
            step(order.ranges[index], order.pieces(index))
          }
          measures.reduceAdjointStep(order.pieceCount)
        } else {
          let pieces = Parallel.pieces((map.component.edgeCount + 4 * neurons) * lanes)
          step(0..<neurons, 0..<pieces)
          measures.reduceAdjointStep(pieces)
        }
        for b in 0..<lanes {
          let change = measures.change[b]
          measures.change[b] = change == 0 ? 0 : change / measures.size[b]
          measures.error[b] = measures.change[b]
        }
      }
    }
  }

  /// Tells the solver how many sweeps there were.
  private func count() {
    for lane in 0..<state.lanes where solver.progress.status[lane] == .running {
      solver.progress.skip(lane, progress.iterations[lane])
    }
  }
}
