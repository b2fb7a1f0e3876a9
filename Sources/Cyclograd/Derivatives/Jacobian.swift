/// A direction in which inputs and parameters change.
public struct Tangent: Hashable, Sendable {
  /// The change of the inputs, samples × inputs; `nil` stands for none.
  public var inputs: Matrix?
  /// The change of the parameters, in the order of ``Parameters/values``; `nil` stands for none.
  public var parameters: [Double]?

  /// Creates a direction.
  public init(inputs: Matrix? = nil, parameters: [Double]? = nil) {
    self.inputs = inputs
    self.parameters = parameters
  }
}

extension Equilibrium {
  /// The derivative of every sample's outputs along a direction, J v, in forward mode: samples × outputs.
  ///
  /// A sample costs one factorization of each cyclic component, unless the equilibrium carries it from an earlier
  /// call, and one solve; or sweeps, to 1e-12, where a component is so large that these cost far less.
  ///
  /// - Parameters:
  ///   - tangent: the direction, samples × inputs.
  ///   - ofNeurons: whether the derivatives of all activations are wanted: samples × neurons, in the order of the file.
  ///   - threads: how many samples are treated at once.
  ///   - kinks: what becomes of samples with neurons on kinks, which ``kinkCounts`` counts.
  /// - Throws: ``CyclogradError``: `shape-mismatch` for a direction that does not fit; `not-converged` if a
  ///   sample has no equilibrium, or the derivative does not exist there or cannot be had by a factorization;
  ///   `not-differentiable` if kinks are refused and a neuron stands on one.
  public func jvp(
    _ tangent: Tangent, ofNeurons: Bool = false, threads: Int = 1, kinks: KinkPolicy = .branch
  ) throws -> Matrix {
    try check(tangent)
    let wanted =
      ofNeurons ? network.position.map { Int($0) } : network.outputNeurons.map { Int($0) }
    let rows = try derivatives(threads, kinks, systems: 1) { worker, sample in
      var drive = [Double](repeating: 0, count: network.unitCount)
      if let changes = tangent.inputs {
        for (s, x) in zip(network.inputUnits, changes[row: sample]) { drive[Int(s)] += x }
      }
      if let changes = tangent.parameters {
        for s in 0..<network.unitCount {
          drive[s] += changes[Int(network.biasParameter[s])] * network.factor(ofBias: s)
          for e in network.inEdges(of: s) {
            let a = activations[network.sourceNeuron(of: e, into: s) * sampleCount + sample]
            drive[s] += changes[network.parameter(ofEdge: e)] * network.factor(ofEdge: e) * a
          }
        }
      }
      let change = try worker.forward(drive)
      let result = wanted.map { change[$0] }
      if let bad = result.firstIndex(where: { !$0.isFinite }) {
        throw JacobianError(
          status: .notFinite,
          detail: "the change of \(network.name(atPosition: wanted[bad])) is \(result[bad])")
      }
      return result
    }
    return Matrix(rows: sampleCount, columns: wanted.count, elements: rows.flatMap { $0 })
  }

  /// The full Jacobian ∂outputs/∂inputs of every sample: outputs × inputs.
  ///
  /// A sample costs one factorization of each cyclic component, and as many solves as there are inputs (forward
  /// mode) or outputs (reverse mode), whichever are fewer.
  ///
  /// - Parameters:
  ///   - threads: how many samples are treated at once.
  ///   - kinks: what becomes of samples with neurons on kinks, which ``kinkCounts`` counts.
  /// - Throws: ``CyclogradError`` as ``jvp(_:threads:kinks:)`` does.
  public func jacobians(threads: Int = 1, kinks: KinkPolicy = .branch) throws -> [Matrix] {
    let isForward = network.inputCount <= network.outputCount
    let systems = min(network.inputCount, network.outputCount)
    return try derivatives(threads, kinks, systems: systems) { worker, _ in
      var result = Matrix(rows: network.outputCount, columns: network.inputCount)
      if isForward {
        var drive = [Double](repeating: 0, count: network.unitCount)
        for (column, s) in network.inputUnits.enumerated() {
          drive[Int(s)] = 1
          let change = try worker.forward(drive)
          drive[Int(s)] = 0
          for (row, k) in network.outputNeurons.enumerated() {
            result[row, column] = change[Int(k)]
          }
        }
      } else {
        var g = [Double](repeating: 0, count: network.neuronCount)
        for (row, k) in network.outputNeurons.enumerated() {
          g[Int(k)] = 1
          let d = try worker.backward(g)
          g[Int(k)] = 0
          for (column, s) in network.inputUnits.enumerated() { result[row, column] = d[Int(s)] }
        }
      }
      if let bad = result.elements.firstIndex(where: { !$0.isFinite }) {
        throw JacobianError(
          status: .notFinite,
          detail: "the derivative of \(network.outputNames[bad / network.inputCount]) by "
            + "\(network.inputNames[bad % network.inputCount]) is \(result.elements[bad])")
      }
      return result
    }
  }

  /// What `body` makes of each sample.
  ///
  /// - Parameter systems: how many right-hand sides it has; `nil` for many.
  func derivatives<Result: Sendable>(
    _ threads: Int, _ kinks: KinkPolicy, components: [Component]? = nil, systems: Int? = nil,
    _ body: @Sendable (DifferentialWorker, _ sample: Int) throws -> Result
  ) throws -> [Result] {
    _ = try requireConverged()
    if kinks == .refuse {
      try GradientOutcome(refusing: kinkCounts, at: self).evidence.requireConverged("derivative")
    }
    return try Differentials(self, workers: threads, components: components).map { worker, sample in
      do {
        return try worker.linearized(sample, systems: systems) { try body(worker, sample) }
      } catch let error as JacobianError {
        throw Self.noDerivative(sample, error.detail, isFinite: error.status != .notFinite)
      } catch let error as NotApplicable {
        throw Self.noDerivative(sample, error.reason)
      }
    }
  }

  private static func noDerivative(
    _ sample: Int, _ reason: String, isFinite: Bool = true
  ) -> CyclogradError {
    CyclogradError(
      .notConverged, "there is no derivative: \(reason)", at: .init(subject: "row \(sample)"),
      advice: isFinite
        ? "the equilibrium may not be isolated, or its component too large for a factorization"
        : "look for very large weights and slopes")
  }

  func check(_ tangent: Tangent) throws(CyclogradError) {
    if let numbers = tangent.inputs?.elements,
      let bad = numbers.firstIndex(where: { !$0.isFinite })
    {
      throw CyclogradError(
        .invalidValue,
        "the direction of \(network.inputNames[bad % network.inputCount]) is \(numbers[bad])",
        at: .init(subject: "row \(bad / network.inputCount)"), advice: "give finite numbers")
    }
    if let numbers = tangent.parameters, let bad = numbers.firstIndex(where: { !$0.isFinite }) {
      throw CyclogradError(
        .invalidValue, "the direction of parameter \(bad) is \(numbers[bad])",
        at: .init(subject: network.describe(parameter: bad)), advice: "give finite numbers")
    }
    if let changes = tangent.inputs,
      changes.rows != sampleCount || changes.columns != network.inputCount
    {
      throw CyclogradError(
        .shapeMismatch,
        "the direction of the inputs is \(changes.rows) × \(changes.columns), but there are "
          + "\(sampleCount) samples of \(network.inputCount) inputs",
        advice: "give one row for each sample and a column for each input")
    }
    if let changes = tangent.parameters, changes.count != network.parameterCount {
      throw CyclogradError(
        .shapeMismatch,
        "the direction has \(changes.count) parameters, but the network \(network.parameterCount)",
        advice: "give one number for each parameter")
    }
  }
}
