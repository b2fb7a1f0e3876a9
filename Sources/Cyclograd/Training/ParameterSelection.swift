/// Which parameters are meant: weights or biases, by the groups of the graph where they act.
public struct ParameterSelection: Hashable, Sendable {
  /// Weights or biases.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Parameters of edges.
    case weights
    /// Parameters of units.
    case biases
  }

  /// Weights or biases; `nil` is both.
  public var kind: Kind?
  /// The group that edges come from; biases have none.
  public var source: String?
  /// The group of the neurons that edges lead to, or whose biases these are.
  public var target: String?

  /// Creates a selection; what is `nil` does not restrict it.
  public init(_ kind: Kind? = nil, from source: String? = nil, to target: String? = nil) {
    self.kind = kind
    self.source = source
    self.target = target
  }
}

/// Parameters that are treated alike in training.
public struct ParameterGroup: Hashable, Sendable {
  /// A name for messages.
  public var name: String
  /// Which parameters belong to it, as far as no earlier group has them.
  public var selection: ParameterSelection
  /// What the learning rate is multiplied with.
  public var rateFactor: Double
  /// λ: the gradient of λ/2 ‖w‖² is added to that of the loss, or, with AdamW, η λ w is
  /// subtracted from w, weights and biases alike; `nil`: weights have that of the options, biases none.
  public var decay: Double?
  /// Whether they stay as they are.
  public var isFrozen: Bool

  /// Creates a group.
  public init(
    _ name: String, _ selection: ParameterSelection, rateFactor: Double = 1, decay: Double? = nil,
    isFrozen: Bool = false
  ) {
    self.name = name
    self.selection = selection
    self.rateFactor = rateFactor
    self.decay = decay
    self.isFrozen = isFrozen
  }

  func validate() throws(CyclogradError) {
    for (value, what) in [
      (rateFactor, "factor of the learning rate"), (decay ?? 0, "weight decay"),
    ] where value < 0 || !value.isFinite {
      throw CyclogradError(
        .invalidOption, "the \(what) is \(value)", at: .init(subject: "parameter group \(name)"),
        advice: "give a number of at least 0")
    }
  }
}

/// The runs of neighbouring trainable parameters of one group, weights or biases.
struct ParameterSegments {
  struct Segment {
    var range: Range<Int>
    var group: Int
    /// λ of the decay that its parameters have.
    var decay: Double
  }

  private(set) var segments: [Segment] = []

  /// Runs are cut after this many parameters, so that they can be shared out among threads.
  private static let longest = 1 << 15

  /// The place of each parameter's group, −1 for none: it belongs to the first group that has one of the places where
  /// it acts.
  private static func owners(
    _ groups: [ParameterGroup], of network: Network
  ) throws(CyclogradError) -> [Int32] {
    var owner = [Int32](repeating: -1, count: network.parameterCount)
    var isUsed = [Bool](repeating: false, count: groups.count)
    for group in groups {
      for name in [group.selection.source, group.selection.target] {
        guard let name, network.layout.indexOfGroup[name] == nil else { continue }
        throw CyclogradError(
          .invalidOption, "the graph has no group '\(name)'",
          at: .init(subject: "parameter group \(group.name)"),
          advice: "the groups are \(network.groups.map(\.name).joined(separator: ", "))")
      }
      try group.validate()
    }
    for (index, group) in groups.enumerated() {
      network.forEachParameter(of: group.selection) { parameter in
        isUsed[index] = true
        if owner[parameter] < 0 { owner[parameter] = Int32(index) }
      }
      guard isUsed[index] || group.selection.target == nil && group.selection.source == nil else {
        throw CyclogradError(
          .invalidOption, "no parameter is selected",
          at: .init(subject: "parameter group \(group.name)"),
          advice: "look at the names of the groups and the direction of the edges")
      }
    }
    return owner
  }

  /// The parameters that groups leave as they are.
  static func frozen(
    by groups: [ParameterGroup], of network: Network
  ) throws(CyclogradError) -> Set<Int> {
    guard groups.contains(where: \.isFrozen) else { return [] }
    let owner = try owners(groups, of: network)
    return Set(owner.indices.filter { owner[$0] >= 0 && groups[Int(owner[$0])].isFrozen })
  }

  /// - Parameter decay: that of weights whose group has none of its own.
  init(
    _ groups: [ParameterGroup], decay: Double, of network: Network
  ) throws(CyclogradError) {
    let owner = try Self.owners(groups, of: network)
    for kind in [0..<network.weightParameterCount, network.weightParameterCount..<owner.count] {
      let common = kind.lowerBound == 0 && !kind.isEmpty ? decay : 0
      var index = kind.lowerBound
      while index < kind.upperBound {
        let group = owner[index]
        let start = index
        while index < kind.upperBound, owner[index] == group,
          network.isTrainable(parameter: index), index - start < Self.longest
        { index += 1 }
        if index == start {
          index += 1
        } else if group >= 0, !groups[Int(group)].isFrozen {
          segments.append(
            Segment(
              range: start..<index, group: Int(group),
              decay: groups[Int(group)].decay ?? common))
        }
      }
    }
  }
}

extension Network {
  /// Calls `body` for the parameter of every edge and unit that a selection means.
  func forEachParameter(of selection: ParameterSelection, _ body: (Int) -> Void) {
    let source = selection.source.flatMap { layout.indexOfGroup[$0] }
    let target = selection.target.flatMap { layout.indexOfGroup[$0] }
    let groupOfNeuron = groupOfNeuron
    for s in 0..<unitCount {
      if let target, groupOfNeuron[Int(neuronOfUnit[s])] != target { continue }
      if selection.kind != .biases {
        for e in inEdges(of: s) {
          if let source, groupOfNeuron[sourceNeuron(of: e, into: s)] != source { continue }
          body(parameter(ofEdge: e))
        }
      }
      if selection.kind != .weights, selection.source == nil { body(Int(biasParameter[s])) }
    }
  }
}
