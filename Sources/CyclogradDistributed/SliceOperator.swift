#if PETSc
  import Cyclograd
  import SparseAlgebra

  /// The map of a network at one state, spread over processes: each has the rows of its units, and vectors over its
  /// units and neurons.
  final class SliceOperator {
    let slice: NetworkSlice
    let processes: Processes
    let map: SliceMap
    let exchange: Exchange
    let unitCount: Int
    let neuronCount: Int
    /// Places of sources in extended vectors.
    let columns: [Int32]
    private(set) var weights: [Double]
    private(set) var biases: [Double]

    private let slopes: VectorStorage
    private let activations: VectorStorage
    private let spread: VectorStorage
    private let sums: VectorStorage
    private let changes: VectorStorage

    /// ∂a/∂z of each unit, at the last ``activate(_:)``.
    var slope: UnsafeMutablePointer<Double> { slopes.start }
    /// The activations of the sources, at the last ``activate(_:)``.
    var extended: UnsafeMutablePointer<Double> { activations.start }
    /// The same of the process's own neurons.
    var activation: UnsafeMutablePointer<Double> { activations.start + exchange.below }

    init(_ slice: NetworkSlice, _ processes: Processes) throws {
      self.slice = slice
      self.processes = processes
      map = slice.map
      unitCount = map.unitCount
      neuronCount = map.neuronCount
      var columns = slice.columns
      exchange = try Exchange(&columns, own: slice.neurons)
      self.columns = columns
      weights = slice.weights(slice.parameters)
      biases = slice.biases(slice.parameters)
      slopes = VectorStorage(count: unitCount)
      activations = VectorStorage(count: exchange.extent)
      spread = VectorStorage(count: exchange.extent)
      sums = VectorStorage(count: unitCount)
      changes = VectorStorage(count: neuronCount)
    }

    /// Takes other parameters.
    func set(_ parameters: [Double]) {
      weights = slice.weights(parameters)
      biases = slice.biases(parameters)
    }

    func withRows<Result>(_ body: (SparseRows) -> Result) -> Result {
      slice.rowStarts.withUnsafeBufferPointer { starts in
        columns.withUnsafeBufferPointer { columns in
          weights.withUnsafeBufferPointer { weights in
            // Empty arrays may have no address, and nothing is read there.
            guard let start = starts.baseAddress else { preconditionFailure("rows have starts") }
            return body(
              SparseRows(
                begin: start, end: start + 1, columns: columns.baseAddress ?? start,
                values: weights.baseAddress ?? UnsafePointer(sums.start)))
          }
        }
      }
    }

    // MARK: States

    /// Computes activations and slopes, and fetches those of the sources.
    func activate(_ z: UnsafePointer<Double>) {
      map.evaluate(z: z, activation: activation, slope: slope)
      exchange.fetch(extended)
    }

    /// r = z − (W a(z) + drive), and its componentwise backward error over all processes (see
    /// ``SampleEvidence/residual``); NaN where anything is not finite.
    func residual(
      _ z: UnsafePointer<Double>, drive: UnsafePointer<Double>,
      into r: UnsafeMutablePointer<Double>
    ) -> Double {
      activate(z)
      let size = processes.largest(largest(z, unitCount))
      var (change, scale, error, running) = (0.0, 0.0, 0.0, Int64(-1))
      var least = max(Double.leastNormalMagnitude, 0x1p-27 * size)
      withUnsafeMutablePointer(to: &error) { error in
        withUnsafePointer(to: &least) { least in
          withRows {
            SparseKernels.step(
              $0, rows: 0..<unitCount, a: extended, drive: drive, z: z, running: &running, next: r,
              change: StepChange(change: &change, size: &scale, error: (error, least)), lanes: 1)
          }
        }
      }
      for s in 0..<unitCount { r[s] = z[s] - r[s] }
      let result = processes.largest(change.isFinite ? error : .nan)
      return result.isFinite ? result : .nan
    }

    // MARK: Products with the Jacobian

    /// result = M x with M = I − Dᵀ W over neurons, at the last state.
    func multiply(_ x: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      multiplyWeights(x, into: sums.start)
      map.multiplyTransposed(slope: slope, by: sums.start, into: changes.start)
      for k in 0..<neuronCount { result[k] = x[k] - changes.start[k] }
    }

    /// result = Mᵀ x.
    func multiplyTransposed(_ x: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      map.multiply(slope: slope, by: x, into: sums.start)
      multiplyTransposedWeights(sums.start, into: changes.start)
      for k in 0..<neuronCount { result[k] = x[k] - changes.start[k] }
    }

    /// result = W x for x over neurons.
    func multiplyWeights(_ x: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
      (spread.start + exchange.below).update(from: x, count: neuronCount)
      exchange.fetch(spread.start)
      result.update(repeating: 0, count: unitCount)
      withRows {
        SparseKernels.addProduct($0, rows: 0..<unitCount, x: spread.start, to: result)
      }
    }

    /// result = Wᵀ x for x over units.
    func multiplyTransposedWeights(
      _ x: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>
    ) {
      spread.start.update(repeating: 0, count: exchange.extent)
      withRows { SparseKernels.addTransposedProduct($0, rows: unitCount, x: x, to: spread.start) }
      exchange.add(spread.start)
      result.update(from: spread.start + exchange.below, count: neuronCount)
    }

    // MARK: The adjoint

    /// next = D (g + Wᵀ d), with g + Wᵀ d in lambda, and its relative change over all processes (see
    /// ``SampleEvidence/residual``); NaN where anything is not finite.
    func adjointStep(
      _ d: UnsafePointer<Double>, source g: UnsafePointer<Double>,
      lambda: UnsafeMutablePointer<Double>, into next: UnsafeMutablePointer<Double>
    ) -> Double {
      multiplyTransposedWeights(d, into: lambda)
      for k in 0..<neuronCount { lambda[k] += g[k] }
      map.multiply(slope: slope, by: lambda, into: next)
      var (change, size) = (0.0, map.largestCancelling(slope: slope, by: lambda))
      for s in 0..<unitCount {
        let difference = abs(next[s] - d[s])
        change = difference <= change ? change : (difference.isNaN ? .infinity : difference)
        size = max(size, abs(d[s]), abs(next[s]))
      }
      let largest = (change: processes.largest(change), size: processes.largest(size))
      guard largest.change.isFinite else { return .nan }
      return largest.change == 0 ? 0 : largest.change / largest.size
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
