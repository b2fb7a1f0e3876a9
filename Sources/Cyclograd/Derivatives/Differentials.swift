import Synchronization

/// Derivatives of single samples at an equilibrium, by the linear systems of its cyclic components (see
/// ``LinearizedSolve``).
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
  /// The systems of the components, within ``linearized(_:systems:_:)``.
  private var systems: [LinearizedSolve] = []
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

  /// Runs `body` with the state and the slopes of a sample, and the linear systems of every cyclic component.
  ///
  /// - Parameter count: how many right-hand sides are to come; `nil` for many.
  /// - Throws: ``JacobianError`` or ``NotApplicable``.
  func linearized<Result>(
    _ sample: Int, systems count: Int?, _ body: () throws -> Result
  ) throws -> Result {
    try at(sample) {
      defer {
        for system in systems { system.end() }
        systems.removeAll()
      }
      for workspace in workspaces {
        workspace.factors = .init(
          kept: equilibrium.factors, sample: sample, samples: equilibrium.sampleCount)
        systems.append(try LinearizedSolve(workspace, systems: count))
      }
      return try body()
    }
  }

  /// The change of all activations, in condensation order, for a change of b + x̂ and of W a at fixed a.
  ///
  /// Forward through the condensation: δz = W δa + δdrive, δa = Dᵀ δz, within ``linearized(_:systems:_:)``.
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
        let (workspace, system) = (workspaces[cyclic], systems[cyclic])
        cyclic += 1
        try workspace.withScratch { right, step in
          for s in units { right[s - units.lowerBound] = change[s] }
          try system.solveState(right, into: step)
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

  /// d with (I − D Wᵀ) d = D g, in condensation order, for g over all neurons; within
  /// ``linearized(_:systems:_:)``.
  func backward(_ g: [Double]) throws -> [Double] {
    for (k, value) in g.enumerated() { state.source[k] = value }
    var cyclic = workspaces.count
    for stage in network.stages.reversed() {
      let units = network.units(of: stage)
      if stage.isCyclic {
        cyclic -= 1
        try systems[cyclic].solveAdjoint()
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
