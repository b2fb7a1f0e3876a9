extension GradientBackend {
  /// Every state solver that has a name, in the order of the documents. A new one is entered here.
  public static let stateSolvers: [any StateSolver] = [
    AutomaticSolver(), AlgorithmOne(), PicardSolver(), PicardSolver(damping: 0.5),
    PicardSolver(window: 8), GaussSeidelSolver(), RelaxationSolver(), RelaxationSolver(.fixed(0.5)),
    NewtonSolver(), NewtonKrylovSolver(), NewtonKrylovSolver(preconditioning: .none),
    ContinuationSolver(), DescentSolver(.lbfgs), DescentSolver(.conjugate),
    DescentSolver(.gradient),
  ]

  /// Every adjoint solver that has a name, in the order of the documents. A new one is entered here.
  public static let adjointSolvers: [any AdjointSolver] = [
    AutomaticAdjoint(), AlgorithmTwo(), NeumannSeries(), GMRESAdjoint(),
    GMRESAdjoint(preconditioning: .none), DirectAdjoint(),
  ]

  /// A backend of one's own from a state solver and an adjoint solver, each `automatic` if `nil`; its
  /// name is `solver+adjoint`.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option` for an unknown name.
  public static func pair(
    solver: String?, adjoint: String?
  ) throws(CyclogradError) -> GradientBackend {
    let solver = solver ?? "automatic"
    let adjoint = adjoint ?? "automatic"
    guard let state = stateSolvers.first(where: { $0.name == solver }) else {
      throw unknown("solver", solver, stateSolvers.map(\.name))
    }
    guard let linear = adjointSolvers.first(where: { $0.name == adjoint }) else {
      throw unknown("adjoint solver", adjoint, adjointSolvers.map(\.name))
    }
    return GradientBackend(name: "\(solver)+\(adjoint)", state: state, adjoint: linear)
  }

  private static func unknown(_ what: String, _ name: String, _ names: [String]) -> CyclogradError {
    CyclogradError(
      .invalidOption, "there is no \(what) named '\(name)'",
      advice: Suggestion.advice(name, among: names, listing: "there are"))
  }
}
