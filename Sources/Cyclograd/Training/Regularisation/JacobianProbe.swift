import SparseAlgebra

/// Traces and squared Frobenius norms of a Jacobian J for many samples, and the gradient of weighted sums of them, by the
/// tangent network.
///
/// Vectors v give tr J = Σ vᵀJv and ‖J‖² = Σ ‖Jv‖², in the mean or exactly; see ``ProbeVectors``. Both are functions of the
/// tangent network's outputs, so their gradient is an ordinary adjoint of it.
struct JacobianProbe: Sendable {
  private let solver: TangentSimulator
  private var tangent: TangentNetwork { solver.network }

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
    solver = try TangentSimulator(
      of: network, by: .groups([input]), of: [output], like: simulator)
    dimension = solver.network.network.inputCount - network.inputCount
    outputCount = solver.network.network.outputCount / 2
  }

  /// States of the tangent along the vectors of a step.
  struct Solved: Sendable {
    fileprivate(set) var states: Equilibrium
    fileprivate var vectors: Matrix
    fileprivate var count: Int
    fileprivate var factor: Double

    /// The part of some rows.
    func selecting(_ rows: [Int]) -> Solved {
      let all = rows.flatMap { row in (0..<count).map { row * count + $0 } }
      var part = self
      part.states = states.selecting(all)
      part.vectors = vectors.selecting(rows: all)
      return part
    }
  }

  /// What the vectors of a step give.
  struct Measured {
    fileprivate var solved: Solved
    /// tr J of each row; 0 where J is not square.
    var traces: [Double]
    /// ‖J‖² of each row.
    var squares: [Double]
  }

  /// Rows for which there is no tangent, or no adjoint of it.
  struct Failure: Error {
    var evidence: [Int: SampleEvidence]
  }

  /// Solves the tangent for all rows; its evidence says for which that has succeeded.
  ///
  /// - Parameters:
  ///   - parameters: those of the network that is differentiated.
  ///   - inputs: rows × inputs of that network.
  ///   - primal: its equilibrium, if it is known.
  ///   - probes: which vectors.
  ///   - component: component i of a random vector, by row, number of the vector, i.
  /// - Complexity: an equilibrium of the tangent network for each row and vector.
  func solve(
    _ parameters: Parameters, inputs: Matrix, at primal: Equilibrium? = nil,
    _ probes: ProbeVectors, component: (Int, Int, Int) -> Double
  ) throws -> Solved {
    let (count, factor, isExact) = probes.extent(dimension: dimension)
    let rows = inputs.rows * count
    var both = Matrix(rows: rows, columns: inputs.columns + dimension)
    var vectors = Matrix(rows: rows, columns: dimension)
    for row in 0..<rows {
      let (sample, vector) = (row / count, row % count)
      for j in 0..<inputs.columns { both[row, j] = inputs[sample, j] }
      for i in 0..<dimension {
        let value = isExact ? (i == vector ? 1 : 0) : component(sample, vector, i)
        vectors[row, i] = value
        both[row, inputs.columns + i] = value
      }
    }
    let all = try tangent.parameters(parameters)
    let states =
      if let primal {
        try solver.equilibrium(all, inputs: both, from: primal)
      } else {
        try solver.simulator.equilibrium(all, inputs: both)
      }
    return Solved(states: states, vectors: vectors, count: count, factor: factor)
  }

  /// The states of the network that is differentiated, where there is one vector for each row, with the evidence for all.
  func primal(of solved: Solved, _ parameters: Parameters) -> Equilibrium {
    solver.primal(of: solved.states, parameters)
  }

  /// Measures all rows.
  ///
  /// - Throws: ``Failure``.
  func measure(_ solved: Solved) throws(Failure) -> Measured {
    let (states, count) = (solved.states, solved.count)
    try check(states.evidence, count)
    let outputs = states.outputs
    let zeros = [Double](repeating: 0, count: outputs.rows / count)
    var measured = Measured(solved: solved, traces: zeros, squares: zeros)
    for row in 0..<outputs.rows {
      var (square, trace) = (0.0, 0.0)
      for j in 0..<outputCount {
        let change = outputs[row, outputCount + j]
        square += change * change
        if outputCount == dimension { trace += change * solved.vectors[row, j] }
      }
      measured.squares[row / count] += solved.factor * square
      measured.traces[row / count] += solved.factor * trace
    }
    return measured
  }

  /// What the gradient of a sum over the rows is.
  struct Slopes {
    fileprivate var derivatives: [Double]
    fileprivate var tangent: TangentNetwork
    /// By the inputs of each row.
    var inputs: Matrix
    /// Of the adjoints.
    var evidence: [SampleEvidence]

    /// By the parameters of the network that is differentiated.
    var parameters: [Double] { tangent.parts(of: derivatives).parameters }

    /// Adds them to a number for each.
    func addParameters(to gradient: inout [Double]) {
      tangent.addParameters(of: derivatives, to: &gradient)
    }
  }

  /// The gradient of a factor times Σ (α tr J + β ‖J‖²) over the rows.
  ///
  /// - Parameters:
  ///   - alpha: α of each row.
  ///   - beta: β of each row.
  ///   - factor: such as that of a mean.
  ///   - source: derivatives by neurons of the network that is differentiated, a row each, which are added to the sum: the
  ///     network is a part of the tangent.
  ///   - trainedOnly: whether derivatives by what a training does not change, inputs included, are not asked for.
  /// - Throws: ``Failure``.
  /// - Complexity: an adjoint of the tangent network for each row and vector.
  func gradient(
    _ measured: Measured, traces alpha: [Double], squares beta: [Double], times factor: Double,
    with source: AdjointSource? = nil, trainedOnly: Bool = false
  ) throws -> Slopes {
    let solved = measured.solved
    let outputs = solved.states.outputs
    let (count, network) = (solved.count, solver.simulator.network)
    var values = Matrix(
      rows: outputs.rows, columns: outputCount + (source?.neurons.count ?? 0))
    for row in 0..<outputs.rows {
      let sample = row / count
      for j in 0..<outputCount {
        var value = 2 * beta[sample] * outputs[row, outputCount + j]
        if outputCount == dimension { value += alpha[sample] * solved.vectors[row, j] }
        values[row, j] = solved.factor * value
      }
      guard let source, row.isMultiple(of: count) else { continue }
      for (j, value) in source.values[row: sample].enumerated() {
        values[row, outputCount + j] = value
      }
    }
    // The network's neurons are the tangent's first, in the order of the files.
    let carried = source?.neurons.map {
      network.position[Int(tangent.primal.fileNeuron[Int($0)])]
    }
    let all = AdjointSource(
      values: values,
      neurons: Array(network.outputNeurons.dropFirst(outputCount)) + (carried ?? []))
    let outcome = try solver.simulator.differentiate(
      Objective(sumOf: all, times: factor, network), at: solved.states, kind: .exact,
      skippingFailures: false, trainedOnly: trainedOnly)
    try check(outcome.evidence, count)
    let gradient = try outcome.get()
    var inputs = Matrix(
      rows: outputs.rows / count, columns: gradient.inputs.columns - dimension)
    for row in 0..<outputs.rows {
      for j in 0..<inputs.columns { inputs[row / count, j] += gradient.inputs[row, j] }
    }
    return Slopes(
      derivatives: gradient.parameters, tangent: tangent, inputs: inputs,
      evidence: outcome.evidence)
  }

  private func check(_ evidence: [SampleEvidence], _ count: Int) throws(Failure) {
    var failures: [Int: SampleEvidence] = [:]
    for (row, reason) in evidence.enumerated() where reason.status != .converged {
      failures[row / count] = reason
    }
    if !failures.isEmpty { throw Failure(evidence: failures) }
  }
}
