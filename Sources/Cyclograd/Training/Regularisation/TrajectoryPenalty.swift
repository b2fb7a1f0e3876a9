/// The regulariser of trajectories of Reshniak & Webster 2020, equation (20), for residual blocks t = 1 … T, averaged over
/// the samples:
///
///     R = (1/T) Σ′ [(α_div/d) (t/T)^p tr J_t(y_t) + (α_jac/d²) ‖J_t(y_t)‖²] + (α_TV/T) Σ ‖γ_t − γ_{t−1}‖²
///
/// Σ′ is the trapezoidal sum over t = 0 … T. J_t = ∂F(γ_{t+1}, ·)/∂y, at y_T that of block T, where F is what leads from one
/// group of a block to another and γ its trained parameters; the last sum begins with t = 2. A network evaluates F at s_t; R
/// is about y_t, so F is evaluated there once more, as a network of its own.
public struct TrajectoryPenalty: Regulariser, Hashable {
  /// Where F of a block begins and ends.
  public struct Block: Hashable, Sendable {
    /// The group whose activations enter F.
    public var from: String
    /// The group whose activations are F's values.
    public var to: String

    /// Creates a block.
    public init(from: String, to: String) { (self.from, self.to) = (from, to) }
  }

  /// The blocks t = 1 … T.
  public var blocks: [Block]
  /// The groups of y_0 … y_T.
  public var states: [String]
  /// α_div.
  public var divergence: Double
  /// α_jac.
  public var jacobian: Double
  /// α_TV.
  public var variation: Double
  /// p.
  public var power: Double
  /// By which vectors.
  public var probes: ProbeVectors
  /// What is done to the sum of divergences.
  public var squash: Squash
  /// Whether the gradient leaves out that y_t moves with the parameters.
  public var holdsStates: Bool

  /// Creates the term.
  public init(
    blocks: [Block], states: [String], divergence: Double = 0, jacobian: Double = 0,
    variation: Double = 0, power: Double = 2, probes: ProbeVectors = .automatic,
    squash: Squash = .none, holdsStates: Bool = false
  ) {
    (self.blocks, self.states, self.divergence) = (blocks, states, divergence)
    (self.jacobian, self.variation, self.power) = (jacobian, variation, power)
    (self.probes, self.squash, self.holdsStates) = (probes, squash, holdsStates)
  }

  /// Creates the term with names in which `{t}`, `{t-1}` and `{t+1}` stand for numbers, for example from `s{t}` to `f{t}`
  /// at `y{t}` for the blocks 1 … 5.
  public init(
    from: String, to: String, at states: String, _ numbers: ClosedRange<Int>,
    divergence: Double = 0, jacobian: Double = 0, variation: Double = 0, power: Double = 2,
    probes: ProbeVectors = .automatic, squash: Squash = .none, holdsStates: Bool = false
  ) {
    self.init(
      blocks: Self.blocks(from: from, to: to, numbers),
      states: (numbers.lowerBound - 1...numbers.upperBound).map { Self.name(states, $0) },
      divergence: divergence, jacobian: jacobian, variation: variation, power: power,
      probes: probes, squash: squash, holdsStates: holdsStates)
  }

  /// Blocks whose groups are numbered.
  public static func blocks(from: String, to: String, _ numbers: ClosedRange<Int>) -> [Block] {
    numbers.map { Block(from: name(from, $0), to: name(to, $0)) }
  }

  /// A name with a number in the place of `{t}`.
  static func name(_ template: String, _ number: Int) -> String {
    var result = template
    for (mark, shift) in [("{t}", 0), ("{t-1}", -1), ("{t+1}", 1)] {
      result = result.split(separator: mark, omittingEmptySubsequences: false).joined(
        separator: "\(number + shift)")
    }
    return result
  }

  /// Such as `trajectory, divergence 0.5, jacobian 0.1, power 2.0, at y0 … y5, exact`.
  public var name: String {
    let ends = [states.first, states.last].compactMap { $0 }.joined(separator: " … ")
    let parts: [String?] = [
      "trajectory",
      divergence != 0 ? "divergence \(divergence)" : nil,
      jacobian != 0 ? "jacobian \(jacobian)" : nil,
      variation != 0 ? "variation \(variation)" : nil,
      divergence != 0 ? "power \(power)" : nil, "at \(ends)", probes.text,
      squash == .none ? nil : squash.rawValue, holdsStates ? "states held" : nil,
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }

  /// Cuts the blocks out and differentiates them.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for groups that do not fit, and for a divergence without a lower bound.
  /// - Complexity: O(blocks · edges); blocks with the same parameters are compiled once.
  public func bound(to parameters: TrainedParameters) throws(CyclogradError) -> any BoundRegulariser
  {
    try validate()
    var sections: [NetworkSection] = []
    for block in blocks {
      sections.append(
        try NetworkSection(of: parameters.network, from: block.from, to: block.to, for: name))
    }
    if divergence != 0, jacobian == 0, squash == .none {
      let weights = sections.flatMap(\.places).filter {
        $0 < parameters.network.weightParameterCount && parameters.rateFactors[$0] > 0
      }
      guard weights.allSatisfy({ parameters.isLimited[$0] }) else {
        throw CyclogradError(
          .invalidOption, "the divergence can fall without bound", at: .init(subject: name),
          advice:
            "give 'jacobian' a weight, limit all weights of the blocks, or say squash: logistic")
      }
    }
    let variation =
      try variation > 0
      ? BlockVariation(sections, weight: variation / Double(blocks.count), parameters, for: name)
      : nil
    guard divergence != 0 || jacobian > 0 else {
      return BoundTrajectory(term: self, parts: [], variation: variation)
    }
    return BoundTrajectory(
      term: self, parts: try parts(sections, parameters), variation: variation)
  }

  private func validate() throws(CyclogradError) {
    func refuse(_ what: String, _ advice: String) -> CyclogradError {
      CyclogradError(.invalidOption, what, at: .init(subject: name), advice: advice)
    }
    try probes.validate(for: name)
    guard !blocks.isEmpty, states.count == blocks.count + 1 else {
      throw refuse(
        "\(states.count) states for \(blocks.count) blocks",
        "give the state before the first block, and one after each")
    }
    for (value, what) in [
      (jacobian, "jacobian"), (variation, "variation"), (power, "power"),
    ] where !(value >= 0 && value.isFinite) {
      throw refuse("'\(what)' is \(value)", "give a number of at least 0")
    }
    guard divergence.isFinite, divergence != 0 || jacobian > 0 || variation > 0 else {
      throw refuse("the term has no weight", "give divergence, jacobian or variation")
    }
  }

  private func parts(
    _ sections: [NetworkSection], _ parameters: TrainedParameters
  ) throws(CyclogradError) -> [BoundTrajectory.Part] {
    let layout = parameters.network.layout
    var known: [Graph: Int] = [:]
    var parts: [BoundTrajectory.Part] = []
    for (time, state) in states.enumerated() {
      let section = sections[min(time, sections.count - 1)]
      guard let group = layout.indexOfGroup[state] else {
        throw CyclogradError(
          .invalidOption, "there is no group '\(state)'", at: .init(subject: name),
          advice: Suggestion.advice(
            state, among: layout.entries.map(\.group.name), listing: "the groups are"))
      }
      let entry = layout.entries[group]
      let number = known[section.graph] ?? parts.count
      if number == parts.count {
        known[section.graph] = number
        do {
          parts.append(
            BoundTrajectory.Part(
              section: section,
              probe: try JacobianProbe(
                section.network, of: NetworkSection.exit, by: NetworkSection.entrance,
                like: parameters.simulator)))
        } catch {
          throw error.located(at: name)
        }
      }
      let probe = parts[number].probe
      guard entry.size == probe.dimension, probe.outputCount == probe.dimension else {
        throw CyclogradError(
          .invalidOption,
          "'\(state)' has \(entry.size) neurons, but its block leads from \(probe.dimension) to "
            + "\(probe.outputCount)", at: .init(subject: name),
          advice: "name groups of the same size")
      }
      parts[number].points.append(
        .init(
          time: time,
          sources: Array(entry.firstNeuron..<entry.firstNeuron + entry.size) + section.feeders))
    }
    return parts
  }
}
