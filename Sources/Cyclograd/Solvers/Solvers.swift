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

  /// Whether the solver begins with plain sweeps z ← W f(z) + drive as long as they do well. Such
  /// sweeps are then made for several samples at once, and the solver is asked only where they have
  /// not led to the end.
  var beginsWithSweeps: Bool { get }

  /// Whether these common sweeps may be helped: by factorizations in components of few neurons, by
  /// Gauss–Seidel's order of blocks in those of many.
  var acceleratesSweeps: Bool { get }

  /// Whether a factorization may be made to find out why a component has no equilibrium.
  var mayFactor: Bool { get }

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

  /// Whether the solver begins with the terms of the Neumann series as long as they do well; see
  /// ``StateSolver/beginsWithSweeps``.
  var beginsWithSweeps: Bool { get }

  /// Whether these common sweeps may be helped: by factorizations in components of few neurons, by
  /// Gauss–Seidel's order of blocks in those of many.
  var acceleratesSweeps: Bool { get }

  /// Whether what the solver gives is meant to solve the system. Where it is not, the residual is
  /// reported, but not held to the tolerance.
  var isExact: Bool { get }

  /// Whether a factorization may be made to find out if the system is regular, where its solution does not show it.
  var mayFactor: Bool { get }

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
  /// Nothing is factored.
  public var mayFactor: Bool { false }

  /// Every sample is left to the solver.
  public var beginsWithSweeps: Bool { false }

  /// Sweeps, if any, are plain.
  public var acceleratesSweeps: Bool { false }

  /// Nothing depends on the topology alone.
  public func analyze(_ component: Component) throws {}
}

extension AdjointSolver {
  /// The system is to be solved.
  public var isExact: Bool { true }

  /// Nothing is factored.
  public var mayFactor: Bool { false }

  /// Every sample is left to the solver.
  public var beginsWithSweeps: Bool { false }

  /// Sweeps, if any, are plain.
  public var acceleratesSweeps: Bool { false }

  /// Nothing depends on the topology alone.
  public func analyze(_ component: Component) throws {}
}
