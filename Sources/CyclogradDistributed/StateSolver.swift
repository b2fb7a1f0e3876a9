#if PETSc
  import Cyclograd
  import SparseAlgebra

  /// Finds z = W a(z) + drive for a network that is spread over processes: its acyclic ends one level after the other, all
  /// between them as one system, by sweeps, Anderson mixing where
  /// these are slow, Newton's method with PETSc's Krylov methods where mixing does not get on. All processes take
  /// the same decisions, from the same numbers.
  final class DistributedStateSolver {
    private let map: SliceOperator
    private let krylov: KrylovSolver
    private let options: SolverOptions
    private let count: Int
    private let vectors: [VectorStorage]
    private let neuronVectors: [VectorStorage]
    private let sweeps: SliceSweeps
    // Only where mixing does not do; pointers into them are good while this object lives.
    private lazy var kept = VectorStorage(count: count)
    private lazy var product = VectorStorage(count: count)
    private lazy var direction = VectorStorage(count: count)
    private lazy var rest = VectorStorage(count: map.neuronCount)

    /// The state.
    var z: UnsafeMutablePointer<Double> { vectors[0].start }
    /// b + x̂.
    var drive: UnsafeMutablePointer<Double> { vectors[1].start }
    private var r: UnsafeMutablePointer<Double> { vectors[2].start }
    private var best: UnsafeMutablePointer<Double> { vectors[3].start }
    private var step: UnsafeMutablePointer<Double> { vectors[4].start }

    private static let smallestStep = 0x1p-10
    /// How far a linear residual is brought down before a state is near.
    private static let forcing = 1e-3
    /// What a Newton step may take.
    private static let krylovLimit = 500

    init(_ map: SliceOperator, _ krylov: KrylovSolver, _ options: SolverOptions) {
      self.map = map
      self.krylov = krylov
      self.options = options
      sweeps = SliceSweeps(map, options)
      count = map.unitCount
      vectors = (0..<5).map { [count] _ in VectorStorage(count: count) }
      neuronVectors = (0..<2).map { _ in VectorStorage(count: map.neuronCount) }
    }

    /// Solves from the present z and measures what it has found.
    func solve() throws -> SampleEvidence {
      // Slopes of all neurons are numbers then.
      map.activate(z)
      for level in map.ends.sources { map.follow(z, drive: drive, level) }
      var outcome = try escalate()
      if !map.ends.sinks.isEmpty { map.activate(z, of: map.ends.core) }
      for level in map.ends.sinks.reversed() { map.follow(z, drive: drive, level) }
      let residual = map.residual(z, drive: drive, into: r)
      outcome.doubt("state", residual: residual, tolerance: options.tolerance)
      return SampleEvidence(
        status: outcome.status, residual: residual, iterations: outcome.iterations,
        detail: outcome.detail)
    }

    /// r of the system at the present z; 0 in the ends.
    private func measure() -> Double {
      map.residual(z, drive: drive, into: r, of: map.ends.core)
    }

    private func escalate() throws -> SolverOutcome {
      r.update(repeating: 0, count: count)
      let limit = options.maximumIterations ?? 10_000
      let first = iterate(limit: limit, mayStop: true)
      let rest = limit - first.iterations
      guard !first.hasConverged, first.residual.isFinite, rest > 0 else { return ended(first) }
      kept.start.update(from: z, count: count)
      var newton = try takeNewtonSteps(limit: min(rest, options.maximumIterations ?? 200))
      newton.iterations += first.iterations
      if newton.status == .converged { return newton }
      z.update(from: kept.start, count: count)
      let last = iterate(limit: rest, mayStop: false)
      if last.hasConverged || newton.status == .notFinite {
        var result = ended(last)
        result.iterations += first.iterations
        return result
      }
      newton.iterations += last.iterations
      return newton
    }

    private func ended(_ progress: FixedPointIteration.Progress) -> SolverOutcome {
      progress.outcome(named: progress.stateMethod)
    }

    // MARK: Sweeps

    private func iterate(limit: Int, mayStop: Bool) -> FixedPointIteration.Progress {
      sweeps.run(
        z, r: r, best: best, limit: limit,
        residual: { measure() }, inverseNorm: { inverseNorm() },
        shouldStop: { mayStop && sweeps.isLong($0) })
    }

    /// An estimate from below of ‖(I − W Dᵀ)⁻¹‖ in the direction of what neurons send to each other, pulled by power
    /// iteration towards the one that W Dᵀ leaves alone.
    private func inverseNorm() -> Double {
      var result = 1.0
      let v = direction.start
      neuronVectors[0].start.update(repeating: 0, count: map.neuronCount)
      v.update(repeating: 0, count: count)
      for rows in map.ends.core.rows {
        for s in rows { v[s] = z[s] - drive[s] }
      }
      for _ in 0..<4 {
        map.ends.core.map.multiplyTransposed(
          slope: map.slope, by: v, into: neuronVectors[0].start)
        map.multiplyWeights(neuronVectors[0].start, into: product.start)
        var sums = [0.0, 0.0, 0.0]
        for s in 0..<count {
          let (old, new) = (v[s], product.start[s])
          sums[0] += old * old
          sums[1] += (old - new) * (old - new)
          sums[2] += new * new
        }
        map.processes.add(&sums)
        guard sums[0] > 0 else { return result }
        result = max(result, sums[1] > 0 ? (sums[0] / sums[1]).squareRoot() : .infinity)
        guard sums[2] > 0, sums[2].isFinite else { return result }
        for s in 0..<count { v[s] = product.start[s] / sums[2].squareRoot() }
      }
      return result
    }

    // MARK: Newton's method

    /// As ``NewtonKrylovSolver``: a state is accepted only after one more step, solved to full precision, has confirmed
    /// it.
    private func takeNewtonSteps(limit: Int) throws -> SolverOutcome {
      let before = best
      var residual = measure()
      guard residual.isFinite else {
        return SolverOutcome(.notFinite, detail: "the state is not finite at the start")
      }
      for iteration in 1...max(1, limit) {
        if residual <= options.tolerance { return try confirm(residual, after: iteration) }
        let norm = map.norm(r, count)
        let isSolved = try findStep(Self.forcing)
        before.update(from: z, count: count)
        var length = 1.0
        var isAccepted = false
        while length >= Self.smallestStep, !isAccepted {
          for s in 0..<count { z[s] = before[s] + length * step[s] }
          residual = measure()
          isAccepted =
            residual.isFinite && map.norm(r, count) <= (1 - 1e-4 * length) * norm
          length /= 2
        }
        guard isAccepted else {
          z.update(from: before, count: count)
          _ = measure()
          return SolverOutcome(
            .stalled, iterations: iteration,
            detail: isSolved ? "no step lowers the residual" : "\(krylov.method) finds no step")
        }
      }
      // The last state that the limit allows is asked as any other.
      if residual <= options.tolerance { return try confirm(residual, after: limit) }
      return SolverOutcome(
        .iterationLimit, iterations: limit,
        detail: "\(MethodName.newton) with \(krylov.method) has not settled after \(limit) steps")
    }

    /// Takes one more step, solved to full precision, from a state that meets the tolerance, and keeps the better of the
    /// two; that step is large where the state is running away.
    private func confirm(_ residual: Double, after iterations: Int) throws -> SolverOutcome {
      let before = best
      let isSolved = try findStep(1e-8)
      before.update(from: z, count: count)
      let size = map.processes.largest(map.largest(z, count))
      let length = map.processes.largest(map.largest(step, count))
      guard isSolved, length <= options.tolerance.squareRoot() * size else {
        return SolverOutcome(
          .stalled, iterations: iterations,
          detail: isSolved
            ? "the residual is small, but the next step is not: the state is running away"
            : "the residual is small, but \(krylov.method) does not solve the step that would "
              + "confirm the state")
      }
      for s in 0..<count { z[s] += step[s] }
      if !(measure() <= residual) {
        z.update(from: before, count: count)
        _ = measure()
      }
      return SolverOutcome(
        .converged, iterations: iterations, detail: "\(MethodName.newton) with \(krylov.method)")
    }

    /// step = −r + W δa, where M δa = −Dᵀ r. Returns whether that system was solved, by its own residual.
    private func findStep(_ tolerance: Double) throws -> Bool {
      let (b, change) = (neuronVectors[0].start, neuronVectors[1].start)
      for s in 0..<count { step[s] = -r[s] }
      b.update(repeating: 0, count: map.neuronCount)
      map.ends.core.map.multiplyTransposed(slope: map.slope, by: step, into: b)
      try krylov.update()
      _ = try krylov.solve(
        transposed: false, b, into: change, tolerance: tolerance, limit: Self.krylovLimit)
      let norm = map.norm(b, map.neuronCount)
      let rest = rest.start
      map.multiply(change, into: rest)
      for k in 0..<map.neuronCount { rest[k] = b[k] - rest[k] }
      let isSolved = map.norm(rest, map.neuronCount) <= 2 * tolerance * norm
      map.multiplyWeights(change, into: product.start)
      for s in 0..<count { step[s] += product.start[s] }
      return isSolved
    }
  }
#endif
