import SparseAlgebra

/// Sweeps z ← W f(z) + drive through a component in all lanes, each lane with Newton steps or an order of blocks where
/// those are cheaper.
final class StateSweeps {
  private unowned let solver: BatchSolver
  private let state: StateVectors
  private var factorization: LaneFactorization?
  private var order: BlockGaussSeidelOrder?
  /// Lanes that take Newton steps from now on.
  private var isNewton: [Bool]
  /// max |z| of each lane, of the present iterate and of the next.
  private var size: [Double]
  private var nextSize: [Double]
  /// The lanes' last changes, relative to their sizes.
  private var change: [Double]
  /// Whether a belongs to the present z already.
  private var isActivated = false
  private var count = 0

  private static let newtonName = "newton, side by side"
  /// Further away Newton's steps may lead anywhere, while plain ones come nearer.
  private static let nearby = 0.03

  init(_ solver: BatchSolver) {
    self.solver = solver
    state = solver.state
    isNewton = Array(repeating: false, count: solver.lanes)
    size = Array(repeating: 0, count: solver.lanes)
    nextSize = size
    change = size
  }

  /// What a lane's sweeps are called.
  func name(_ lane: Int) -> String {
    isNewton[lane] ? Self.newtonName : order == nil ? "picard" : BlockGaussSeidelOrder.name
  }

  /// Whether a lane's Newton steps have led far from any equilibrium.
  func hasStrayed(_ lane: Int) -> Bool { isNewton[lane] && !(change[lane] <= Self.nearby) }

  /// Sweeps until each lane that the solver's progress has running has come to an end.
  func run(_ map: ComponentOperator) {
    let component = map.component
    let accelerates = solver.schedule.state.acceleratesSweeps
    factorization = accelerates ? solver.factorization(component) : nil
    order = accelerates ? component.blockOrder(lanes: map.lanes) : nil
    for b in isNewton.indices { isNewton[b] = false }
    (isActivated, count) = (false, 0)
    guard solver.progress.runningCount > 0 else { return }
    setSizes(component, of: state.z + map.firstUnit, to: &size)
    let run = BatchSolver.SweepRun(
      map: map, now: state.z + map.firstUnit, next: state.next + map.firstUnit,
      alwaysMeasures: false)
    solver.sweep(
      run, method: { name($0) }, change: { change[$0] }, error: { state.measures.error[$0] }
    ) { now, next, measured in
      step(map, now, next, measured)
    }
  }

  private func step(
    _ map: ComponentOperator, _ now: UnsafeMutablePointer<Double>,
    _ next: UnsafeMutablePointer<Double>, _ measured: MeasuredLanes
  ) {
    if factorization != nil {
      for b in isNewton.indices where solver.progress.isLong[b] { isNewton[b] = true }
    }
    let measures = state.measures
    let newton = factorization != nil && isNewton.contains(true)
    if !isActivated { map.activate(z: now - map.firstUnit, isValueOnly: !newton) }
    for b in size.indices { measures.least[b] = ComponentWorkspace.least(size[b]) }
    map.withRows(many: count >= ComponentWorkspace.fewSweeps) { rows in
      if let order, !measured.all {
        blockSteps(map, order, rows, now, next, measured)
        isActivated = !measured.any
      } else {
        map.step(rows, z: now, into: next, measuresError: measured.any)
        isActivated = false
      }
    }
    count += 1
    for b in size.indices {
      nextSize[b] = measures.size[b]
      let moved = measures.change[b]
      change[b] = moved == 0 ? 0 : moved / max(size[b], nextSize[b])
    }
    if newton, let factorization {
      takeNewtonSteps(map, factorization, now, next)
      setSizes(map.component, of: next, to: &nextSize)
    }
    swap(&size, &nextSize)
  }

  private func setSizes(
    _ component: Component, of z: UnsafePointer<Double>, to sizes: inout [Double]
  ) {
    let lanes = state.lanes
    for b in 0..<lanes { sizes[b] = 0 }
    for i in 0..<component.unitCount {
      for b in 0..<lanes { sizes[b] = max(sizes[b], abs(z[i * lanes + b])) }
    }
  }

  /// next = W a + drive block by block, each with the activations that the blocks before it have just got. Lanes that
  /// are to be measured keep theirs, so that their step is a plain one.
  private func blockSteps(
    _ map: ComponentOperator, _ order: BlockGaussSeidelOrder, _ rows: SparseRows,
    _ now: UnsafePointer<Double>,
    _ next: UnsafeMutablePointer<Double>, _ measured: MeasuredLanes
  ) {
    let component = map.component
    let first = component.neurons.lowerBound
    for (index, range) in order.ranges.enumerated() {
      map.step(
        rows, range, pieces: order.pieces(index), z: now, into: next, measuresError: measured.any)
      let neurons = first + range.lowerBound..<first + range.upperBound
      let z = UnsafePointer(next) - map.firstUnit
      guard measured.any else {
        state.activate(component.runs, within: neurons, z: z, isValueOnly: true)
        continue
      }
      state.activate(component.runs, within: neurons, z: z, into: state.lambda, isValueOnly: true)
      let lanes = map.lanes
      for k in neurons {
        for b in 0..<lanes where !measured[b] {
          state.activation[k * lanes + b] = state.lambda[k * lanes + b]
        }
      }
    }
    state.measures.reduceStep(order.pieceCount, measuresError: measured.any)
  }

  /// Turns plain steps into Newton's: with ρ = W a + drive − z, next = z + ρ + W B⁻¹ Dᵀ ρ. Lanes that do not run have
  /// ρ = 0; those that are far away, or whose factor is not to be trusted, keep the plain step.
  private func takeNewtonSteps(
    _ map: ComponentOperator, _ factorization: LaneFactorization,
    _ now: UnsafePointer<Double>, _ next: UnsafeMutablePointer<Double>
  ) {
    let component = map.component
    let (lanes, neurons) = (map.lanes, component.neuronCount)
    solver.factor(map, factorization)
    let sums = state.lambda + map.firstNeuron
    sums.update(repeating: 0, count: neurons * lanes)
    for s in 0..<component.unitCount {
      let unit = component.units.lowerBound + s
      let sum = state.lambda + Int(component.network.neuronOfUnit[unit]) * lanes
      for b in 0..<lanes {
        sum[b] += state.slope[unit * lanes + b] * (next[s * lanes + b] - now[s * lanes + b])
      }
    }
    factorization.solve(sums, order: neurons)
    for b in 0..<lanes {
      if isNewton[b], factorization.growth[b] <= BatchSolver.mostGrowth, change[b] <= Self.nearby {
        continue
      }
      for k in 0..<neurons { sums[k * lanes + b] = 0 }
    }
    component.network.withRows(component.units, .inner(component), state.weights) {
      SparseKernels.addProduct(
        $0, rows: 0..<component.unitCount, x: state.lambda, to: next, lanes: lanes)
    }
  }
}
