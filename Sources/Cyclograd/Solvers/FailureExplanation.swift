extension ComponentWorkspace {
  /// Says of a linear component without a unique equilibrium that it is singular: no iteration finds one then, however
  /// long it takes.
  func explainFailure(_ outcome: inout SolverOutcome) throws {
    guard component.isAffine,
      ![.converged, .notFinite, .notApplicable, .singular].contains(outcome.status)
    else { return }
    activate()
    do {
      let factorization = try memory.factorization(.automatic)
      try factorization.factor(self)
      let condition = try factorization.condition(isPrecise: true)
      if condition < ConditionProbe.singularCondition { return }
    } catch let error as JacobianError {
      if error.status != .singular { return }
    } catch is NotApplicable {
      return
    }
    outcome.status = .singular
    outcome.detail = "the linear system z = W a + b + x̂ is singular: it has no solution, or many"
  }
}
