extension StateMatching {
  /// A matching as a stage of a training: what is matched, and how many weights are left.
  public struct Rule: Hashable, Sendable {
    /// What bounds the rows.
    public var radius: Radius
    /// The groups whose rows are matched; all but readouts if `nil`.
    public var groups: [String]?
    /// Whether the bound is of the edges that close cycles alone.
    public var countsOnlyCycles = false
    /// Whether what is left is found once more by least squares.
    public var refits = false
    /// Which edges rows may have.
    public var pattern = Pattern.edges
    /// Groups of parameters, of which those that are frozen stay.
    public var parameterGroups: [ParameterGroup] = []

    /// A rule with a bound.
    public init(_ radius: Radius) { self.radius = radius }

    /// Refuses groups that mean nothing in a network.
    ///
    /// - Throws: ``CyclogradError`` `invalid-option`.
    public func check(_ network: Network) throws(CyclogradError) {
      try radius.validate()
      _ = try MatchedRows(
        of: network, groups,
        readouts: StateMatching.readouts(nil, besides: groups, of: network),
        onlyCycles: countsOnlyCycles, parameterGroups: parameterGroups)
    }

    /// The edges that the pattern allows and a network does not have.
    ///
    /// - Throws: ``CyclogradError`` as ``check(_:)``.
    public func absentEdges(of network: Network) throws(CyclogradError) -> [Rewiring.Edge] {
      try StateMatching.absentEdges(
        of: network, for: pattern, groups: groups, parameterGroups: parameterGroups)
    }

    /// The parameters of the student; readouts stay.
    ///
    /// - Parameter simulator: solves the network, with the edges that the pattern allows.
    /// - Throws: what ``StateMatching`` throws.
    public func matched(
      _ simulator: Simulator, _ teacher: Parameters, on source: any SampleSource, loss: any Loss
    ) throws -> Parameters {
      try StateMatching(
        simulator, teacher, on: source, groups: groups, onlyCycles: countsOnlyCycles,
        pattern: pattern, parameterGroups: parameterGroups
      ).student(radius, refits: refits, target: .nothing, loss: loss).parameters
    }
  }
}

extension StateMatching.Radius {
  /// - Throws: ``CyclogradError`` `invalid-option` for a number without a meaning.
  public func validate() throws(CyclogradError) {
    switch self {
    case .absolute(let value), .share(let value):
      guard value >= 0, value.isFinite else {
        throw CyclogradError(
          .invalidOption, "the radius is \(value)", advice: "give a number of at least 0")
      }
    case .keep(let part):
      guard part > 0, part <= 1 else {
        throw CyclogradError(
          .invalidOption, "the share of weights to keep is \(part)",
          advice: "give a number between 0 and 1")
      }
    }
  }
}

extension Rewiring.Plan {
  /// The edges whose weights have become 0 go; none comes.
  ///
  /// - Parameter candidates: edges that go although their weight was 0 before, and are not counted.
  public init(
    _ network: Network, goingFrom old: Parameters, to new: Parameters,
    candidates: Set<Rewiring.Edge> = []
  ) {
    var gone: [Rewiring.Edge] = []
    var count = 0
    let layout = network.parameterLayout
    for row in 0..<layout.rowStarts.count - 1 {
      for place in layout.rowStarts[row]..<layout.rowStarts[row + 1] {
        let parameter = Int(layout.weights[place])
        let edge = Rewiring.Edge(row: row, column: layout.columns[place])
        let isCandidate = candidates.contains(edge)
        guard isCandidate || old.values[parameter] != 0 else { continue }
        if !isCandidate { count += 1 }
        if new.values[parameter] == 0 { gone.append(edge) }
      }
    }
    self.init(dropped: gone, added: [], before: count)
  }
}
