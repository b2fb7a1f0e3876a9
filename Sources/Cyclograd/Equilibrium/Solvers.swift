/// Finds z on one component, everything upstream being known.
///
/// A solver is a value without state; what it needs between calls lives in the workspace.
public protocol StateSolver: Sendable {
  /// The name on the command line and in reports.
  var name: String { get }

  /// Does the work that depends on the topology alone.
  ///
  /// - Throws: ``NotApplicable`` if the component is outside the solver's domain.
  func analyze(_ component: Component) throws

  /// Moves ``ComponentWorkspace/z`` from where it starts to an equilibrium.
  ///
  /// On return `z` is the best that was found, converged or not.
  func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) throws -> SolverOutcome
}

/// Solves (I − D Wᵀ) d = D g on one component, everything downstream being known.
public protocol AdjointSolver: Sendable {
  /// The name on the command line and in reports.
  var name: String { get }

  /// Does the work that depends on the topology alone.
  ///
  /// - Throws: ``NotApplicable`` if the component is outside the solver's domain.
  func analyze(_ component: Component) throws

  /// Finds ``ComponentWorkspace/d`` from the slopes and ``ComponentWorkspace/source``.
  func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) throws -> SolverOutcome
}

/// A component is outside a solver's domain.
public struct NotApplicable: Error, Hashable, Sendable {
  /// Why.
  public var reason: String

  /// Creates the error.
  public init(_ reason: String) { self.reason = reason }
}

extension StateSolver {
  /// Nothing depends on the topology alone.
  public func analyze(_ component: Component) throws {}
}

extension AdjointSolver {
  /// Nothing depends on the topology alone.
  public func analyze(_ component: Component) throws {}
}
