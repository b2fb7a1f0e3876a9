#if PETSc
  import Cyclograd
  import SparseAlgebra

  /// Solves d = D (g + Wᵀ d) at a state of a network that is spread over processes: its acyclic ends one level after
  /// the other, all between them as one system, by the Neumann series, mixed where it is slow, and by PETSc's Krylov
  /// methods for Mᵀ λ = g where mixing does not get on. What they give is measured, and corrected while that helps.
  final class DistributedAdjointSolver {
    private let map: SliceOperator
    private let krylov: KrylovSolver
    private let options: SolverOptions
    private let count: Int
    private let vectors: [VectorStorage]
    private let neuronVectors: [VectorStorage]
    private let sweeps: SliceSweeps
    /// g, and what the neurons behind the system add to it.
    private var inflow: UnsafeMutablePointer<Double> { neuronVectors[4].start }
    private lazy var rest = VectorStorage(count: map.neuronCount)

    /// The adjoint: ∂E/∂z of each unit.
    var d: UnsafeMutablePointer<Double> { vectors[0].start }
    /// ∂E/∂a of each neuron, where it starts.
    var source: UnsafeMutablePointer<Double> { neuronVectors[0].start }
    private var lambda: UnsafeMutablePointer<Double> { neuronVectors[1].start }
    private var next: UnsafeMutablePointer<Double> { vectors[1].start }
    private var best: UnsafeMutablePointer<Double> { vectors[2].start }

    /// How often what Krylov methods give is corrected.
    private static let corrections = 6
    private static let krylovLimit = 2000

    init(_ map: SliceOperator, _ krylov: KrylovSolver, _ options: SolverOptions) {
      self.map = map
      self.krylov = krylov
      self.options = options
      sweeps = SliceSweeps(map, options)
      count = map.unitCount
      vectors = (0..<3).map { [count] _ in VectorStorage(count: count) }
      neuronVectors = (0..<5).map { _ in VectorStorage(count: map.neuronCount) }
    }

    /// Solves at the state of the last activation, and measures what it has found.
    func solve() throws -> SampleEvidence {
      inflow.update(from: source, count: map.neuronCount)
      for level in map.ends.sinks { map.followAdjoint(inflow, into: d, level) }
      var outcome = try escalate()
      if !map.ends.sources.isEmpty { map.sendAdjoint(d, to: inflow, map.ends.core) }
      for level in map.ends.sources.reversed() { map.followAdjoint(inflow, into: d, level) }
      let residual = map.adjointStep(d, source: source, lambda: lambda, into: next)
      outcome.doubt("adjoint", residual: residual, tolerance: options.tolerance)
      var evidence = SampleEvidence(
        status: outcome.status, residual: residual, iterations: outcome.iterations,
        detail: outcome.detail)
      if evidence.status == .converged { try judge(&evidence) }
      return evidence
    }

    private func escalate() throws -> SolverOutcome {
      let limit = options.maximumIterations ?? 10_000
      setStart()
      let first = iterate(limit: limit)
      if first.hasConverged || limit <= first.iterations {
        return first.outcome(named: MethodName.neumann)
      }
      // A series that has grown is no start.
      if !(first.residual < 1) { setStart() }
      return try correct(limit: limit - first.iterations, spent: first.iterations)
    }

    private func setStart() {
      map.ends.core.map.multiply(slope: map.slope, by: inflow, into: d)
    }

    /// The relative change of a step in the system.
    private func measure() -> Double {
      map.adjointStep(d, source: inflow, lambda: lambda, into: next, of: map.ends.core)
    }

    private func iterate(limit: Int) -> FixedPointIteration.Progress {
      next.update(repeating: 0, count: count)
      return sweeps.run(
        d, r: next, best: best, limit: limit,
        residual: {
          let relative = measure()
          for rows in map.ends.core.rows {
            for s in rows { next[s] = d[s] - next[s] }
          }
          return relative
        },
        shouldStop: { $0.residual > 1e6 || sweeps.isLong($0) })
    }

    /// Adds to λ = g + Wᵀ d what Mᵀ δ = g − Mᵀ λ gives, until d = D λ is good enough or no better.
    private func correct(limit: Int, spent: Int) throws -> SolverOutcome {
      let (defect, change) = (neuronVectors[2].start, neuronVectors[3].start)
      try krylov.update()
      var iterations = spent
      var residual = measure()
      for _ in 0..<Self.corrections {
        if residual <= options.tolerance {
          return SolverOutcome(
            .converged, iterations: iterations, detail: "transposed \(krylov.method)")
        }
        guard residual.isFinite, iterations - spent < limit else { break }
        // g − Mᵀ λ = Wᵀ (D λ − d).
        for s in 0..<count { next[s] -= d[s] }
        map.multiplyTransposedWeights(next, into: defect, of: map.ends.core)
        for k in 0..<map.neuronCount where !map.ends.isCore[map.exchange.below + k] {
          defect[k] = 0
        }
        best.update(from: d, count: count)
        let result = try krylov.solve(
          transposed: true, defect, into: change, tolerance: max(1e-14, 0.01 * options.tolerance),
          limit: min(limit - (iterations - spent), Self.krylovLimit))
        iterations += result.iterations
        for k in 0..<map.neuronCount { lambda[k] += change[k] }
        map.ends.core.map.multiply(slope: map.slope, by: lambda, into: d)
        let now = measure()
        guard now < residual else {
          d.update(from: best, count: count)
          break
        }
        residual = now
      }
      if residual <= options.tolerance {
        return SolverOutcome(
          .converged, iterations: iterations, detail: "transposed \(krylov.method)")
      }
      return SolverOutcome(
        residual.isFinite ? .stalled : .notFinite, iterations: iterations,
        detail: "transposed \(krylov.method) leaves a residual of \(residual)")
    }

    // MARK: Condition

    /// Refuses systems that are singular by their structure, as ``ConditionProbe`` does: their solution alone does not
    /// show it. Where slopes vary they are so only by accident.
    private func judge(_ evidence: inout SampleEvidence) throws {
      let varied = ConditionProbe.hasVariedSlopes(map.slope, count, stride: 1)
      guard map.processes.largest(varied ? 1 : 0) == 0, map.slice.neuronCount > 0 else { return }
      let (b, x) = (neuronVectors[2].start, neuronVectors[3].start)
      let first = map.neurons.lowerBound
      for k in 0..<map.neuronCount {
        b[k] = ConditionProbe.startValue(first + k, of: map.slice.neuronCount)
      }
      try krylov.update()
      _ = try krylov.solve(
        transposed: true, b, into: x, tolerance: 1e-2, limit: Self.krylovLimit)
      map.multiplyTransposed(x, into: rest.start)
      for k in 0..<map.neuronCount { rest.start[k] -= b[k] }
      let defect = map.norm(rest.start, map.neuronCount) / map.norm(b, map.neuronCount)
      let growth = map.processes.largest(map.largest(x, map.neuronCount)) / 2
      if growth >= ConditionProbe.singularCondition {
        evidence.status = .singular
        evidence.detail = ConditionProbe.message(growth)
      } else if !(defect <= 0.02) {
        evidence.condition = .unknown
      } else if growth > 1e6 {
        evidence.condition = .estimate(growth)
      }
    }
  }
#endif
