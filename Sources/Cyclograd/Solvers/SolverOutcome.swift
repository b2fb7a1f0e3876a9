/// What a solver reports of one component.
public struct SolverOutcome: Hashable, Sendable {
  /// How the solver ended.
  public var status: SolveStatus
  /// The iterations it took.
  public var iterations: Int
  /// The method, or why it failed.
  public var detail: String?
  /// The name of the method alone, where ``detail`` says more or is only for people; `nil` where the solver has no other.
  package var method: String?
  /// For adjoints that were solved, and states that were confirmed by a Newton step, with a factorization.
  public var linearSystem: LinearSystemQuality?
  /// For adjoints what is known of the condition of the system.
  public var condition: ConditionEvidence?

  /// Creates an outcome.
  public init(_ status: SolveStatus, iterations: Int = 0, detail: String? = nil) {
    self.status = status
    self.iterations = iterations
    self.detail = detail
  }

  /// Takes back that it has converged where what it leaves, measured anew, says otherwise.
  ///
  /// - Parameter what: a state or an adjoint.
  package mutating func doubt(_ what: String, residual: Double, tolerance: Double) {
    guard status == .converged, !(residual <= tolerance) else { return }
    status = residual.isFinite ? .stalled : .notFinite
    detail = "the \(what) leaves a residual of \(residual)"
  }
}
