import SparseAlgebra

/// Sweeps z ← W f(z) + drive through a component in all lanes; in an order of blocks or with mixed iterates where that is
/// cheaper.
final class StateSweeps {
  private unowned let solver: BatchSolver
  private let state: StateVectors
  private var order: BlockGaussSeidelOrder?
  private var mixing: LaneMixing?
  /// Whether a belongs to the present z already.
  private var isActivated = false

  init(_ solver: BatchSolver) {
    self.solver = solver
    state = solver.state
  }

  /// What the sweeps are called.
  var name: String {
    mixing != nil ? Self.mixedName : order == nil ? MethodName.picard : BlockGaussSeidelOrder.name
  }

  /// What sweeps are called whose iterates are mixed.
  static let mixedName = "\(MethodName.anderson), side by side"

  /// Sweeps until each lane that the solver's progress has running has come to an end.
  ///
  /// - Parameter workspace: the component's.
  func run(_ map: ComponentOperator, _ workspace: ComponentWorkspace) {
    let component = map.component
    let accelerates = solver.schedule.state.acceleratesSweeps
    isActivated = false
    (order, mixing) = (nil, nil)
    guard solver.progress.runningCount > 0 else { return }
    // Where there may be several equilibria, the one that plain sweeps lead to is the answer.
    if accelerates, component.hasLongRows, workspace.isContraction {
      mixing = solver.mixing
      mixing?.restart(length: component.unitCount)
    } else if accelerates {
      order = component.blockOrder(lanes: map.lanes)
    }
    setSizes(component, of: state.z + map.firstUnit, to: state.measures.present)
    let run = BatchSolver.SweepRun(
      map: map, isTransposed: false, now: state.z + map.firstUnit,
      next: state.next + map.firstUnit, alwaysMeasures: false,
      isNearEnd: solver.isWarm.contains(true))
    solver.sweep(run, method: name) { rows, now, next, measured in
      step(map, rows, now, next, measured)
    }
  }

  private func step(
    _ map: ComponentOperator, _ rows: SparseRows, _ now: UnsafeMutablePointer<Double>,
    _ next: UnsafeMutablePointer<Double>, _ measured: MeasuredLanes
  ) {
    let measures = state.measures
    if !isActivated { map.activate(z: now - map.firstUnit, isValueOnly: true) }
    let (lanes, present) = (map.lanes, measures.present)
    for b in 0..<lanes { measures.least[b] = ComponentWorkspace.least(present[b]) }
    if let order, !measured.all {
      blockSteps(map, order, rows, now, next, measured)
      isActivated = !measured.any
    } else {
      map.step(rows, z: now, into: next, measuresError: measured.any)
      isActivated = false
    }
    for b in 0..<lanes {
      let (moved, size) = (measures.change[b], measures.size[b])
      measures.change[b] = moved == 0 ? 0 : moved / max(present[b], size)
      present[b] = size
    }
    mixing?.advance(now, image: next, running: measures.running, sizes: present)
  }

  private func setSizes(
    _ component: Component, of z: UnsafePointer<Double>, to sizes: UnsafeMutablePointer<Double>
  ) {
    for b in 0..<state.lanes { sizes[b] = 0 }
    SweepMeasures.raise(sizes, to: z, count: component.unitCount, lanes: state.lanes)
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
        rows, order.unitRanges[index], pieces: order.pieces(index), z: now, into: next,
        measuresError: measured.any)
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
