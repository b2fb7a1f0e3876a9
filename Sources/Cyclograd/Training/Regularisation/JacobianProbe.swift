import SparseAlgebra

/// Traces and squared Frobenius norms of a Jacobian J for many samples, and the gradient of weighted sums of them, by the
/// tangent network.
///
/// Vectors v give tr J = Σ vᵀJv and ‖J‖² = Σ ‖Jv‖², in the mean or exactly; see ``ProbeVectors``. Both are functions of the
/// tangent network's outputs, so their gradient is an ordinary adjoint of it.
struct JacobianProbe: Sendable {
  let tangent: TangentNetwork
  private let simulator: Simulator

  /// The number of activations by which is differentiated.
  let dimension: Int
  /// The number of those that are differentiated.
  let outputCount: Int

  /// - Parameters:
  ///   - network: what is differentiated.
  ///   - input: the group by whose activations.
  ///   - output: the group of the activations that are differentiated.
  ///   - simulator: whose backend and options count.
  init(
    _ network: Network, of output: String, by input: String, like simulator: Simulator
  ) throws {
    tangent = try network.tangent(by: .groups([input]), of: [output])
    self.simulator = try Simulator(
      tangent.network, backend: simulator.backend, options: simulator.options,
      executor: simulator.executor)
    if let reason = self.simulator.unsuitability {
      throw CyclogradError(
        .invalidOption, "the backend \(simulator.backend.name) cannot treat the tangent: \(reason)",
        advice: "use the backend automatic")
    }
    dimension = tangent.network.inputCount - network.inputCount
    outputCount = tangent.network.outputCount / 2
  }

  /// What the vectors of a step give.
  struct Measured {
    fileprivate var states: Equilibrium
    fileprivate var vectors: Matrix
    fileprivate var count: Int
    fileprivate var factor: Double
    /// tr J of each row; 0 where J is not square.
    var traces: [Double]
    /// ‖J‖² of each row.
    var squares: [Double]
  }

  /// Rows for which there is no tangent, or no adjoint of it.
  struct Failure: Error {
    var evidence: [Int: SampleEvidence]
  }

  /// Measures all rows.
  ///
  /// - Parameters:
  ///   - parameters: those of the network that is differentiated.
  ///   - inputs: rows × inputs of that network.
  ///   - states: its states, if they are known.
  ///   - probes: which vectors.
  ///   - component: component i of a random vector, by row, number of the vector, i.
  /// - Throws: ``Failure``.
  /// - Complexity: an equilibrium of the tangent network for each row and vector.
  func measure(
    _ parameters: Parameters, inputs: Matrix, states: Matrix? = nil, _ probes: ProbeVectors,
    component: (Int, Int, Int) -> Double
  ) throws -> Measured {
    let (count, factor, isExact) = probes.extent(dimension: dimension)
    let rows = inputs.rows * count
    var both = Matrix(rows: rows, columns: inputs.columns + dimension)
    var vectors = Matrix(rows: rows, columns: dimension)
    var start = states.map { _ in Matrix(rows: rows, columns: tangent.network.unitCount) }
    for row in 0..<rows {
      let (sample, vector) = (row / count, row % count)
      for j in 0..<inputs.columns { both[row, j] = inputs[sample, j] }
      for i in 0..<dimension {
        let value = isExact ? (i == vector ? 1 : 0) : component(sample, vector, i)
        vectors[row, i] = value
        both[row, inputs.columns + i] = value
      }
      if let states {
        for s in 0..<states.columns { start?[row, s] = states[sample, s] }
      }
    }
    let found = try simulator.equilibrium(
      try tangent.parameters(parameters), inputs: both, start: start)
    try check(found.evidence, count)
    let outputs = found.outputs
    var measured = Measured(
      states: found, vectors: vectors, count: count, factor: factor,
      traces: [Double](repeating: 0, count: inputs.rows),
      squares: [Double](repeating: 0, count: inputs.rows))
    for row in 0..<rows {
      var (square, trace) = (0.0, 0.0)
      for j in 0..<outputCount {
        let change = outputs[row, outputCount + j]
        square += change * change
        if outputCount == dimension { trace += change * vectors[row, j] }
      }
      measured.squares[row / count] += factor * square
      measured.traces[row / count] += factor * trace
    }
    return measured
  }

  /// The gradient of Σ (α tr J + β ‖J‖²) over the rows.
  ///
  /// - Parameters:
  ///   - alpha: α of each row.
  ///   - beta: β of each row.
  /// - Returns: derivatives by the parameters of the network that is differentiated, and by the inputs of each row.
  /// - Throws: ``Failure``.
  /// - Complexity: an adjoint of the tangent network for each row and vector.
  func gradient(
    _ measured: Measured, traces alpha: [Double], squares beta: [Double]
  ) throws -> (parameters: [Double], inputs: Matrix) {
    let outputs = measured.states.outputs
    var cotangent = Matrix(rows: outputs.rows, columns: outputs.columns)
    for row in 0..<outputs.rows {
      let sample = row / measured.count
      for j in 0..<outputCount {
        var value = 2 * beta[sample] * outputs[row, outputCount + j]
        if outputCount == dimension { value += alpha[sample] * measured.vectors[row, j] }
        cotangent[row, outputCount + j] = measured.factor * value
      }
    }
    let outcome = try simulator.differentiate(.outputs(cotangent), at: measured.states)
    try check(outcome.evidence, measured.count)
    let gradient = try outcome.get()
    var inputs = Matrix(
      rows: outputs.rows / measured.count,
      columns: gradient.inputs.columns - dimension)
    for row in 0..<outputs.rows {
      for j in 0..<inputs.columns { inputs[row / measured.count, j] += gradient.inputs[row, j] }
    }
    return (tangent.parts(of: gradient.parameters).parameters, inputs)
  }

  private func check(_ evidence: [SampleEvidence], _ count: Int) throws(Failure) {
    var failures: [Int: SampleEvidence] = [:]
    for (row, reason) in evidence.enumerated() where reason.status != .converged {
      failures[row / count] = reason
    }
    if !failures.isEmpty { throw Failure(evidence: failures) }
  }
}
