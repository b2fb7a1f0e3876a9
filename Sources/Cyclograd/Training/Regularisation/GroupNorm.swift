/// λ Σ ‖w_g‖ over groups of weights, in the norm ℓ2 or ℓ∞: whole groups become exactly zero (El Ghaoui et al. 2021, equation 5.1;
/// Yuan & Lin 2006).
///
/// A group has the edges out of one neuron, which selects features, or those into one neuron. The proximal step of ℓ2 is
/// w ← w max(0, 1 − η λ / ‖w‖), that of ℓ∞ takes away the projection onto the ℓ1 ball of the radius η λ. A parameter that
/// several edges share counts once.
public struct GroupNorm: Regulariser, Hashable {
  /// What the edges of a group have in common.
  public enum Grouping: String, Hashable, Sendable, CaseIterable {
    /// The neuron that they come from: a column of W.
    case source
    /// The neuron that they lead to: its rows of W.
    case target
  }

  /// The norm of a group.
  public enum Norm: String, Hashable, Sendable, CaseIterable {
    /// The root of the sum of squares.
    case euclidean = "2"
    /// The largest magnitude.
    case maximum = "inf"
  }

  /// λ.
  public var strength: Double
  /// What the edges of a group have in common.
  public var grouping: Grouping
  /// The norm.
  public var norm: Norm
  /// Which edges.
  public var selection: ParameterSelection

  /// Creates the term.
  public init(
    _ strength: Double, by grouping: Grouping = .source, norm: Norm = .euclidean,
    from source: String? = nil, to target: String? = nil
  ) {
    (self.strength, self.grouping, self.norm) = (strength, grouping, norm)
    selection = ParameterSelection(.weights, from: source, to: target)
  }

  /// Such as `group norm 0.01 by source of weights from x`.
  public var name: String {
    "group norm \(strength)\(norm == .maximum ? " (inf)" : "") by \(grouping.rawValue) of "
      + selection.text
  }

  /// Finds the groups.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option`, also where two groups share a parameter.
  /// - Complexity: O(edges · log edges).
  public func bound(to parameters: TrainedParameters) throws(CyclogradError) -> any BoundRegulariser
  {
    guard strength > 0, strength.isFinite else {
      throw CyclogradError(
        .invalidOption, "the strength is \(strength)", at: .init(subject: name),
        advice: "give a positive number")
    }
    let isChosen = Set(try parameters.indices(of: selection, for: name))
    let network = parameters.network
    let group = network.groupOfNeuron
    let (source, target) = (
      selection.source.flatMap { network.layout.indexOfGroup[$0] },
      selection.target.flatMap { network.layout.indexOfGroup[$0] }
    )
    var groups: [Int: Set<Int>] = [:]
    var owner: [Int: Int] = [:]
    for s in 0..<network.unitCount {
      let k = Int(network.neuronOfUnit[s])
      if let target, group[k] != target { continue }
      for e in network.inEdges(of: s) {
        let j = network.sourceNeuron(of: e, into: s)
        if let source, group[j] != source { continue }
        let parameter = network.parameter(ofEdge: e)
        guard isChosen.contains(parameter) else { continue }
        guard abs(network.factor(ofEdge: e)) == 1 else {
          throw CyclogradError(
            .invalidOption,
            "a weight of \(network.name(atPosition: k)) is a shared parameter times "
              + "\(network.factor(ofEdge: e))", at: .init(subject: name),
            advice: "choose edges whose ties have no factor other than 1 or -1")
        }
        let key = grouping == .source ? j : k
        if let other = owner.updateValue(key, forKey: parameter), other != key {
          throw CyclogradError(
            .invalidOption,
            "edges of \(network.name(atPosition: other)) and \(network.name(atPosition: key)) "
              + "share a parameter", at: .init(subject: name),
            advice: "groups must be apart; choose edges that are not tied")
        }
        groups[key, default: []].insert(parameter)
      }
    }
    let sorted = groups.sorted { $0.key < $1.key }
    for (key, members) in sorted {
      guard Set(members.map { parameters.rateFactors[$0] }).count == 1 else {
        throw CyclogradError(
          .invalidOption,
          "weights of \(network.name(atPosition: key)) have different learning rates",
          at: .init(subject: name), advice: "give the weights of a group the same rate")
      }
    }
    let members = sorted.map { $0.value.sorted() }
    return Bound(
      strength: strength, norm: norm, groups: members,
      factors: members.map { parameters.rateFactors[$0[0]] })
  }

  private struct Bound: BoundRegulariser {
    let strength: Double
    let norm: Norm
    let groups: [[Int]]
    let factors: [Double]

    private func size(_ group: [Int], _ values: [Double]) -> Double {
      let largest = group.reduce(0.0) { max($0, abs(values[$1])) }
      // Scaled, so that squares neither overflow nor vanish.
      guard norm == .euclidean, largest > 0 else { return largest }
      let sum = group.reduce(0.0) { $0 + (values[$1] / largest) * (values[$1] / largest) }
      return largest * sum.squareRoot()
    }

    func value(at step: RegularisedStep, addingGradientTo gradient: inout [Double]) -> Double {
      strength * groups.reduce(0.0) { $0 + size($1, step.parameters.values) }
    }

    func proximalStep(_ values: inout [Double], rate: Double) {
      for (place, group) in groups.enumerated() {
        let radius = rate * factors[place] * strength
        switch norm {
        case .euclidean:
          let length = size(group, values)
          let factor = length > radius ? 1 - radius / length : 0
          for index in group { values[index] = factor > 0 ? factor * values[index] : 0 }
        case .maximum:
          // By Moreau's identity, with the ball of the dual norm.
          let before = group.map { values[$0] }
          var projected = before
          BallProjection.project(
            &projected, costs: [Double](repeating: 1, count: group.count), radius: radius)
          for (index, (w, p)) in zip(group, zip(before, projected)) { values[index] = w - p }
        }
      }
    }
  }
}
