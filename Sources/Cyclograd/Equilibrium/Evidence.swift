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

/// What is known about the answer for one sample.
public struct SampleEvidence: Hashable, Sendable {
  /// How the computation ended: the first status of a component that is not `converged`.
  public var status: SolveStatus
  /// For an equilibrium max |r_s| / max(1, |z_s|) over all units, r = z − (W a(z) + b + x̂); for an
  /// adjoint ‖D λ − d‖∞ / ‖d‖∞ with λ = g + Wᵀ d, where for softmax, in whose D λ terms can cancel,
  /// ‖|D| |λ|‖∞ counts if it is larger than ‖d‖∞. Measured once more after the solver ended; NaN
  /// where no answer exists.
  public var residual: Double
  /// The iterations of the component that took the most.
  public var iterations: Int
  /// What should be known besides: which method was used, or why there is no answer.
  public var detail: String?
  /// The worst of the components that were solved by a factorization: of adjoint systems, or of the Newton
  /// steps that have confirmed states.
  public var linearSystem: LinearSystemQuality?
  /// For a gradient, how many neurons stand exactly on a kink of their activation, so that the derivative is
  /// that of one branch; see ``KinkPolicy`` and ``Equilibrium/kinkCounts``. 0 for an equilibrium.
  public var kinks = 0
  /// The components that needed a solver, where they were asked for.
  public var components: [ComponentEvidence]

  init(
    status: SolveStatus, residual: Double = .nan, iterations: Int = 0, detail: String? = nil,
    components: [ComponentEvidence] = []
  ) {
    self.status = status
    self.residual = residual
    self.iterations = iterations
    self.detail = detail
    self.components = components
  }
}

extension SampleEvidence {
  /// Takes in what a solver reported of a component, or of the whole network.
  mutating func add(
    _ outcome: SolverOutcome, of component: Component, isWhole: Bool, listsComponents: Bool
  ) {
    iterations = max(iterations, outcome.iterations)
    if let quality = outcome.linearSystem {
      linearSystem = linearSystem.map { $0.merged(with: quality) } ?? quality
    }
    if status == .converged {
      status = outcome.status
      if outcome.status == .converged {
        // The methods that were used, each once.
        if let method = outcome.detail, detail != method, detail?.contains(method) != true {
          detail = detail.map { "\($0), \(method)" } ?? method
        }
      } else {
        detail = outcome.detail.map { $0 + (isWhole ? "" : Self.place(component)) }
      }
    }
    if listsComponents {
      components.append(
        ComponentEvidence(
          neuron: component.firstName, size: component.neuronCount, outcome: outcome))
    }
  }

  private static func place(_ component: Component) -> String {
    " (the component of \(component.firstName)"
      + (component.neuronCount > 1 ? ", of \(component.neuronCount) neurons)" : ")")
  }
}

/// What is known about the answer for one cyclic component of one sample.
public struct ComponentEvidence: Hashable, Sendable {
  /// One of the component's neurons, `group.index`.
  public var neuron: String
  /// How many neurons the component has.
  public var size: Int
  /// What its solver reported.
  public var outcome: SolverOutcome
}

/// How well a factorization has solved a linear system.
public struct LinearSystemQuality: Hashable, Sendable {
  /// The componentwise backward error of Oettli and Prager after iterative refinement: the solution is exact for
  /// a matrix and a right-hand side whose entries are off by at most this fraction each.
  public var backwardError: Double
  /// An estimate of 1 / cond of the factored matrix I − Dᵀ W, where components are listed (see
  /// ``SolverOptions/listsComponents``): in the ∞-norm by LAPACK for dense factors, else the smallest pivot over
  /// the largest, which is crude.
  public var reciprocalCondition: Double?

  /// The worse of two.
  func merged(with other: LinearSystemQuality) -> LinearSystemQuality {
    var result = other
    result.backwardError = max(backwardError, other.backwardError)
    if let reciprocalCondition {
      result.reciprocalCondition = min(
        reciprocalCondition, other.reciprocalCondition ?? reciprocalCondition)
    }
    return result
  }
}

/// What a solver reports of one component.
public struct SolverOutcome: Hashable, Sendable {
  /// How the solver ended.
  public var status: SolveStatus
  /// The iterations it took.
  public var iterations: Int
  /// The method, or why it failed.
  public var detail: String?
  /// For adjoints that were solved, and states that were confirmed by a Newton step, with a factorization.
  public var linearSystem: LinearSystemQuality?

  /// Creates an outcome.
  public init(_ status: SolveStatus, iterations: Int = 0, detail: String? = nil) {
    self.status = status
    self.iterations = iterations
    self.detail = detail
  }
}

/// When to stop.
public struct SolverOptions: Hashable, Sendable {
  /// T in |r_s| ≤ T · max(1, |z_s|), and relative to the largest derivative in adjoints.
  public var tolerance: Double
  /// The most iterations; `nil` leaves it to the solver: 10,000 for iterations over edges, 200 for
  /// Newton's method.
  public var maximumIterations: Int?
  /// How many threads may work at once. Results do not depend on it.
  public var threads: Int
  /// Whether evidence lists every cyclic component.
  public var listsComponents: Bool
  /// What becomes of gradients where a neuron stands on a kink of its activation.
  public var kinks: KinkPolicy

  /// Creates options; the defaults are those of the command.
  public init(
    tolerance: Double = 1e-10, maximumIterations: Int? = nil, threads: Int = 1,
    listsComponents: Bool = false, kinks: KinkPolicy = .branch
  ) {
    self.tolerance = tolerance
    self.maximumIterations = maximumIterations
    self.threads = threads
    self.listsComponents = listsComponents
    self.kinks = kinks
  }

  /// Checks that the options have a meaning.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public func validate() throws(CyclogradError) {
    guard tolerance > 0, tolerance < 1 else {
      throw CyclogradError(
        .invalidOption, "the tolerance \(tolerance) is not between 0 and 1",
        advice: "give something like 1e-10")
    }
    if let maximumIterations, maximumIterations < 1 {
      throw CyclogradError(
        .invalidOption, "the largest number of iterations is \(maximumIterations)",
        advice: "give at least 1")
    }
    guard threads >= 1 else {
      throw CyclogradError(
        .invalidOption, "the number of threads is \(threads)", advice: "give at least 1")
    }
  }
}
