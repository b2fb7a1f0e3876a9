#if PETSc
  import Cyclograd
  import SparseAlgebra

  /// The map of a network at one state, spread over processes: each has the rows of its units, and vectors over its
  /// units and neurons.
  final class SliceOperator {
    let slice: NetworkSlice
    /// How neurons are dealt out otherwise than in the file's order, if they are.
    let redistribution: Redistribution?
    /// The neurons of this process in the order of the work, among all.
    let neurons: Range<Int>
    /// W by rows, one for each unit.
    let rowStarts: [Int32]
    let processes: Processes
    let map: SliceMap
    let exchange: Exchange
    let unitCount: Int
    let neuronCount: Int
    /// Places of sources in extended vectors.
    let columns: [Int32]
    /// Which neurons are part of a system, and in which order the others follow.
    let ends: SliceEnds
    /// All neurons.
    let whole: SlicePart
    private(set) var weights: [Double]
    private(set) var biases: [Double]

    private let slopes: VectorStorage
    /// Activations, or what is multiplied by W or comes of a product with Wᵀ: ghosts of an expander are many, so that there is
    /// one such vector.
    private let extents: VectorStorage
    /// Whether activations were overwritten since they were there.
    private var isOverwritten = false
    private let sums: VectorStorage
    private let changes: VectorStorage

    /// ∂a/∂z of each unit, at the last ``activate(_:)``.
    var slope: UnsafeMutablePointer<Double> { slopes.start }
    /// The activations of the sources after ``activate(_:of:)``, until the next product.
    var extended: UnsafeMutablePointer<Double> { extents.start }
    /// The same of the process's own neurons.
    var activation: UnsafeMutablePointer<Double> { extents.start + exchange.below }

    /// - Parameter isAlone: whether the other slices are nowhere.
    init(
      _ slice: NetworkSlice, _ processes: Processes, _ redistribution: Redistribution? = nil,
      isAlone: Bool = false
    ) throws {
      self.slice = slice
      self.processes = processes
      self.redistribution = redistribution
      map = redistribution?.map ?? slice.map
      neurons = redistribution?.neurons ?? slice.neurons
      rowStarts = redistribution?.rowStarts ?? slice.rowStarts
      unitCount = map.unitCount
      neuronCount = map.neuronCount
      var columns = redistribution?.columns ?? slice.columns
      exchange = try Exchange(&columns, own: neurons, isAlone: isAlone || processes.isAlone)
      self.columns = columns
      whole = SlicePart(map, [0..<map.neuronCount])
      ends = SliceEnds(
        map,
        SliceEnds.Topology(
          rowStarts: rowStarts, columns: columns, exchange: exchange, processes: processes))
      slopes = VectorStorage(count: unitCount)
      extents = VectorStorage(count: exchange.extent)
      sums = VectorStorage(count: unitCount)
      changes = VectorStorage(count: neuronCount)
      (weights, biases) = ([], [])
      set(slice.parameters)
    }

    /// Takes other parameters.
    func set(_ parameters: [Double]) {
      weights = slice.weights(parameters)
      biases = slice.biases(parameters)
      if let redistribution {
        weights = redistribution.outward(weights, .edges)
        biases = redistribution.outward(biases, .units)
      }
    }

    /// Lends the rows from one on.
    func withRows<Result>(from first: Int = 0, _ body: (SparseRows) -> Result) -> Result {
      rowStarts.withUnsafeBufferPointer { starts in
        columns.withUnsafeBufferPointer { columns in
          weights.withUnsafeBufferPointer { weights in
            // Empty arrays may have no address, and nothing is read there.
            guard let start = starts.baseAddress else { preconditionFailure("rows have starts") }
            return body(
              SparseRows(
                begin: start + first, end: start + first + 1, columns: columns.baseAddress ?? start,
                values: weights.baseAddress ?? UnsafePointer(sums.start)))
          }
        }
      }
    }

    // MARK: States

    /// Computes activations and slopes, and fetches those of the sources.
    func activate(_ z: UnsafePointer<Double>, of part: SlicePart? = nil) {
      let map = isOverwritten ? whole.map : (part ?? whole).map
      map.evaluate(z: z, activation: activation, slope: slope)
      isOverwritten = false
      exchange.fetch(extended)
    }

    /// r = z − (W a(z) + drive), and its componentwise backward error over all processes (see
    /// ``SampleEvidence/residual``); NaN where anything is not finite.
    ///
    /// - Parameter part: whose activations and rows; r is left alone in others.
    func residual(
      _ z: UnsafePointer<Double>, drive: UnsafePointer<Double>,
      into r: UnsafeMutablePointer<Double>, of part: SlicePart? = nil
    ) -> Double {
      let part = part ?? whole
      activate(z, of: part)
      let size = processes.largest(largest(z, unitCount))
      let error = step(z, drive: drive, into: r, part, size: size)
      for rows in part.rows {
        for s in rows { r[s] = z[s] - r[s] }
      }
      let result = processes.largest(error)
      return result.isFinite ? result : .nan
    }

    /// next = W a + drive in some rows, from activations that are there.
    ///
    /// - Returns: the largest componentwise change from z; NaN where anything is not finite.
    private func step(
      _ z: UnsafePointer<Double>, drive: UnsafePointer<Double>,
      into next: UnsafeMutablePointer<Double>, _ part: SlicePart, size: Double
    ) -> Double {
      var running = Int64(-1)
      var least = max(Double.leastNormalMagnitude, 0x1p-27 * size)
      var largest = 0.0
      withUnsafePointer(to: &least) { least in
        withRows { matrix in
          for rows in part.rows {
            // The kernel measures the rows of one call.
            var (change, scale, error) = (0.0, 0.0, 0.0)
            withUnsafeMutablePointer(to: &error) { error in
              SparseKernels.step(
                matrix, rows: rows, a: extended, drive: drive, z: z, running: &running, next: next,
                change: StepChange(change: &change, size: &scale, error: (error, least)), lanes: 1)
            }
            let isGood = change.isFinite && error.isFinite
            if !(isGood && error <= largest) { largest = isGood ? error : .infinity }
          }
        }
      }
      return largest.isFinite ? largest : .nan
    }

    /// z = W a + drive for some rows, from activations that are there; then theirs.
    func follow(
      _ z: UnsafeMutablePointer<Double>, drive: UnsafePointer<Double>, _ part: SlicePart
    ) {
      // As sweeps compute it, to the last bit: where terms cancel, another order of sums would leave a residual.
      _ = step(z, drive: drive, into: sums.start, part, size: 0)
      for rows in part.rows {
        for s in rows { z[s] = sums.start[s] }
      }
      activate(z, of: part)
    }

    private func addProduct(
      _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, _ part: SlicePart
    ) {
      withRows { matrix in
        for rows in part.rows { SparseKernels.addProduct(matrix, rows: rows, x: x, to: y) }
      }
    }

    // MARK: Products with the Jacobian of the system

    /// result = M x with M = I − Dᵀ W over the neurons of the system, at the last state; x where neurons are in the ends.
    func multiply(_ x: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      multiplyWeights(x, into: sums.start)
      changes.start.update(repeating: 0, count: neuronCount)
      ends.core.map.multiplyTransposed(slope: slope, by: sums.start, into: changes.start)
      for k in 0..<neuronCount { result[k] = x[k] - changes.start[k] }
    }

    /// result = Mᵀ x.
    func multiplyTransposed(_ x: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      ends.core.map.multiply(slope: slope, by: x, into: sums.start)
      multiplyTransposedWeights(sums.start, into: changes.start, of: ends.core)
      for k in 0..<neuronCount {
        result[k] = ends.isCore[exchange.below + k] ? x[k] - changes.start[k] : x[k]
      }
    }

    /// result = W x for x over neurons, in the rows of the system; 0 in the others.
    func multiplyWeights(_ x: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      isOverwritten = true
      (extents.start + exchange.below).update(from: x, count: neuronCount)
      exchange.fetch(extents.start)
      result.update(repeating: 0, count: unitCount)
      addProduct(extents.start, to: result, ends.core)
    }

    /// result = Wᵀ x for x over units, of which those of a part count.
    func multiplyTransposedWeights(
      _ x: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>,
      of part: SlicePart? = nil
    ) {
      isOverwritten = true
      extents.start.update(repeating: 0, count: exchange.extent)
      for rows in (part ?? whole).rows {
        withRows(from: rows.lowerBound) {
          SparseKernels.addTransposedProduct(
            $0, rows: rows.count, x: x + rows.lowerBound, to: extents.start)
        }
      }
      exchange.add(extents.start)
      result.update(from: extents.start + exchange.below, count: neuronCount)
    }

    // MARK: The adjoint

    /// next = D (g + Wᵀ d), with g + Wᵀ d in lambda, and its relative change over all processes (see
    /// ``SampleEvidence/residual``); NaN where anything is not finite.
    ///
    /// - Parameter part: the rows whose d counts, and the neurons whose next is computed.
    func adjointStep(
      _ d: UnsafePointer<Double>, source g: UnsafePointer<Double>,
      lambda: UnsafeMutablePointer<Double>, into next: UnsafeMutablePointer<Double>,
      of part: SlicePart? = nil
    ) -> Double {
      let part = part ?? whole
      multiplyTransposedWeights(d, into: lambda, of: part)
      for k in 0..<neuronCount { lambda[k] += g[k] }
      part.map.multiply(slope: slope, by: lambda, into: next)
      var (change, size) = (0.0, part.map.largestCancelling(slope: slope, by: lambda))
      for rows in part.rows {
        for s in rows {
          let difference = abs(next[s] - d[s])
          change = difference <= change ? change : (difference.isNaN ? .infinity : difference)
          size = max(size, abs(d[s]), abs(next[s]))
        }
      }
      let largest = (change: processes.largest(change), size: processes.largest(size))
      guard largest.change.isFinite else { return .nan }
      return largest.change == 0 ? 0 : largest.change / largest.size
    }

    /// d = D λ for some neurons, and λ += Wᵀ d for what feeds them.
    func followAdjoint(
      _ lambda: UnsafeMutablePointer<Double>, into d: UnsafeMutablePointer<Double>,
      _ part: SlicePart
    ) {
      part.map.multiply(slope: slope, by: lambda, into: d)
      sendAdjoint(d, to: lambda, part)
    }

    /// λ += Wᵀ d for some rows.
    func sendAdjoint(
      _ d: UnsafePointer<Double>, to lambda: UnsafeMutablePointer<Double>, _ part: SlicePart
    ) {
      multiplyTransposedWeights(d, into: changes.start, of: part)
      for k in 0..<neuronCount { lambda[k] += changes.start[k] }
    }

    // MARK: Sums over all processes

    /// max |x| of this process; infinite where a number is NaN.
    func largest(_ x: UnsafePointer<Double>, _ count: Int) -> Double {
      var result = 0.0
      for i in 0..<count {
        let size = abs(x[i])
        if !(size <= result) { result = size.isNaN ? .infinity : size }
      }
      return result
    }

    /// ‖x‖₂ of vectors of this length over all processes.
    func norm(_ x: UnsafePointer<Double>, _ count: Int) -> Double {
      var sum = [0.0]
      for i in 0..<count { sum[0] += x[i] * x[i] }
      processes.add(&sum)
      return sum[0].squareRoot()
    }
  }
#endif
