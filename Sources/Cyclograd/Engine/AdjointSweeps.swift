import SparseAlgebra

/// Sums the Neumann series d = Σₖ (D Wᵀ)ᵏ D g of a component in all lanes. In a small component it starts from what a
/// factorization gives, which is mostly the end; in a large one from an active set, and goes on in an order of blocks.
final class AdjointSweeps {
  private unowned let solver: BatchSolver
  private let state: StateVectors
  private var factorization: LaneFactorization?
  private var order: BlockGaussSeidelOrder?
  private var mixing: LaneMixing?
  /// Lanes whose factor shows signs of a singular matrix.
  private var isSuspicious: [Bool]

  /// What adjoints are called that start from a factorization.
  private static let directName = "dense, side by side"
  /// An inverse that makes vectors so much longer is looked at more closely.
  private static let suspiciousGrowth = 1e6

  init(_ solver: BatchSolver) {
    self.solver = solver
    state = solver.state
    isSuspicious = Array(repeating: false, count: solver.lanes)
  }

  /// What the sweeps are called.
  var name: String {
    factorization != nil
      ? Self.directName
      : mixing != nil
        ? StateSweeps.mixedName : order != nil ? BlockGaussSeidelOrder.name : MethodName.neumann
  }

  /// Whether a lane's factor shows signs of a singular matrix, so that its adjoint is not believed.
  func isSuspicious(_ lane: Int) -> Bool { factorization != nil && isSuspicious[lane] }

  /// Whether it is to be found out if the matrix is regular before an adjoint of the sweeps is believed.
  func mustBeJudged(_ lane: Int, _ map: ComponentOperator) -> Bool {
    if factorization != nil { return false }
    return solver.schedule.adjoint.isExact
      && !ConditionProbe.hasVariedSlopes(
        state.slope + map.firstUnit + lane, map.component.unitCount, stride: state.lanes)
  }

  /// Sweeps until each lane that the solver's progress has running has come to an end.
  func run(_ map: ComponentOperator, _ options: SolverOptions) {
    let component = map.component
    let accelerates = solver.schedule.adjoint.acceleratesSweeps
    factorization = accelerates ? solver.factorization(component) : nil
    (order, mixing) = (nil, nil)
    if accelerates, component.hasLongRows {
      mixing = solver.mixing
      mixing?.restart(length: component.unitCount)
    } else if accelerates, component.isElementwise {
      order = component.blockOrder(lanes: map.lanes)
    }
    var isNearEnd = false
    if let factorization {
      solveDirectly(map, factorization)
    } else if accelerates, solver.linearSweeps.solveAdjoint(map, options) {
      isNearEnd = true
    } else {
      state.multiplySlopes(component.runs, by: state.source, into: state.d)
      var frontier = Frontier(component, state)
      for lane in 0..<state.lanes where solver.progress.status[lane] == .running {
        solver.progress.skip(
          lane,
          frontier.run(
            lane, options.tolerance, scale: state.measures.downstream[lane],
            // Sweeps must have their chance to show how far it has come.
            limit: (options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations) / 2))
      }
    }
    let run = BatchSolver.SweepRun(
      map: map, isTransposed: true, now: state.d + map.firstUnit,
      next: state.next + map.firstUnit, alwaysMeasures: order == nil,
      isNearEnd: isNearEnd)
    let (measures, lanes) = (state.measures, state.lanes)
    solver.sweep(run, method: name) { rows, now, next, measured in
      if let order, !measured.all {
        blockSteps(map, order, rows, now, next, measured)
      } else {
        map.adjointStep(rows, d: now, into: next)
      }
      for b in 0..<lanes {
        let change = measures.change[b]
        measures.change[b] =
          change == 0 ? 0 : change / max(measures.size[b], measures.downstream[b])
        measures.error[b] = measures.change[b]
      }
      mixing?.advance(now, image: next, running: measures.running, sizes: measures.size)
    }
  }

  /// d = D B⁻ᵀ source, and d = D source in lanes whose factor is not to be trusted.
  private func solveDirectly(_ map: ComponentOperator, _ factorization: LaneFactorization) {
    let (lanes, count) = (map.lanes, map.component.neuronCount)
    solver.factor(map, factorization)
    let (lambda, source) = (state.lambda + map.firstNeuron, state.source + map.firstNeuron)
    // A vector that favours no direction shows what the inverse may do, also where the source does not.
    for k in 0..<count {
      let value = ConditionProbe.startValue(k, of: count)
      for b in 0..<lanes { lambda[k * lanes + b] = value }
    }
    factorization.solveTransposed(lambda, order: count)
    for b in 0..<lanes {
      isSuspicious[b] = !(largest(lambda, count, b) <= 2 * Self.suspiciousGrowth)
    }
    lambda.update(from: source, count: count * lanes)
    factorization.solveTransposed(lambda, order: count)
    refine(map, factorization)
    for b in 0..<lanes {
      let growth = largest(lambda, count, b) / largest(source, count, b)
      if !(growth <= Self.suspiciousGrowth) { isSuspicious[b] = true }
      if factorization.growth[b] <= BatchSolver.mostGrowth { continue }
      for k in 0..<count { lambda[k * lanes + b] = source[k * lanes + b] }
    }
    state.multiplySlopes(map.component.runs, by: state.lambda, into: state.d)
  }

  /// λ += B⁻ᵀ (source + Wᵀ D λ − λ): what the factorization has lost.
  private func refine(_ map: ComponentOperator, _ factorization: LaneFactorization) {
    let (lanes, count) = (map.lanes, map.component.neuronCount)
    state.multiplySlopes(map.component.runs, by: state.lambda, into: state.d)
    let (lambda, rest) = (state.lambda + map.firstNeuron, state.spare + map.firstNeuron)
    let source = state.source + map.firstNeuron
    for i in 0..<count * lanes { rest[i] = source[i] - lambda[i] }
    map.withTransposedRows {
      SparseKernels.addProduct($0, rows: 0..<count, x: state.d, to: rest, lanes: lanes)
    }
    factorization.solveTransposed(rest, order: count)
    for i in 0..<count * lanes { lambda[i] += rest[i] }
  }

  /// max |v| of a lane; not finite where a number is not.
  private func largest(_ v: UnsafePointer<Double>, _ count: Int, _ lane: Int) -> Double {
    var result = 0.0
    for k in 0..<count {
      let size = abs(v[k * state.lanes + lane])
      if !(size <= result) { result = size.isNaN ? .infinity : size }
    }
    return result
  }

  /// next = D (source + Wᵀ d) block by block from the last to the first, each with the d that the blocks before
  /// it have just got. Lanes that are to be measured keep theirs, so that their step is a plain one.
  private func blockSteps(
    _ map: ComponentOperator, _ order: BlockGaussSeidelOrder, _ rows: SparseRows,
    _ d: UnsafeMutablePointer<Double>, _ next: UnsafeMutablePointer<Double>,
    _ measured: MeasuredLanes
  ) {
    let lanes = map.lanes
    for (index, range) in order.ranges.enumerated().reversed() {
      map.elementwiseAdjointStep(rows, range, pieces: order.pieces(index), d: d, into: next)
      let first = range.lowerBound * lanes
      guard measured.any else {
        (d + first).update(from: next + first, count: range.count * lanes)
        continue
      }
      for s in range {
        for b in 0..<lanes where !measured[b] { d[s * lanes + b] = next[s * lanes + b] }
      }
    }
    state.measures.reduceAdjointStep(order.pieceCount)
  }
}
