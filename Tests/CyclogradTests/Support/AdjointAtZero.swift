import Cyclograd

/// The derivatives of a ``SingularNetwork`` at its state z = 0, given rather than searched for.
struct AdjointAtZero {
  let network: SingularNetwork
  let simulator: Simulator
  let equilibrium: Equilibrium
  /// g = ∂E/∂a of all neurons.
  let g: [Double]

  /// - Parameters:
  ///   - isConsistent: whether g lies in the range of the singular matrix.
  init(
    _ network: SingularNetwork, _ backend: String, times factor: Double = 1,
    isConsistent: Bool = false
  ) throws {
    self.network = network
    let (compiled, parameters) = try network.graph(times: factor).compile()
    simulator = try Simulator(compiled, backend: .named(backend))
    equilibrium = try simulator.equilibrium(
      parameters, inputs: Matrix(rows: 1, columns: network.terminals),
      at: Matrix(rows: 1, columns: network.size))
    var g = [Double](repeating: 0, count: network.size)
    if isConsistent, let u = network.fixedVector {
      (g[0], g[1]) = (u[1], -u[0])
    } else {
      for k in 0..<network.terminals { g[k] = k == 0 ? 0.5 : 0.25 }
    }
    self.g = g
  }

  /// At outputs of 0 the derivatives of the loss are minus the targets.
  var targets: Matrix { Matrix([g.prefix(network.terminals).map { -$0 }]) }

  func differentiate() throws -> GradientOutcome {
    try simulator.differentiate(.halfSquaredError, targets: targets, at: equilibrium)
  }

  /// The error that is thrown where something has no answer.
  static func error<Result>(of body: () throws -> Result) -> CyclogradError? {
    do {
      _ = try body()
      return nil
    } catch { return error as? CyclogradError }
  }
}

extension SampleEvidence {
  /// Whether the answer comes with the remark that nothing is known of the condition of its linear system.
  var saysThatConditionIsUnknown: Bool { condition == .unknown }
}
