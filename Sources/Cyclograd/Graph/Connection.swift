/// Edges from one group to another, or within one, described by a rule.
public struct Connection: Hashable, Sendable {
  /// The group that feeds.
  public var from: String
  /// The group that is fed.
  public var to: String
  /// Which unit of each target neuron is fed.
  public var unit: Int
  /// Which neuron feeds which.
  public var pattern: Pattern
  /// Whether a neuron may feed itself; only where `from` and `to` are the same group.
  public var allowsSelf: Bool
  /// The weights of the edges.
  public var weight: ParameterRule
  /// Where its random numbers come from; `nil`: the graph's seed and the connection's position.
  public var draws: DrawOrigin?

  /// Creates a connection.
  public init(
    _ from: String, to: String, unit: Int = 0, _ pattern: Pattern = .all,
    self allowsSelf: Bool = true,
    weight: ParameterRule = .default, draws: DrawOrigin? = nil
  ) {
    self.from = from
    self.to = to
    self.unit = unit
    self.pattern = pattern
    self.allowsSelf = allowsSelf
    self.weight = weight
    self.draws = draws
  }
}

/// One edge from a neuron to a unit of a neuron.
public struct Edge: Hashable, Sendable {
  /// The neuron that feeds.
  public var source: NeuronReference
  /// The neuron that is fed.
  public var target: NeuronReference
  /// Which unit of the target is fed.
  public var unit: Int
  /// The weight.
  public var weight: ParameterRule
  /// Where its random number comes from; `nil`: the graph's seed and the edge's position.
  public var draws: DrawOrigin?

  /// Creates an edge.
  public init(
    _ source: NeuronReference, to target: NeuronReference, unit: Int = 0,
    weight: ParameterRule = .default, draws: DrawOrigin? = nil
  ) {
    self.source = source
    self.target = target
    self.unit = unit
    self.weight = weight
    self.draws = draws
  }
}

/// A neuron by group and index; written `group.index`.
public struct NeuronReference: Hashable, Sendable, CustomStringConvertible {
  /// The group's name.
  public var group: String
  /// The neuron's index in its group, from 0.
  public var index: Int

  /// Creates a reference.
  public init(_ group: String, _ index: Int) {
    self.group = group
    self.index = index
  }

  /// `group.index`
  public var description: String { "\(group).\(index)" }
}

extension NeuronReference: ExpressibleByStringLiteral {
  /// Creates a reference from `group.index`, such as `"ring.0"`.
  ///
  /// A text that names no neuron makes a reference that ``Graph/compile(locate:)`` refuses.
  public init(stringLiteral text: String) {
    guard let dot = text.lastIndex(of: "."), let index = Self.index(text[text.index(after: dot)...])
    else {
      self.init(text, -1)
      return
    }
    self.init(String(text[..<dot]), index)
  }

  private static func index(_ digits: Substring) -> Int? {
    guard digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), digits == "0" || digits.first != "0"
    else { return nil }
    return Int(digits)
  }
}

/// Some consecutive neurons of a group, or all; written `group.first..last` or `group`.
public struct NeuronRange: Hashable, Sendable, CustomStringConvertible {
  /// The group's name.
  public var group: String
  /// The indices, or `nil` for all.
  public var indices: ClosedRange<Int>?

  /// Creates a range; without indices, the whole group.
  public init(_ group: String, _ indices: ClosedRange<Int>? = nil) {
    self.group = group
    self.indices = indices
  }

  /// `group`, `group.index` or `group.first..last`
  public var description: String {
    guard let indices else { return group }
    return indices.count == 1
      ? "\(group).\(indices.lowerBound)"
      : "\(group).\(indices.lowerBound)..\(indices.upperBound)"
  }
}
