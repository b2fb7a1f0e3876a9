import SparseAlgebra

/// Linear systems with B = I − Dᵀ W of one component, K × K, solved by GMRES from products alone, at the slopes and
/// weights of a workspace as they are (see ``JacobianPattern`` for what B has to do with states and adjoints).
struct KrylovSystem {
  private let workspace: ComponentWorkspace
  private let preconditioner: Preconditioner?
  /// What stands for the inverse, or why nothing does.
  private(set) var description: String

  /// Prepares the preconditioner.
  init(_ workspace: ComponentWorkspace, _ preconditioning: Preconditioning) {
    self.workspace = workspace
    if case .none = preconditioning {
      preconditioner = nil
      description = "no preconditioner"
      return
    }
    do {
      let made = try workspace.memory.preconditioner()
      made.prepare(workspace)
      preconditioner = made.isSomething ? made : nil
      description = made.description
    } catch {
      preconditioner = nil
      description = "no preconditioner, as the component is too large"
    }
  }

  /// Improves x with B x = b, or Bᵀ x = b; where the preconditioner does not lead to the end, without it.
  mutating func solve(
    _ b: [Double], _ x: inout [Double], transposed: Bool, _ gmres: RestartedGMRES
  ) -> RestartedGMRES.Result {
    let workspace = workspace
    return workspace.withScratch { units in
      workspace.withNeuronScratch { neurons in
        solve(b, &x, transposed: transposed, gmres, units, neurons)
      }
    }
  }

  private mutating func solve(
    _ b: [Double], _ x: inout [Double], transposed: Bool, _ gmres: RestartedGMRES,
    _ units: ComponentWorkspace.Vector, _ neurons: ComponentWorkspace.Vector
  ) -> RestartedGMRES.Result {
    func multiply(_ v: [Double], _ product: inout [Double]) {
      // What is not finite ends the method.
      guard !workspace.isCancelled else {
        for k in product.indices { product[k] = .nan }
        return
      }
      for k in neurons.indices { neurons[k] = v[k] }
      if transposed {
        workspace.multiplySlopes(by: neurons, into: units)
        neurons.update(repeating: 0)
        workspace.addInnerTransposedProduct(of: units, to: neurons)
      } else {
        units.update(repeating: 0)
        workspace.addInnerProduct(of: neurons, to: units)
        workspace.multiplyTransposedSlopes(by: units, into: neurons)
      }
      for k in neurons.indices { product[k] = v[k] - neurons[k] }
    }
    guard let preconditioner else { return gmres.solve(b, &x, multiply: multiply) }
    let start = x
    let first = gmres.solve(b, &x, multiply: multiply) {
      preconditioner.apply(&$0, transposed: transposed)
    }
    if first.hasConverged || first.iterations >= gmres.limit { return first }
    x = start
    var rest = gmres
    let spent = first.iterations
    rest.limit = max(1, gmres.limit - spent)
    if let record = gmres.record { rest.record = { record(spent + $0, $1) } }
    var second = rest.solve(b, &x, multiply: multiply)
    second.iterations += spent
    description = "no preconditioner, as with \(preconditioner.description) it did not settle"
    return second
  }
}
