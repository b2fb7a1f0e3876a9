/// What a person describes: groups of neurons, rules that connect them, single edges.
///
/// A graph is a value. Graph files and the builder say the same things and give equal graphs.
/// ``compile(locate:)`` turns it into what the machine runs.
///
///     let graph = Graph("small feedback network", seed: 1) {
///       Group("x", size: 8, role: .input)
///       Group("h", size: 16, activation: .tanh, bias: .uniform(-0.1...0.1))
///       Group("y", size: 8, role: .output)
///
///       Connection("x", to: "h")
///       Connection("h", to: "h", self: false, weight: .normal(0.2))
///       Connection("h", to: "y")
///     }
public struct Graph: Hashable, Sendable {
  /// A name for people.
  public var name: String
  /// What random patterns and initial values are drawn from.
  public var seed: UInt64
  /// The groups, in the order that numbers the neurons.
  public var groups: [Group]
  /// The rules that connect groups.
  public var connections: [Connection]
  /// Single edges; where a rule gives the same edge, the single one replaces it.
  public var edges: [Edge]
  /// The input neurons in the order of a sample's numbers; `nil`: the groups with that role.
  public var inputs: [NeuronRange]?
  /// The output neurons in the order of the answer's numbers; `nil`: the groups with that role.
  public var outputs: [NeuronRange]?

  /// Creates a graph from its parts.
  public init(
    name: String, seed: UInt64 = 0, groups: [Group] = [], connections: [Connection] = [],
    edges: [Edge] = [], inputs: [NeuronRange]? = nil, outputs: [NeuronRange]? = nil
  ) {
    self.name = name
    self.seed = seed
    self.groups = groups
    self.connections = connections
    self.edges = edges
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// A part of a graph, as errors name it and as readers record its place in a file.
public enum GraphPart: Hashable, Sendable {
  /// The graph as a whole.
  case graph
  /// A group, by its position.
  case group(Int)
  /// A connection, by its position.
  case connection(Int)
  /// A single edge, by its position.
  case edge(Int)
  /// The list of inputs.
  case inputs
  /// The list of outputs.
  case outputs
}

/// Tells where in a file a part of a graph is, so that errors can name the line.
public typealias GraphPartLocator = (GraphPart) -> CyclogradError.Location?
