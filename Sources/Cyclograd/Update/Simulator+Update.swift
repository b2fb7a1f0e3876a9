extension Simulator {
  /// Brings an equilibrium up to date after a change in a few inputs or parameters.
  ///
  /// Only what the change reaches is computed: neurons whose residual exceeds a tenth of the tolerance are evaluated
  /// anew, in the order of the condensation, and pass on what changes. Where this spreads through a component, the
  /// backend's solver goes on from the state as it is; what that cannot follow, such as an equilibrium that vanishes,
  /// is solved anew from a = 0. Components that the change does not reach keep their evidence. So the result is an
  /// equilibrium as good as any other; of several it is mostly the one that continues the one before.
  ///
  /// The time is in proportion to the edges of the neurons that change, besides a comparison of all inputs and
  /// parameters that are given; where parameters are shared, it takes in all edges. Numbers are changed in place if
  /// nobody else holds the equilibrium.
  ///
  ///     var equilibrium = try simulator.equilibrium(parameters, inputs: x)
  ///     x[0, 3] = 0.7
  ///     try simulator.update(&equilibrium, inputs: x)
  ///
  /// - Parameters:
  ///   - equilibrium: of the same network, before the change; samples of it that have not converged are solved from a =
  ///     0.
  ///   - parameters: the weights and biases from now on; `nil` if they are what they were.
  ///   - inputs: the samples from now on, as many as before; `nil` if they are what they were.
  /// - Throws: ``CyclogradError`` for shapes that do not fit and numbers that are not finite; these are
  ///   looked for before anything is changed.
  public func update(
    _ equilibrium: inout Equilibrium, parameters: Parameters? = nil, inputs: Matrix? = nil
  ) throws {
    var changes: [(parameter: Int, value: Double)] = []
    try equilibrium.require(network)
    if let parameters {
      guard parameters.values.count == network.parameterCount else {
        return try network.check(parameters)
      }
      changes = equilibrium.parameters.changes(to: parameters)
    }
    try apply(changes, inputs, to: &equilibrium)
  }

  /// The same with a few parameters given by their place, without comparing all of them.
  ///
  /// - Parameters:
  ///   - equilibrium: of the same network, before the change.
  ///   - values: new values by the parameters' places in ``Parameters/values``.
  ///   - inputs: the samples from now on, as many as before; `nil` if they are what they were.
  public func update(
    _ equilibrium: inout Equilibrium, setting values: [Int: Double], inputs: Matrix? = nil
  ) throws {
    for parameter in values.keys where !(0..<network.parameterCount).contains(parameter) {
      throw CyclogradError(
        .invalidOption,
        "there is no parameter \(parameter); the network has \(network.parameterCount)",
        advice: "count the parameters from 0, weights first")
    }
    try apply(values.map { ($0, $1) }.sorted { $0.0 < $1.0 }, inputs, to: &equilibrium)
  }

  /// Follows an equilibrium from sample to sample: each row is solved as a change of the row before.
  ///
  /// Where there are several equilibria, this stays on a branch as long as it lasts, as a physical system would whose
  /// inputs change slowly; so the order of the rows matters, and going back may lead along another branch (hysteresis).
  ///
  /// - Parameters:
  ///   - parameters: the weights and biases.
  ///   - inputs: samples × inputs.
  ///   - start: one row with z of all units in file order, from which the first sample starts; `nil` starts from
  ///     a = 0.
  /// - Returns: the states of all rows. A row without an equilibrium is passed over: the next one begins anew.
  /// - Throws: ``CyclogradError`` for shapes that do not fit and numbers that are not finite.
  public func follow(
    _ parameters: Parameters, inputs: Matrix, start: Matrix? = nil
  ) throws -> Equilibrium {
    try check(inputs)
    if let start, start.rows != 1 {
      throw CyclogradError(
        .shapeMismatch, "an equilibrium is followed from one state, not from \(start.rows)",
        at: .init(subject: "states"), advice: "give one row, for the first sample")
    }
    guard inputs.rows > 0 else { return try equilibrium(parameters, inputs: inputs) }
    try MemoryBudget.check(samples: inputs.rows, of: network)
    func row(_ index: Int) -> Matrix {
      Matrix(rows: 1, columns: inputs.columns, elements: Array(inputs[row: index]))
    }
    let count = inputs.rows
    var current = try equilibrium(parameters, inputs: row(0), start: start)
    var evidence: [SampleEvidence] = []
    var z = [Double](repeating: .nan, count: network.unitCount * count)
    var activations = [Double](repeating: .nan, count: network.neuronCount * count)
    for index in 0..<count {
      if index > 0 { try update(&current, inputs: row(index)) }
      evidence += current.evidence
      for s in 0..<network.unitCount { z[s * count + index] = current.z[s] }
      for k in 0..<network.neuronCount {
        activations[k * count + index] = current.activations[k]
      }
    }
    return Equilibrium(
      network: network, parameters: parameters, inputs: inputs, evidence: evidence, z: z,
      activations: activations)
  }
}
