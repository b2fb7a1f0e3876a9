import SparseAlgebra

/// A named pair of solvers, one for the equilibrium and one for the adjoint system.
public struct GradientBackend: Sendable {
  /// What the solvers are applied to.
  public enum Granularity: Hashable, Sendable {
    /// The whole network at once.
    case network
    /// Each cyclic component by itself; the rest is evaluated once, in order.
    case components
  }

  /// The name on the command line and in reports.
  public var name: String
  /// Finds the equilibrium.
  public var state: any StateSolver
  /// Solves the adjoint system.
  public var adjoint: any AdjointSolver
  /// What the solvers are applied to.
  public var granularity: Granularity

  /// Creates a backend.
  public init(
    name: String, state: any StateSolver, adjoint: any AdjointSolver,
    granularity: Granularity = .components
  ) {
    self.name = name
    self.state = state
    self.adjoint = adjoint
    self.granularity = granularity
  }

  /// Algorithms 1 and 2 of Szekeres & Izsák over the edges of the whole network: the reference for
  /// whatever converges.
  public static let edgeList = GradientBackend(
    name: "edge-list", state: AlgorithmOne(), adjoint: AlgorithmTwo(), granularity: .network)

  /// Chosen for each component by what methods are predicted to cost, and changed where a method does
  /// not get on: sweeps with Anderson mixing or Newton's method for the state, the Neumann series or a
  /// factorization for the adjoint.
  public static let automatic = GradientBackend(
    name: "automatic", state: AutomaticSolver(), adjoint: AutomaticAdjoint())

  /// Sweeps over each component, with Anderson mixing for states and the Neumann series for
  /// adjoints: no factorization.
  public static let iterative = GradientBackend(
    name: "iterative", state: PicardSolver(window: 8), adjoint: NeumannSeries())

  /// Damped Newton and a sparse factorization, its method chosen by structure.
  public static let direct = GradientBackend(
    name: "direct", state: NewtonSolver(), adjoint: DirectAdjoint())

  /// Damped Newton and one factorization method.
  public static func direct(_ method: DirectMethod.Name) -> GradientBackend {
    GradientBackend(
      name: method.rawValue, state: NewtonSolver(.only(method)),
      adjoint: DirectAdjoint(.only(method)))
  }

  /// Every backend that has a name, in the order of the documents.
  public static let all: [GradientBackend] =
    [.automatic, .edgeList, .direct, .iterative]
    + DirectMethod.Name.allCases.map { .direct($0) }

  /// The backends that this build has: without the package trait GPLSolvers some are left out.
  ///
  /// - Complexity: O(backends).
  public static var available: [GradientBackend] {
    all.filter { backend in
      guard let method = DirectMethod.Name(rawValue: backend.name) else { return true }
      return FactorizationMethod.available.contains(method.factorization)
    }
  }

  /// The backend of a name, or the pair of a name such as `newton+gmres`.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option` for an unknown name.
  public static func named(_ name: String) throws(CyclogradError) -> GradientBackend {
    let parts = name.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 2 { return try pair(solver: parts[0], adjoint: parts[1]) }
    guard let backend = all.first(where: { $0.name == name }) else {
      throw CyclogradError(
        .invalidOption, "there is no backend named '\(name)'",
        advice: Suggestion.advice(name, among: all.map(\.name), listing: "the backends are"))
    }
    return backend
  }
}
