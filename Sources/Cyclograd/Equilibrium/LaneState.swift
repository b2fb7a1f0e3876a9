import SparseAlgebra

/// The vectors of several samples that one worker computes with side by side, over the whole network:
/// element i of lane b is at i · lanes + b (see ``SparseAlgebra/SparseKernels``).
///
/// It is refilled for each group of samples and allocates nothing after it was made. Lanes without a
/// sample compute along on zeros.
final class LaneState {
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
  /// g + Wᵀ d, per neuron.
  let lambda: UnsafeMutablePointer<Double>
  /// W's values in CSR order, for the length of a call.
  var weights: UnsafePointer<Double>
  private let storage: VectorStorage
  private let noWeights: UnsafeMutablePointer<Double>

  init(_ network: Network, lanes: Int) {
    self.network = network
    self.lanes = lanes
    let units = network.unitCount * lanes
    let neurons = network.neuronCount * lanes
    storage = VectorStorage(count: 5 * units + 3 * neurons)
    z = storage.start
    slope = z + units
    drive = slope + units
    next = drive + units
    d = next + units
    activation = d + units
    source = activation + neurons
    lambda = source + neurons
    noWeights = .allocate(capacity: 1)
    weights = UnsafePointer(noWeights)
  }

  deinit {
    noWeights.deallocate()
  }

  /// Runs `body` with the weights bound.
  func withWeights<Result>(
    _ weights: UnsafePointer<Double>, _ body: () throws -> Result
  ) rethrows -> Result {
    self.weights = weights
    defer { self.weights = UnsafePointer(noWeights) }
    return try body()
  }

  // MARK: Products and evaluations, in pieces for several threads

  /// y += W a for some units; `y` is over the whole network.
  func addProduct(
    _ units: Range<Int>, _ part: MatrixPart, to y: UnsafeMutablePointer<Double>, threads: Int
  ) {
    let first = units.lowerBound * lanes
    network.withRows(units, part, weights) { rows in
      Parallel.forEachPart(of: 0..<units.count, pieces(units), threads: threads) { _, range in
        SparseKernels.addProduct(rows, rows: range, x: activation, to: y + first, lanes: lanes)
      }
    }
  }

  /// y += Wᵀ d for some neurons; `y` is over the whole network.
  func addTransposedProduct(
    _ neurons: Range<Int>, _ part: MatrixPart, to y: UnsafeMutablePointer<Double>, threads: Int
  ) {
    let first = neurons.lowerBound * lanes
    let edges = Int(network.outStarts[neurons.upperBound] - network.outStarts[neurons.lowerBound])
    network.withTransposedRows(neurons, part, weights) { rows in
      Parallel.forEachPart(
        of: 0..<neurons.count, Parallel.pieces(edges * lanes), threads: threads
      ) { _, range in
        SparseKernels.addProduct(rows, rows: range, x: d, to: y + first, lanes: lanes)
      }
    }
  }

  /// Into how many pieces products with some units' rows are divided.
  func pieces(_ units: Range<Int>) -> Int {
    let edges = Int(network.rowStarts[units.upperBound] - network.rowStarts[units.lowerBound])
    return Parallel.pieces((edges + 4 * units.count) * lanes)
  }

  /// Computes a from z for some neurons of the runs of a range, which have a unit each.
  ///
  /// - Parameter z: over the whole network.
  func activate(
    _ runs: Range<Int32>, within neurons: Range<Int>, z: UnsafePointer<Double>, threads: Int
  ) {
    for index in runs {
      let run = network.runs[Int(index)]
      let part = neurons.clamped(
        to: Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound))
      if part.isEmpty { continue }
      activate(part, network.evaluations[Int(run.group)], z: z, isValueOnly: true, threads: threads)
    }
  }

  /// Computes a from z for the runs of a range, and the slopes if they are asked for.
  ///
  /// - Parameter z: over the whole network; `nil` for ``z``.
  func activate(
    _ runs: Range<Int32>, z: UnsafePointer<Double>? = nil, isValueOnly: Bool, threads: Int
  ) {
    let z = z ?? UnsafePointer(self.z)
    for index in runs {
      let run = network.runs[Int(index)]
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      activate(
        neurons, network.evaluations[Int(run.group)], z: z, isValueOnly: isValueOnly,
        threads: threads)
    }
  }

  private func activate(
    _ neurons: Range<Int>, _ evaluation: UnitEvaluation, z: UnsafePointer<Double>,
    isValueOnly: Bool, threads: Int
  ) {
    let pieces = evaluation.isSoftmax ? 1 : Parallel.pieces(2 * neurons.count * lanes)
    Parallel.forEachPart(of: neurons, pieces, threads: threads) { _, part in
      let unit = Int(network.unitStarts[part.lowerBound])
      evaluation.evaluate(
        part.count, lanes: lanes, isValueOnly: isValueOnly, z: z + unit * lanes,
        activation: activation + part.lowerBound * lanes, slope: slope + unit * lanes)
    }
  }

  /// result = D λ for the runs of a range; `result` is over the whole network.
  func multiplySlopes(
    _ runs: Range<Int32>, by lambda: UnsafePointer<Double>,
    into result: UnsafeMutablePointer<Double>
  ) {
    network.multiplySlopes(runs, slope: slope, by: lambda, into: result, lanes: lanes)
  }
}
