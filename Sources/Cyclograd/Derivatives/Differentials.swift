import Synchronization

/// Derivatives of single samples at an equilibrium, by the factorizations of its cyclic components: one for each
/// sample, whatever the number of directions.
struct Differentials {
  let equilibrium: Equilibrium
  private let workers: Workers

  private struct Workers: @unchecked Sendable {
    var values: [DifferentialWorker]
  }

  /// - Parameter components: the network's, where they are kept with what is known of their patterns; `nil`: made anew.
  init(_ equilibrium: Equilibrium, workers: Int, components: [Component]? = nil) {
    self.equilibrium = equilibrium
    let components = components ?? equilibrium.network.components
    let count = max(1, min(workers, equilibrium.sampleCount))
    self.workers = Workers(
      values: (0..<count).map { _ in DifferentialWorker(equilibrium, components) })
  }

  /// Calls `body` for one sample.
  func at<Result>(
    _ sample: Int, _ body: (DifferentialWorker) throws -> Result
  ) rethrows -> Result {
    let worker = workers.values[0]
    return try worker.at(sample) { try body(worker) }
  }

  /// Calls `body` for every sample, several at once.
  func map<Result: Sendable>(
    _ body: @Sendable (DifferentialWorker, _ sample: Int) throws -> Result
  ) throws -> [Result] {
    let count = equilibrium.sampleCount
    let results = Mutex([Result?](repeating: nil, count: count))
    try Parallel.forEach(count, threads: workers.values.count) { worker, sample in
      let result = try body(workers.values[worker], sample)
      results.withLock { $0[sample] = result }
    }
    return results.withLock { $0 }.compactMap { $0 }
  }
}

/// What one thread differentiates with.
final class DifferentialWorker {
  let workspaces: [ComponentWorkspace]
  /// The factored systems of the components, within ``factored(_:_:)``.
  private var leases: [FactorLease] = []
  private let equilibrium: Equilibrium
  private let state: StateVectors
  private let weights: [Double]
  private var network: Network { equilibrium.network }

  init(_ equilibrium: Equilibrium, _ components: [Component]) {
    self.equilibrium = equilibrium
    weights = equilibrium.network.weights(equilibrium.parameters)
    let state = StateVectors(equilibrium.network, lanes: 1)
    state.context = .cancellableSerial
    self.state = state
    workspaces = components.map { ComponentWorkspace($0, state) }
  }

  /// Runs `body` with the state and the slopes of a sample.
  func at<Result>(_ sample: Int, _ body: () throws -> Result) rethrows -> Result {
    func run() throws -> Result {
      let count = equilibrium.sampleCount
      for s in 0..<network.unitCount { state.z[s] = equilibrium.z[s * count + sample] }
      state.activate(0..<Int32(network.runs.count), isValueOnly: false)
      return try body()
    }
    return try weights.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress else { return try run() }
      return try state.withWeights(weights, run)
    }
  }

  /// Runs `body` with the state and the slopes of a sample, and I − W Dᵀ factored on every cyclic component.
  ///
  /// - Throws: ``JacobianError`` or ``NotApplicable``.
  func factored<Result>(_ sample: Int, _ body: () throws -> Result) throws -> Result {
    try at(sample) {
      defer {
        for lease in leases { lease.end() }
        leases.removeAll()
      }
      try factor(sample)
      return try body()
    }
  }

  private func factor(_ sample: Int) throws {
    for workspace in workspaces {
      workspace.factors = .init(
        kept: equilibrium.factors, sample: sample, samples: equilibrium.sampleCount)
      do {
        let lease = try workspace.leaseFactorization(.automatic)
        leases.append(lease)
        let condition = try lease.factorization.condition()
        if condition >= ConditionProbe.singularCondition {
          throw JacobianError(status: .singular, detail: ConditionProbe.message(condition))
        }
      } catch let error as JacobianError {
        throw JacobianError(
          status: error.status, detail: error.detail + workspace.component.place)
      }
    }
  }

  /// The change of all activations, in condensation order, for a change of b + x̂ and of W a at fixed a.
  ///
  /// Forward through the condensation: δz = W δa + δdrive, δa = Dᵀ δz, within ``factored(_:_:)``.
  func forward(_ drive: [Double]) throws -> [Double] {
    var change = drive
    var activation = [Double](repeating: 0, count: network.neuronCount)
    var cyclic = 0
    for stage in network.stages {
      let units = network.units(of: stage)
      for s in units {
        for e in network.inEdges(of: s) {
          let j = network.sourceNeuron(of: e, into: s)
          guard j < Int(stage.neurons.lowerBound) else { break }
          change[s] += weights[e] * activation[j]
        }
      }
      if stage.isCyclic {
        let (workspace, lease) = (workspaces[cyclic], leases[cyclic])
        cyclic += 1
        try workspace.withScratch { right, step in
          for s in units { right[s - units.lowerBound] = change[s] }
          try lease.factorization.solveState(workspace, rho: right, step: step)
          for s in units { change[s] = step[s - units.lowerBound] }
        }
      }
      activation.withUnsafeMutableBufferPointer { activation in
        network.multiplyTransposedSlopes(
          stage.runs, slope: state.slope, by: change, into: activation.baseAddress!)
      }
    }
    return activation
  }

  /// d with (I − D Wᵀ) d = D g, in condensation order, for g over all neurons; within ``factored(_:_:)``.
  func backward(_ g: [Double]) throws -> [Double] {
    for (k, value) in g.enumerated() { state.source[k] = value }
    var cyclic = workspaces.count
    for stage in network.stages.reversed() {
      let units = network.units(of: stage)
      if stage.isCyclic {
        cyclic -= 1
        let workspace = workspaces[cyclic]
        let factorization = leases[cyclic].factorization
        try workspace.withNeuronScratch { lambda in
          try factorization.solveAdjoint(workspace, g: workspace.source, lambda: lambda)
          workspace.multiplySlopes(by: lambda, into: workspace.d)
        }
      } else {
        state.multiplySlopes(stage.runs, by: state.source, into: state.d)
      }
      for s in units {
        for e in network.inEdges(of: s) {
          let j = network.sourceNeuron(of: e, into: s)
          guard j < Int(stage.neurons.lowerBound) else { break }
          state.source[j] += weights[e] * state.d[s]
        }
      }
    }
    return (0..<network.unitCount).map { state.d[$0] }
  }
}
