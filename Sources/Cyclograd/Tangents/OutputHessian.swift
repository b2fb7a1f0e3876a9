import Synchronization

/// Products with the Hessian of Σ v a, for a cotangent v of the outputs, by parameters and inputs together.
///
/// Whoever differentiates vector–Jacobian products needs them: by (p, x) the derivative of ⟨vᵀ∂a/∂(p, x), u⟩ is this
/// Hessian times u, and by v it is ``Equilibrium/jvp(_:threads:kinks:)`` along u. The product is the gradient of a
/// directional derivative, which the tangent network has for an output (Pearlmutter 1994, for networks without cycles).
public final class OutputHessian: Sendable {
  /// The Hessian times a direction.
  public struct Product: Hashable, Sendable {
    /// A number for each parameter, summed over the samples.
    public var parameters: [Double]
    /// Samples × inputs.
    public var inputs: Matrix
  }

  /// Whose derivatives are differentiated.
  public let simulator: Simulator
  private let tangents = Mutex<[TangentSeed: TangentSimulator]>([:])

  /// Prepares products; tangent networks are compiled when they are first needed.
  public init(_ simulator: Simulator) { self.simulator = simulator }

  /// The Hessian of Σ v a times a direction.
  ///
  /// - Parameters:
  ///   - v: samples × outputs.
  ///   - direction: changes of inputs and parameters.
  ///   - equilibrium: of the simulator's network; every sample has to have converged.
  /// - Throws: ``CyclogradError``: `shape-mismatch` for a cotangent or a direction that does not fit, `invalid-option`
  ///   for an activation without known second derivatives, `not-converged` where the tangent or its adjoint is not
  ///   found.
  /// - Complexity: for each of inputs and parameters that change an equilibrium and a gradient of a tangent network,
  ///   which has about four times the edges.
  public func product(
    outputDerivatives v: Matrix, along direction: Tangent, at equilibrium: Equilibrium
  ) throws -> Product {
    let equilibrium = try simulator.convergedOwn(equilibrium)
    try equilibrium.check(direction)
    let network = simulator.network
    let count = equilibrium.sampleCount
    guard v.rows == count, v.columns == network.outputCount else {
      throw CyclogradError(
        .shapeMismatch,
        "the cotangent is \(v.rows) × \(v.columns) for \(count) samples and \(network.outputCount) outputs",
        advice: "give a row for each sample and a column for each output")
    }
    var product = Product(
      parameters: [Double](repeating: 0, count: network.parameterCount),
      inputs: Matrix(rows: count, columns: network.inputCount))
    // By linearity in the direction.
    for (seed, isNeeded) in [
      (TangentSeed.parameters, direction.parameters != nil), (.inputs, direction.inputs != nil),
    ] where isNeeded {
      let tangent = try tangent(by: seed)
      let states = try tangent.equilibrium(along: direction, at: equilibrium)
      var cotangent = Matrix(rows: count, columns: 2 * network.outputCount)
      for row in 0..<count {
        for j in 0..<network.outputCount { cotangent[row, network.outputCount + j] = v[row, j] }
      }
      let gradient = try tangent.simulator.gradient(outputDerivatives: cotangent, at: states)
      let parts = tangent.network.parts(of: gradient.parameters)
      for p in parts.parameters.indices { product.parameters[p] += parts.parameters[p] }
      for row in 0..<count {
        for x in 0..<network.inputCount { product.inputs[row, x] += gradient.inputs[row, x] }
      }
    }
    return product
  }

  private func tangent(by seed: TangentSeed) throws -> TangentSimulator {
    try tangents.withLock { known in
      if let tangent = known[seed] { return tangent }
      let tangent = try TangentSimulator(of: simulator.network, by: seed, like: simulator)
      known[seed] = tangent
      return tangent
    }
  }
}
