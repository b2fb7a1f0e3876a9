/// A term that acts on selected parameters alone.
protocol SelectingTerm: Regulariser {
  /// Which parameters.
  var selection: ParameterSelection { get }
}

extension ElasticNet: SelectingTerm {}
extension GroupNorm: SelectingTerm {}

extension TrainerOptions {
  /// Takes out the groups, balls, normalisations and terms that select nothing of a network: they mean nothing where a
  /// training itself has taken their edges out.
  ///
  /// - Returns: what was taken out, for people.
  /// - Complexity: O(edges) for each of them.
  package mutating func removeIdle(in network: Network) throws(CyclogradError) -> [String] {
    var removed = Self.removeIdle(&groups, in: network)
    removed += try Self.removeIdle(&balls, in: network)
    normalisations.removeAll { rule in
      let isIdle = !network.hasParameters(
        of: ParameterSelection(.weights, from: rule.source, to: rule.target))
      if isIdle { removed.append("normalise \(rule.name)") }
      return isIdle
    }
    guard regularisers.contains(where: { $0 is any SelectingTerm }) else { return removed }
    let isTrained = try self.isTrained(in: network)
    regularisers.removeAll { term in
      guard let selection = (term as? any SelectingTerm)?.selection else { return false }
      var isIdle = true
      network.forEachParameter(of: selection) { if isTrained[$0] { isIdle = false } }
      if isIdle { removed.append(term.name) }
      return isIdle
    }
    return removed
  }

  /// For each parameter whether a step can change it.
  private func isTrained(in network: Network) throws(CyclogradError) -> [Bool] {
    let groups = allGroups
    var result = [Bool](repeating: false, count: network.parameterCount)
    for segment in try ParameterSegments(groups, decay: decay, of: network).segments
    where groups[segment.group].rateFactor > 0 {
      for index in segment.range { result[index] = true }
    }
    return result
  }

  /// Takes out the groups that have no parameter in a network.
  ///
  /// - Returns: what was taken out, for people.
  @discardableResult
  package static func removeIdle(
    _ groups: inout [ParameterGroup], in network: Network
  ) -> [String] {
    var removed: [String] = []
    groups.removeAll { group in
      let isIdle = !group.selection.isOpen && !network.hasParameters(of: group.selection)
      if isIdle { removed.append("the parameter group \(group.name)") }
      return isIdle
    }
    return removed
  }

  /// Takes out the balls that bound no row of a network.
  ///
  /// - Returns: what was taken out, for people.
  @discardableResult
  package static func removeIdle(
    _ balls: inout [RowBall], in network: Network
  ) throws(CyclogradError) -> [String] {
    guard !balls.isEmpty else { return [] }
    let network = try network.writtenOut()
    var removed: [String] = []
    balls.removeAll { ball in
      let isIdle = !RowBallProjector.edges(ball, network).contains(true)
      if isIdle {
        removed.append(
          "the ball \(ball.radius) for " + (ball.selection?.text ?? "edges within cycles"))
      }
      return isIdle
    }
    return removed
  }
}

extension ParameterSelection {
  /// Whether no group restricts it.
  fileprivate var isOpen: Bool { source == nil && target == nil }
}

extension Network {
  /// Whether a selection means any parameter.
  fileprivate func hasParameters(of selection: ParameterSelection) -> Bool {
    var result = false
    forEachParameter(of: selection) { _ in result = true }
    return result
  }
}
