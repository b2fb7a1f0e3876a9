import SparseAlgebra

/// Sweeps z ← W f(z) + drive through a component in all lanes, in an order of blocks where that is cheaper.
final class StateSweeps {
  private unowned let solver: BatchSolver
  private let state: StateVectors
  private var order: BlockGaussSeidelOrder?
  /// max |z| of each lane, of the present iterate and of the next.
  private var size: [Double]
  private var nextSize: [Double]
  /// The lanes' last changes, relative to their sizes.
  private var change: [Double]
  /// Whether a belongs to the present z already.
  private var isActivated = false
  private var count = 0

  init(_ solver: BatchSolver) {
    self.solver = solver
    state = solver.state
    size = Array(repeating: 0.0, count: solver.lanes)
    nextSize = size
    change = size
  }

  /// What the sweeps are called.
  var name: String { order == nil ? "picard" : BlockGaussSeidelOrder.name }

  /// Sweeps until each lane that the solver's progress has running has come to an end.
  func run(_ map: ComponentOperator) {
    let component = map.component
    let accelerates = solver.schedule.state.acceleratesSweeps
    order = accelerates ? component.blockOrder(lanes: map.lanes) : nil
    (isActivated, count) = (false, 0)
    guard solver.progress.runningCount > 0 else { return }
    setSizes(component, of: state.z + map.firstUnit, to: &size)
    let run = BatchSolver.SweepRun(
      map: map, now: state.z + map.firstUnit, next: state.next + map.firstUnit,
      alwaysMeasures: false)
    solver.sweep(
      run, method: name, change: { change[$0] }, error: { state.measures.error[$0] }
    ) { now, next, measured in
      step(map, now, next, measured)
    }
  }

  private func step(
    _ map: ComponentOperator, _ now: UnsafeMutablePointer<Double>,
    _ next: UnsafeMutablePointer<Double>, _ measured: MeasuredLanes
  ) {
    let measures = state.measures
    if !isActivated { map.activate(z: now - map.firstUnit, isValueOnly: true) }
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
}
