/// What is known about the answer for one sample.
public struct SampleEvidence: Hashable, Sendable {
  /// How the computation ended: the first status of a component that is not `converged`.
  public var status: SolveStatus
  /// For an equilibrium the componentwise backward error of each component (Oettli & Prager, Numer. Math. 6, 1964):
  /// max |r_s| / max(t_s, 2⁻²⁷ max |z|) over its units, with r = z − (W a(z) + drive) and
  /// t_s = |z_s| + Σ |W_sj a_j| + |drive_s|, where the drive is b + x̂ and what comes from upstream. It does not depend
  /// on the units that states are measured in; units that are smaller by eight decimal orders than the largest do not
  /// have to be right in their own last digits.
  ///
  /// For an adjoint ‖D λ − d‖∞ / ‖d‖∞ with λ = g + Wᵀ d and the largest |d| of the component and downstream of it, where
  /// for softmax, in whose D λ terms can cancel, ‖|D| |λ|‖∞ counts if it is larger.
  ///
  /// Measured once more after the solver ended; NaN where no answer exists.
  public var residual: Double
  /// The iterations of the component that took the most.
  public var iterations: Int
  /// What should be known besides: which methods were used, or why there is no answer.
  public var detail: String?
  /// The methods that were used, each once. A name may contain a comma or another name, so that it is not looked for in
  /// ``detail``.
  private var methods: [String] = []
  /// The worst of the components that were solved by a factorization: of adjoint systems, or of the Newton
  /// steps that have confirmed states.
  public var linearSystem: LinearSystemQuality?
  /// For a gradient, how many neurons stand exactly on a kink of their activation, so that the derivative is
  /// that of one branch; see ``KinkPolicy`` and ``Equilibrium/kinkCounts``. 0 for an equilibrium.
  public var kinks = 0
  /// For adjoints what is known of the condition of I − D Wᵀ, of the component with the worst; `nil` where nothing
  /// speaks against it.
  public var condition: ConditionEvidence?
  /// The components that needed a solver, where they were asked for.
  public var components: [ComponentEvidence]

  /// - Parameter detail: where the status is `converged` the first method.
  package init(
    status: SolveStatus, residual: Double = .nan, iterations: Int = 0, detail: String? = nil,
    components: [ComponentEvidence] = []
  ) {
    self.status = status
    self.residual = residual
    self.iterations = iterations
    self.detail = detail
    if status == .converged, let detail { methods = [detail] }
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
    if let condition = outcome.condition {
      self.condition = self.condition.map { $0.merged(with: condition) } ?? condition
    }
    if status == .converged {
      status = outcome.status
      if outcome.status == .converged {
        if let method = outcome.detail, !methods.contains(method) {
          methods.append(method)
          detail = methods.joined(separator: ", ")
        }
      } else {
        detail = outcome.detail.map { $0 + (isWhole ? "" : component.place) }
      }
    }
    if listsComponents {
      components.append(
        ComponentEvidence(
          neuron: component.firstName, size: component.neuronCount, outcome: outcome))
    }
  }
}

extension Component {
  /// Where it is, for messages.
  var place: String {
    " (the component of \(firstName)"
      + (neuronCount > 1 ? ", of \(neuronCount) neurons)" : ")")
  }
}
