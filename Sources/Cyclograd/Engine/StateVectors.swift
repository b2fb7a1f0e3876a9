import SparseAlgebra

/// The vectors of some samples that are computed side by side, over the whole network: element i of lane b is at
/// i · lanes + b (see ``SparseAlgebra/SparseKernels``). A sample by itself is one lane.
///
/// They are refilled for each group of samples and allocate nothing after they were made. Lanes without a
/// sample compute along on zeros.
final class StateVectors {
  let network: Network
  let lanes: Int
  /// z, per unit.
  let z: UnsafeMutablePointer<Double>
  /// a, per neuron.
  let activation: UnsafeMutablePointer<Double>
  /// ∂a/∂z, per unit; see ``UnitEvaluation``.
  let slope: UnsafeMutablePointer<Double>
  /// b + x̂, and within a component also what comes from outside it; per unit.
  let drive: UnsafeMutablePointer<Double>
  /// The next z or d, per unit.
  let next: UnsafeMutablePointer<Double>
  /// ∂E/∂z, per unit.
  let d: UnsafeMutablePointer<Double>
  /// g + what comes from downstream, per neuron.
  let source: UnsafeMutablePointer<Double>
  /// Room for one number per neuron: g + Wᵀ d, or activations that are not taken over yet.
  let lambda: UnsafeMutablePointer<Double>
  /// Room for another.
  let spare: UnsafeMutablePointer<Double>
  /// What sweeps measure.
  let measures: SweepMeasures
  /// Who does the pieces of sweeps.
  var context = ExecutionContext.serial
  /// W's values in CSR order, for the length of a call.
  private(set) var weights: UnsafePointer<Double>
  /// How many times other weights were bound; what was made of them is known by it.
  private(set) var callCount = 0
  /// The array that the weights of the last call stand in. It is held so that its place is given to no other, and so
  /// that who changes it gets a copy: what was made of weights in the same place is good as it is.
  private var boundArray: [Double]?
  /// Where W's weights within a component are laid out for sweeps, those of Wᵀ, and those that serve both.
  let packed = PackedWeightsBuffer()
  let transposedPacked = PackedWeightsBuffer()
  let tiled = PackedWeightsBuffer()
  private let storage: VectorStorage
  private let noWeights: UnsafeMutablePointer<Double>

  /// - Precondition: `lanes` is one of ``SparseAlgebra/SparseKernels/laneCounts``.
  init(_ network: Network, lanes: Int) {
    SparseKernels.check(lanes: lanes)
    self.network = network
    self.lanes = lanes
    let units = network.unitCount * lanes
    let neurons = network.neuronCount * lanes
    storage = VectorStorage(count: 5 * units + 4 * neurons)
    z = storage.start
    slope = z + units
    drive = slope + units
    next = drive + units
    d = next + units
    activation = d + units
    source = activation + neurons
    lambda = source + neurons
    spare = lambda + neurons
    measures = SweepMeasures(lanes: lanes)
    noWeights = .allocate(capacity: 1)
    noWeights.initialize(to: 0)
    weights = UnsafePointer(noWeights)
  }

  deinit {
    noWeights.deallocate()
  }

  /// Runs `body` with the weights bound.
  ///
  /// - Parameter array: where they stand from its first element on, so that a later call with the same one need not lay
  ///   them out again; `nil` where nobody can say.
  func withWeights<Result>(
    _ weights: UnsafePointer<Double>, of array: [Double]? = nil, _ body: () throws -> Result
  ) rethrows -> Result {
    self.weights = weights
    if !isBound(array) { callCount += 1 }
    boundArray = array
    defer { self.weights = UnsafePointer(noWeights) }
    return try body()
  }

  /// Gives back the room of large weights that are laid out.
  func giveBackLargeRoom() {
    for buffer in [packed, transposedPacked, tiled] { buffer.giveBackLargeRoom() }
  }

  private func isBound(_ array: [Double]?) -> Bool {
    guard let array, let boundArray else { return false }
    return array.withUnsafeBufferPointer { array in
      boundArray.withUnsafeBufferPointer {
        $0.baseAddress == array.baseAddress && $0.count == array.count
      }
    }
  }

  // MARK: Lanes

  /// Copies a lane of `vector` over some indices into a vector of one lane.
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

  /// Calls `body` once for each of `count` parts of a range (see ``ExecutionContext``). Of small components the parts are
  /// so short that it would take as long to ask who does them, so a single one is done at once.
  func forEachPart(
    of range: Range<Int>, _ count: Int, grain: Int = 1, _ body: (_ piece: Int, Range<Int>) -> Void
  ) {
    if count == 1 { return body(0, range) }
    context.forEachPart(of: range, count, grain: grain, body)
  }

  // MARK: Products and evaluations, in pieces for several threads

  /// y += W a for some units; `y` is over the whole network.
  func addProduct(_ units: Range<Int>, _ part: MatrixPart, to y: UnsafeMutablePointer<Double>) {
    let first = units.lowerBound * lanes
    let edges = network.rows.edgeCount(units)
    let pieces = Parallel.pieces((edges + 4 * units.count) * lanes)
    network.withRows(units, part, weights) { rows in
      forEachPart(of: 0..<units.count, pieces, grain: RowBundles.size) { _, range in
        SparseKernels.addProduct(rows, rows: range, x: activation, to: y + first, lanes: lanes)
      }
    }
  }

  /// y += Wᵀ d for some neurons; `y` is over the whole network.
  func addTransposedProduct(
    _ neurons: Range<Int>, _ part: MatrixPart, to y: UnsafeMutablePointer<Double>
  ) {
    let first = neurons.lowerBound * lanes
    let pieces = Parallel.pieces(network.transposedEdgeCount(neurons, part) * lanes)
    network.withTransposedRows(neurons, part, weights) { rows in
      forEachPart(of: 0..<neurons.count, pieces) { _, range in
        SparseKernels.addProduct(rows, rows: range, x: d, to: y + first, lanes: lanes)
      }
    }
  }

  /// Computes a from z for the runs of a range, and the slopes if they are asked for.
  ///
  /// - Parameters:
  ///   - neurons: those to which this is limited; they have a unit each where they cut a run.
  ///   - z: over the whole network; `nil` for ``z``.
  ///   - activation: over the whole network; `nil` for ``activation``.
  func activate(
    _ runs: Range<Int32>, within neurons: Range<Int>? = nil, z: UnsafePointer<Double>? = nil,
    into activation: UnsafeMutablePointer<Double>? = nil, isValueOnly: Bool
  ) {
    let z = z ?? UnsafePointer(self.z)
    let activation = activation ?? self.activation
    for index in runs {
      let run = network.runs[Int(index)]
      var part = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      if let neurons { part = neurons.clamped(to: part) }
      if part.isEmpty { continue }
      let evaluation = network.evaluations[Int(run.group)]
      let pieces = evaluation.isSoftmax ? 1 : Parallel.pieces(2 * part.count * lanes)
      forEachPart(of: part, pieces) { _, part in
        let unit = Int(network.unitStarts[part.lowerBound])
        evaluation.evaluate(
          part.count, lanes: lanes, isValueOnly: isValueOnly, z: z + unit * lanes,
          activation: activation + part.lowerBound * lanes, slope: slope + unit * lanes)
      }
    }
  }

  /// result = D λ for the runs of a range; both are over the whole network.
  func multiplySlopes(
    _ runs: Range<Int32>, by lambda: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    network.multiplySlopes(runs, slope: slope, by: lambda, into: result, lanes: lanes)
  }
}
