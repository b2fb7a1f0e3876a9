/// What is proved about a network for every input at once.
public struct GlobalCertificate: Sendable {
  /// The theorem that proves a component.
  public enum Theorem: String, Sendable {
    /// Without a cycle, one evaluation is the only equilibrium.
    case acyclic
    /// λ_PF(Γ|W|) < 1: El Ghaoui, Gu, Travacca, Askari & Tsai 2021, Theorem 2.2.
    case perronFrobenius = "perron-frobenius"
    /// λ_PF(N(A, γ)) < 1 for blocks, identity neurons eliminated: El Ghaoui et al. 2021, Theorem 4.1.
    case blockNorms = "block-norms"
    /// λ_PF < 1 for the 2-norms of blocks, identity neurons eliminated.
    case spectralNorms = "spectral-norms"
    /// The component is linear, and I − W is regular by elimination in intervals.
    case elimination
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
    /// How its neurons are to be scaled so that the proof can be read from the rows of W; where it was asked for,
    /// and there is one.
    public var scaling: Scaling?
    /// Whether it lies on a cycle.
    public var isCyclic: Bool { theorem != .acyclic }
  }

  /// v > 0 with Γ|W| v < v for a component whose activations are positively homogeneous: with a = S a′, S =
  /// diag(v), the network with S⁻¹ W S and S⁻¹ (b + x̂) in place of W and b + x̂ is the same one, and every
  /// row of its Γ|W| has a sum below 1 (El Ghaoui et al. 2021, section 3.2: ‖A‖∞ < 1).
  public struct Scaling: Hashable, Sendable {
    /// The neurons, `group.index`.
    public var neurons: [String]
    /// v, one number for each of them; the largest lies between 1 and 2.
    public var factors: [Double]
    /// An upper bound of the largest sum of a row after scaling.
    public var norm: Double
  }

  /// In the order of evaluation.
  public let components: [Component]
  /// Whether there is exactly one equilibrium for every input; otherwise nothing is known.
  public var isWellPosed: Bool { components.allSatisfy { $0.theorem != nil } }

  /// Tries to prove each component; the theorems are those of Docs/Certificates.md.
  ///
  /// A component takes at most about 3 · 10⁹ multiplications, or 150 products with M where these are more.
  ///
  /// - Parameters:
  ///   - network: what is certified.
  ///   - parameters: its weights; biases do not matter.
  ///   - scalings: whether to give ``Component/scaling``.
  /// - Throws: a ``CyclogradError`` where the parameters do not fit the network.
  public init(
    _ network: Network, _ parameters: Parameters, scalings: Bool = false
  ) throws(CyclogradError) {
    try network.check(parameters)
    let weights = network.weights(parameters)
    components = network.stages.map { Self.certify(network, weights, $0, scalings) }
  }

  private static func certify(
    _ network: Network, _ weights: [Double], _ stage: Network.Stage, _ scalings: Bool
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
        if scalings { component.scaling = Scaling(network, stage, bounds) }
        return component
      }
      component.reason =
        bounds.lower >= 1
        ? "the Perron-Frobenius eigenvalue is not below 1"
        : "the Perron-Frobenius eigenvalue could not be told from 1"
    } catch {
      component.reason = error.reason
    }
    if let theorem = blockTheorem(network, weights, stage) {
      component.theorem = theorem
      component.reason = nil
      return component
    }
    if MonotoneCondition.holds(network, weights, stage) {
      component.theorem = .monotone
      component.reason = nil
    } else if holdsBySpectralNorms(network, weights, stage) {
      component.theorem = .spectralNorms
      component.reason = nil
    }
    return component
  }

  /// What can be proved with fewer neurons and larger blocks.
  private static func blockTheorem(
    _ network: Network, _ weights: [Double], _ stage: Network.Stage
  ) -> Theorem? {
    let edges = network.units(of: stage).reduce(0) {
      $0 + network.inEdges(of: $1).count
    }
    // Rows are dictionaries here, which large components have no room for.
    guard edges <= EliminatedComponent.entryLimit else { return nil }
    for isEliminating in [true, false] {
      let system = EliminatedComponent(network, weights, stage, isEliminating: isEliminating)
      if system.isEmpty { return .elimination }
      if isEliminating && !system.hasEliminated { continue }
      for norm in BlockComparison.Norm.allCases {
        guard let matrix = try? BlockComparison(system, norm) else { return nil }
        if PerronFrobeniusInterval(matrix).upper < 1 { return .blockNorms }
      }
    }
    return nil
  }

  /// Whether the 2-norms of blocks prove it.
  private static func holdsBySpectralNorms(
    _ network: Network, _ weights: [Double], _ stage: Network.Stage
  ) -> Bool {
    // Identity neurons may go; all others stay.
    let groups = network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)]
    let kept = groups.reduce(0) { sum, run in
      let units = network.layout.entries[Int(run.group)].group.units
      return sum
        + (units.count == 1 && units[0].activation == .identity ? 0 : run.neurons.count)
    }
    guard kept <= SpectralComparison.largestSize,
      stage.neurons.count <= SpectralComparison.mostNeurons
    else { return false }
    for isEliminating in [true, false] {
      let system = EliminatedComponent(network, weights, stage, isEliminating: isEliminating)
      if isEliminating && !system.hasEliminated { continue }
      for isWhole in [true, false] {
        guard let matrix = try? SpectralComparison(system, isWhole: isWhole) else { break }
        if PerronFrobeniusInterval(matrix).upper < 1 { return true }
      }
    }
    return false
  }
}

extension GlobalCertificate.Scaling {
  /// `nil` where an activation is not positively homogeneous.
  fileprivate init?(
    _ network: Network, _ stage: Network.Stage, _ bounds: PerronFrobeniusInterval
  ) {
    let groups = network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)].map {
      network.layout.entries[Int($0.group)].group
    }
    guard groups.allSatisfy(\.isPositivelyHomogeneous), let largest = bounds.vector.max() else {
      return nil
    }
    // A power of two, which leaves all digits as they are.
    let unit = Double(sign: .plus, exponent: largest.exponent, significand: 1)
    factors = bounds.vector.map { $0 / unit }
    guard zip(factors, bounds.vector).allSatisfy({ $0 * unit == $1 }) else { return nil }
    neurons = stage.neurons.map { network.name(atPosition: Int($0)) }
    norm = bounds.upper
  }
}

extension Group {
  /// Whether its neurons' activations are multiplied by c > 0 where all their pre-activations are.
  var isPositivelyHomogeneous: Bool {
    (units.count == 1 || combine == .max) && units.allSatisfy(\.activation.isPositivelyHomogeneous)
  }
}
