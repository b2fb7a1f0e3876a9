#if PETSc
  import Cyclograd

  /// Sweeps of states or adjoints over all processes, mixed where they are slow: the engine's own, with sums over processes.
  final class SliceSweeps {
    /// Another method is thought of where so many more sweeps are to come.
    static let shortRun = 60.0

    private let map: SliceOperator
    private let options: SolverOptions
    private lazy var mixing = AndersonMixing(
      length: map.unitCount, window: AndersonMixing.window(units: map.slice.unitCount),
      interval: AndersonMixing.interval(units: map.slice.unitCount),
      others: map.processes.vectorParts)

    init(_ map: SliceOperator, _ options: SolverOptions) {
      self.map = map
      self.options = options
    }

    /// Sweeps until the iterate is good enough, the limit is reached, or it is to stop.
    ///
    /// - Parameters:
    ///   - iterate: from the process's first unit on, as all vectors.
    ///   - r: room for what the iterate leaves.
    ///   - best: room for the best iterate.
    ///   - residual: measures the iterate, and leaves what it misses in `r`.
    ///   - inverseNorm: how much longer the inverse may make vectors.
    ///   - shouldStop: asked after every sweep.
    func run(
      _ iterate: UnsafeMutablePointer<Double>, r: UnsafeMutablePointer<Double>,
      best: UnsafeMutablePointer<Double>, limit: Int, residual: () -> Double,
      inverseNorm: () -> Double = { 1 },
      shouldStop: (FixedPointIteration.Progress) -> Bool
    ) -> FixedPointIteration.Progress {
      let count = map.unitCount
      return FixedPointIteration(
        tolerance: options.tolerance, limit: limit, acceleration: .whenSlow,
        parts: map.processes.vectorParts
      ).run(
        UnsafeMutableBufferPointer(start: iterate, count: count),
        r: UnsafeMutableBufferPointer(start: r, count: count),
        best: UnsafeMutableBufferPointer(start: best, count: count),
        mixing: { mixing }, residual: residual, inverseNorm: inverseNorm, record: { _ in },
        shouldStop: shouldStop)
    }

    /// Whether mixing is known to take many more sweeps.
    func isLong(_ progress: FixedPointIteration.Progress) -> Bool {
      progress.isPredictable && progress.isAccelerated
        && progress.remaining(to: options.tolerance) > Self.shortRun
    }
  }
#endif
