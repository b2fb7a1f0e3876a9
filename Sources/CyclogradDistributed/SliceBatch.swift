#if PETSc
  import Cyclograd
  import SparseAlgebra

  /// Plain sweeps of several samples side by side, as lanes: a row of W is read once for all of them, and they share
  /// messages. Each sample is then solved by itself from where it was left, so that nothing depends on this but time.
  final class SliceBatch {
    private let map: SliceOperator
    private let tolerance: Double
    private let activations: VectorStorage
    private let slopes: VectorStorage
    private let vectors: [VectorStorage]

    /// How many samples are side by side: kernels know this number and 1.
    static let lanes = 8
    /// From so many samples on it pays.
    private static let fewestSamples = 3
    /// Where plain steps would take longer, they are no start.
    static let sweepLimit = 40

    /// Whether it pays for so many samples, and lanes do not double the memory.
    ///
    /// - Parameter edges: those of all processes, as `units`.
    static func pays(samples: Int, units: Int, edges: Int) -> Bool {
      let bytes = 40 * lanes * units
      return samples >= fewestSamples && bytes <= max(1 << 26, 28 * edges + 120 * units)
    }

    private var lanes: Int { Self.lanes }

    init(_ map: SliceOperator, tolerance: Double) {
      self.map = map
      self.tolerance = tolerance
      activations = VectorStorage(count: map.exchange.extent * Self.lanes)
      slopes = VectorStorage(count: map.unitCount * Self.lanes)
      vectors = (0..<3).map { _ in VectorStorage(count: map.unitCount * Self.lanes) }
    }

    /// Sweeps from a = 0.
    ///
    /// - Parameter drives: b + x̂ of at most ``lanes`` samples, this process's units of each.
    /// - Returns: the state of each lane, with how many sweeps it took; `nil` where it got no nearer.
    func run(_ drives: [[Double]]) -> [(z: [Double], sweeps: Int)?] {
      let count = map.unitCount
      let drive = vectors[0].start
      var (z, next) = (vectors[1].start, vectors[2].start)
      for (lane, numbers) in drives.enumerated() {
        for s in 0..<count {
          drive[s * lanes + lane] = numbers[s]
          z[s * lanes + lane] = numbers[s]
        }
      }
      var running = (0..<lanes).map { Int64($0 < drives.count ? -1 : 0) }
      var sweeps = [Int](repeating: 0, count: lanes)
      var first = [Double](repeating: .nan, count: lanes)
      var last = [Double](repeating: .nan, count: lanes)
      var sizes = [Double](repeating: 0, count: lanes)
      for sweep in 1...Self.sweepLimit {
        let errors = step(z, drive, next, running, &sizes)
        swap(&z, &next)
        for lane in 0..<lanes where running[lane] != 0 {
          sweeps[lane] = sweep
          if sweep == 1 { first[lane] = errors[lane] }
          last[lane] = errors[lane]
          // What is good enough stops; so does what does not shrink, which another method will take.
          if !(errors[lane] > tolerance) || sweep > 8 && !(errors[lane] < first[lane]) {
            running[lane] = 0
          }
        }
        if running.allSatisfy({ $0 == 0 }) { break }
      }
      return drives.indices.map { lane in
        guard last[lane] < first[lane] || last[lane] <= tolerance else { return nil }
        return ((0..<count).map { z[$0 * lanes + lane] }, sweeps[lane])
      }
    }

    /// next = W a(z) + drive for the lanes that run, z for the others; the error of each over all processes.
    private func step(
      _ z: UnsafePointer<Double>, _ drive: UnsafePointer<Double>,
      _ next: UnsafeMutablePointer<Double>, _ running: [Int64], _ sizes: inout [Double]
    ) -> [Double] {
      let below = map.exchange.below * lanes
      map.map.evaluate(
        z: z, activation: activations.start + below, slope: slopes.start, lanes: lanes)
      map.exchange.fetch(activations.start, width: lanes)
      var change = [Double](repeating: 0, count: lanes)
      var size = change
      var error = change
      // As large as in the sweep before.
      let least = sizes.map { max(Double.leastNormalMagnitude, 0x1p-27 * $0) }
      error.withUnsafeMutableBufferPointer { error in
        least.withUnsafeBufferPointer { least in
          change.withUnsafeMutableBufferPointer { change in
            size.withUnsafeMutableBufferPointer { size in
              map.withRows {
                guard let change = change.baseAddress, let size = size.baseAddress,
                  let error = error.baseAddress, let least = least.baseAddress
                else { return }
                SparseKernels.step(
                  $0, rows: 0..<map.unitCount, a: activations.start, drive: drive, z: z,
                  running: running, next: next,
                  change: StepChange(change: change, size: size, error: (error, least)),
                  lanes: lanes)
              }
            }
          }
        }
      }
      var numbers = (0..<lanes).map { change[$0].isFinite ? error[$0] : .infinity } + size
      map.processes.largest(&numbers)
      for lane in 0..<lanes where running[lane] != 0 { sizes[lane] = numbers[lanes + lane] }
      return (0..<lanes).map { numbers[$0].isFinite ? numbers[$0] : .nan }
    }
  }
#endif
