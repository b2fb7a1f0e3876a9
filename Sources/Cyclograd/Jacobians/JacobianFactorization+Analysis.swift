import SparseAlgebra

extension JacobianFactorization {
  /// The symbolic analysis that ``factor(_:shift:)`` will need, as far as topology tells.
  static func analyze(_ component: Component, _ method: DirectMethod) throws {
    let structure = try component.jacobianPattern()
    do {
      switch method {
      case .automatic:
        if prefersCholesky(structure) {
          _ = try structure.symbolic(.cholmod)
        } else {
          _ = try structure.choice()
        }
      case .only(let name):
        try checkAvailable(name)
        if name == .cholmod { try checkCholeskyCandidate(structure) }
        _ = try structure.symbolic(name.factorization)
      }
    } catch let error as FactorizationError {
      throw NotApplicable(error.message)
    }
  }

  /// Below this order a dense factorization takes microseconds, whatever the structure.
  private static let smallestCholeskyOrder = 64

  static func prefersCholesky(_ structure: JacobianPattern) -> Bool {
    structure.isCholeskyCandidate
      && structure.pattern.rowCount > smallestCholeskyOrder
      && FactorizationMethod.available.contains(.cholmod)
  }

  private static func checkAvailable(_ name: DirectMethod.Name) throws(NotApplicable) {
    guard FactorizationMethod.available.contains(name.factorization) else {
      throw NotApplicable(
        "this build leaves out \(name.rawValue), which the package trait GPLSolvers brings in")
    }
  }

  private static func checkCholeskyCandidate(_ structure: JacobianPattern) throws(NotApplicable) {
    guard structure.isCholeskyCandidate else {
      throw NotApplicable(
        "CHOLMOD needs symmetric weights, one unit for each neuron and activations that never "
          + "decrease")
    }
  }
}
