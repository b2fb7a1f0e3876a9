/// What is proved about a network for every input at once.
public struct GlobalCertificate: Sendable {
  /// The theorem that proves a component.
  public enum Theorem: String, Sendable {
    /// Without a cycle, one evaluation is the only equilibrium.
    case acyclic
    /// λ_PF(Γ|W|) < 1: El Ghaoui, Gu, Travacca, Askari & Tsai 2021, Theorem 2.2.
    case perronFrobenius = "perron-frobenius"
    /// I − sym(W) positive definite, slopes in [0, 1]: Winston & Kolter 2020.
    case monotone
  }

  /// One cyclic component, or all neurons of one level that lie on no cycle.
  public struct Component: Sendable {
    /// The number of neurons.
    public var size: Int
    /// An interval that contains λ_PF(Γ|W|); `nil` where Γ is unbounded.
    public var perronFrobenius: ClosedRange<Double>?
    /// The theorem by which there is exactly one equilibrium for every input, or `nil`: unproved.
    public var theorem: Theorem?
    /// Why nothing is proved.
    public var reason: String?
  }

  /// In the order of evaluation.
  public let components: [Component]
  /// Whether there is exactly one equilibrium for every input; otherwise nothing is known.
  public var isWellPosed: Bool { components.allSatisfy { $0.theorem != nil } }

  /// Tries to prove each component; the theorems are those of Docs/Certificates.md.
  ///
  /// A component takes at most about 3 · 10⁹ multiplications, or 150 products with M where these are more.
  ///
  /// - Throws: a ``CyclogradError`` where the parameters do not fit the network.
  public init(_ network: Network, _ parameters: Parameters) throws(CyclogradError) {
    try network.check(parameters)
    let weights = network.weights(parameters)
    components = network.stages.map { Self.certify(network, weights, $0) }
  }

  private static func certify(
    _ network: Network, _ weights: [Double], _ stage: Network.Stage
  ) -> Component {
    let size = stage.neurons.count
    guard stage.isCyclic else {
      return Component(size: size, perronFrobenius: 0...0, theorem: .acyclic, reason: nil)
    }
    var component = Component(size: size)
    do {
      let bounds = PerronFrobeniusInterval(
        try ComparisonMatrix(network, weights: weights, stage: stage))
      if bounds.upper.isFinite { component.perronFrobenius = bounds.lower...bounds.upper }
      if bounds.upper < 1 {
        component.theorem = .perronFrobenius
        return component
      }
      component.reason =
        bounds.lower >= 1
        ? "the Perron-Frobenius eigenvalue is not below 1"
        : "the Perron-Frobenius eigenvalue could not be told from 1"
    } catch {
      component.reason = error.reason
    }
    if MonotoneCondition.holds(network, weights, stage) {
      component.theorem = .monotone
      component.reason = nil
    }
    return component
  }
}
