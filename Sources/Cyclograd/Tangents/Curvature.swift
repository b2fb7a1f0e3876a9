import SparseAlgebra

/// Products of vectors with the Hessian of a mean loss by the parameters, and with its Gauss–Newton approximation.
///
/// The Hessian's product is the gradient of a directional derivative, which the tangent network has for an output
/// (Pearlmutter 1994, for networks without cycles). One compilation serves all directions.
public final class Curvature: Sendable {
  /// The Hessian times a direction, and what is found along with it.
  public struct Product: Hashable, Sendable {
    /// H v, a number for each parameter.
    public var parameters: [Double]
    /// (∂²E/∂x∂θ) v, samples × inputs, of the mean.
    public var inputs: Matrix
    /// ∇E, found once more as the derivative of ∇E · v by v.
    public var gradient: [Double]
    /// vᵀ H v.
    public var curvature: Double
  }

  /// Whose gradients are differentiated.
  public let simulator: Simulator
  /// The tangent along the parameters.
  public var tangent: TangentNetwork { solver.network }
  private let solver: TangentSimulator

  /// Compiles the tangent network.
  ///
  /// - Parameters:
  ///   - simulator: of the network; its backend and options count for the tangent, too.
  /// - Throws: ``CyclogradError`` as ``Network/tangent(by:of:)`` does.
  public init(_ simulator: Simulator) throws {
    self.simulator = simulator
    solver = try TangentSimulator(of: simulator.network, by: .parameters, like: simulator)
  }

  /// The Hessian of the mean loss times a direction of the parameters.
  ///
  /// - Parameters:
  ///   - loss: the loss; its own second derivatives have to be known.
  ///   - targets: what the loss takes.
  ///   - direction: a number for each parameter.
  ///   - equilibrium: of the simulator's network; every sample has to have converged.
  /// - Throws: ``CyclogradError``: `shape-mismatch` for a direction that does not fit, `invalid-option` for a loss
  ///   without second derivatives, `not-converged` where the tangent or its adjoint is not found.
  /// - Complexity: an equilibrium and a gradient of the tangent network, which has about four times the edges.
  public func hessianProduct(
    of loss: any Loss, targets: Matrix, along direction: [Double], at equilibrium: Equilibrium
  ) throws -> Product {
    let prepared = try loss.prepare(
      targets, samples: equilibrium.sampleCount, outputs: simulator.network.outputCount)
    return try hessianProduct(of: loss, prepared: prepared, along: direction, at: equilibrium)
  }

  /// The same for targets that the loss has prepared.
  func hessianProduct(
    of loss: any Loss, prepared: Matrix, along direction: [Double], at equilibrium: Equilibrium
  ) throws -> Product {
    let equilibrium = try simulator.convergedOwn(equilibrium)
    let count = equilibrium.sampleCount
    let states = try solver.equilibrium(along: Tangent(parameters: direction), at: equilibrium)
    let outputs = states.outputs
    let width = simulator.network.outputCount
    var cotangent = Matrix(rows: count, columns: 2 * width)
    let hessian = try loss.secondDerivatives()
    for row in 0..<count {
      let both = Array(outputs[row: row])
      let (a, change) = (Array(both[..<width]), Array(both[width...]))
      let target = Array(prepared[row: row])
      let first = loss.evaluate(outputs: a, targets: target).derivatives
      let second = hessian(change, a, target)
      for j in 0..<width {
        cotangent[row, j] = second[j] / Double(count)
        cotangent[row, width + j] = first[j] / Double(count)
      }
    }
    let gradient = try solver.simulator.gradient(outputDerivatives: cotangent, at: states)
    let parts = tangent.parts(of: gradient.parameters)
    return Product(
      parameters: parts.parameters, inputs: gradient.inputs, gradient: parts.direction,
      curvature: dot(parts.parameters, direction))
  }

  /// The Gauss–Newton approximation Jᵀ H_E J of the Hessian times a direction of the parameters; see
  /// ``Equilibrium/gaussNewtonProduct(of:targets:along:threads:)``.
  ///
  /// - Parameters: as of ``hessianProduct(of:targets:along:at:)``.
  /// - Throws: ``CyclogradError`` as there.
  /// - Complexity: a factorization of each cyclic component and sample, once, and two solves.
  public func gaussNewtonProduct(
    of loss: any Loss, targets: Matrix, along direction: [Double], at equilibrium: Equilibrium
  ) throws -> [Double] {
    try simulator.convergedOwn(equilibrium).gaussNewtonProduct(
      of: loss, targets: targets, along: direction, threads: simulator.options.threads)
  }
}
