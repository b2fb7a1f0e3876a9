import SparseAlgebra

/// The map of one component at the states of some samples: W and Wᵀ over the edges within it, D at the present slopes,
/// and the steps that are made of them, for any number of lanes.
///
/// What comes from outside the component is in ``StateVectors/drive`` and ``StateVectors/source``. Rows are divided into
/// pieces whatever the number of threads; what a row comes to depends on nothing but the row.
final class ComponentOperator {
  let component: Component
  let state: StateVectors
  /// Into how many pieces the rows of a step are divided.
  let pieces: Int
  private let grain: Int
  /// Laid out for speed where that serves: W for one lane alone, Wᵀ always.
  private lazy var weights = PackedWeights(component, isTransposed: false, state.context)
  private lazy var transposedWeights =
    lanes == 1
    ? PackedWeights(component, isTransposed: true, state.context)
    : PackedWeights(transposedEntriesOf: component)

  var lanes: Int { state.lanes }

  init(_ component: Component, _ state: StateVectors) {
    self.component = component
    self.state = state
    pieces = Parallel.pieces((component.edgeCount + 4 * component.unitCount) * state.lanes)
    grain = component.sweepGrain
  }

  /// Where the component's units begin in a vector over all units, and its neurons in one over all neurons.
  var firstUnit: Int { component.units.lowerBound * lanes }
  var firstNeuron: Int { component.neurons.lowerBound * lanes }

  // MARK: Rows

  /// Calls `body` with the component's rows of W, or of Wᵀ.
  ///
  /// - Parameter many: whether enough sweeps are to come that laying out the weights pays, which takes about two.
  func withRows(isTransposed: Bool = false, many: Bool, _ body: (SparseRows) -> Void) {
    // Finding Wᵀ costs more than laying out W.
    let laysOut = many || isTransposed && component.network.transposes.betweenStages != nil
    if laysOut, let weights = isTransposed ? transposedWeights : lanes == 1 ? weights : nil {
      weights.withRows(state, body)
    } else {
      component.withSweepRows(isTransposed: isTransposed, state.weights, body)
    }
  }

  /// Calls `body` with the component's rows of Wᵀ, laid out.
  func withTransposedRows(_ body: (SparseRows) -> Void) {
    withRows(isTransposed: true, many: true, body)
  }

  // MARK: Evaluation

  /// Computes a from z, over the whole network; `nil` for the state's.
  func activate(z: UnsafePointer<Double>? = nil, isValueOnly: Bool) {
    state.activate(component.runs, z: z, isValueOnly: isValueOnly)
  }

  // MARK: Steps of the state

  /// next = W a + drive for some rows, in pieces that leave what they measure where their numbers say.
  ///
  /// - Parameters:
  ///   - part: rows, counted from the component's first.
  ///   - pieces: the numbers of the pieces.
  ///   - z: from the component's first unit on; what changes is measured against.
  ///   - next: from the component's first unit on.
  ///   - measuresError: whether backward errors are measured.
  func step(
    _ matrix: SparseRows, _ part: Range<Int>, pieces: Range<Int>, z: UnsafePointer<Double>,
    into next: UnsafeMutablePointer<Double>, measuresError: Bool
  ) {
    let measures = state.measures
    state.forEachPart(of: part, pieces.count, grain: grain) { index, range in
      let piece = (pieces.lowerBound + index) * lanes
      let error = measuresError ? (measures.error + piece, UnsafePointer(measures.least)) : nil
      SparseKernels.step(
        matrix, rows: range, a: state.activation, drive: state.drive + firstUnit, z: z,
        running: measures.running, next: next,
        change: StepChange(
          change: measures.change + piece, size: measures.size + piece, error: error),
        lanes: lanes)
    }
  }

  /// The same for all rows; the state's measures are those of all pieces then.
  func step(
    _ matrix: SparseRows, z: UnsafePointer<Double>, into next: UnsafeMutablePointer<Double>,
    measuresError: Bool
  ) {
    step(
      matrix, 0..<component.unitCount, pieces: 0..<pieces, z: z, into: next,
      measuresError: measuresError)
    state.measures.reduceStep(pieces, measuresError: measuresError)
  }

  // MARK: Steps of the adjoint

  /// next = D (source + Wᵀ d) for some neurons of a component where every neuron has one unit and a slope of its
  /// own, in pieces that leave what they measure where their numbers say.
  ///
  /// - Parameters:
  ///   - d: from the component's first unit on.
  ///   - next: from the component's first unit on.
  func elementwiseAdjointStep(
    _ matrix: SparseRows, _ part: Range<Int>, pieces: Range<Int>, d: UnsafePointer<Double>,
    into next: UnsafeMutablePointer<Double>
  ) {
    let measures = state.measures
    state.forEachPart(of: part, pieces.count, grain: grain) { index, range in
      let piece = (pieces.lowerBound + index) * lanes
      SparseKernels.adjointStep(
        matrix, rows: range, x: d - firstUnit, source: state.source + firstNeuron,
        slope: state.slope + firstUnit, d: d, running: measures.running, next: next,
        largest: measures.change + piece, scale: measures.size + piece, lanes: lanes)
    }
  }

  /// next = D (source + Wᵀ d); the state's measures are the largest change, and what it is relative to (see
  /// ``SampleEvidence/residual``).
  func adjointStep(
    _ matrix: SparseRows, d: UnsafePointer<Double>, into next: UnsafeMutablePointer<Double>
  ) {
    if component.isElementwise {
      elementwiseAdjointStep(
        matrix, 0..<component.neuronCount, pieces: 0..<pieces, d: d, into: next)
      state.measures.reduceAdjointStep(pieces)
    } else {
      generalAdjointStep(matrix, d: d, into: next)
    }
  }

  /// The same where neurons have several units, or share a softmax.
  private func generalAdjointStep(
    _ matrix: SparseRows, d: UnsafePointer<Double>, into next: UnsafeMutablePointer<Double>
  ) {
    let measures = state.measures
    let lambda = state.lambda
    (lambda + firstNeuron).update(
      from: state.source + firstNeuron, count: component.neuronCount * lanes)
    SparseKernels.addProduct(
      matrix, rows: 0..<component.neuronCount, x: d - firstUnit, to: lambda + firstNeuron,
      lanes: lanes)
    state.multiplySlopes(component.runs, by: lambda, into: next - firstUnit)
    measures.change.update(repeating: 0, count: lanes)
    component.network.setLargestCancelling(
      component.runs, slope: state.slope, by: lambda, into: measures.size, lanes: lanes)
    if lanes == 1, measures.running[0] != 0 {
      measureStep(from: d, to: next)
    } else {
      for s in 0..<component.unitCount {
        let (before, after) = (d + s * lanes, next + s * lanes)
        for b in 0..<lanes {
          let change = abs(after[b] - before[b])
          let largest = measures.change[b]
          measures.change[b] = change <= largest ? largest : (change.isNaN ? .infinity : change)
          measures.size[b] = max(measures.size[b], abs(before[b]), abs(after[b]))
          if measures.running[b] == 0 { after[b] = before[b] }
        }
      }
    }
    for b in 0..<lanes where !measures.change[b].isFinite { measures.change[b] = .nan }
  }

  /// The same measures as for several lanes. Numbers without a sign are ordered as their bits are, what is not a number
  /// last, and a maximum of integers takes many at a time.
  private func measureStep(
    from d: UnsafePointer<Double>, to next: UnsafePointer<Double>
  ) {
    let measures = state.measures
    var change: UInt64 = 0
    var size = abs(measures.size[0]).bitPattern
    for s in 0..<component.unitCount {
      change = max(change, abs(next[s] - d[s]).bitPattern)
      size = max(size, max(abs(d[s]).bitPattern, abs(next[s]).bitPattern))
    }
    measures.change[0] = Double(bitPattern: change)
    measures.size[0] = Double(bitPattern: size)
  }

  // MARK: Products

  /// y += W x for a vector x over the component's neurons; `y` is over its units. One lane.
  func addProduct(of x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>) {
    component.network.withRows(component.units, .inner(component), state.weights) {
      SparseKernels.addProduct(
        $0, rows: 0..<component.unitCount, x: x - component.neurons.lowerBound, to: y)
    }
  }

  /// y += Wᵀ x for a vector x over the component's units; `y` is over its neurons. One lane.
  func addTransposedProduct(of x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>) {
    component.network.withRows(component.units, .inner(component), state.weights) {
      SparseKernels.addTransposedProduct(
        $0, rows: component.unitCount, x: x, to: y - component.neurons.lowerBound)
    }
  }
}
