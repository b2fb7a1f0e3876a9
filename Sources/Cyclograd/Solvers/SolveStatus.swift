/// How a computation ended, for one sample or one component of it.
public enum SolveStatus: String, Hashable, Sendable, CaseIterable {
  /// The answer meets the tolerance.
  case converged
  /// The largest number of iterations was reached first.
  case iterationLimit = "iteration-limit"
  /// The iterates grow without bound.
  case diverged
  /// No further progress is possible, and the tolerance is not met.
  case stalled
  /// The linear system has no unique solution.
  case singular
  /// A neuron stands on a kink of its activation, and kinks are refused; see ``KinkPolicy``.
  case notDifferentiable = "not-differentiable"
  /// A NaN or an infinity came up.
  case notFinite = "not-finite"
  /// The method cannot treat this problem; the detail says why.
  case notApplicable = "not-applicable"
}

extension SolveStatus {
  /// What to try, as a clause; `nil` where nothing went wrong.
  var advice: String? {
    switch self {
    case .converged: nil
    case .iterationLimit: "allow more iterations, or try another backend"
    case .diverged: "try the backend automatic or direct"
    case .stalled: "try another backend, or start from another state"
    case .singular: "the derivative does not exist there, or the equilibrium is not isolated"
    case .notDifferentiable: KinkPolicy.advice
    case .notFinite: "look for weights and inputs that make the numbers overflow"
    case .notApplicable: "use the backend automatic"
    }
  }
}
