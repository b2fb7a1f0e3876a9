/// Collects the parts of a graph; groups, connections, edges and lists may come in any order.
@resultBuilder
public enum GraphBuilder {
  /// One part of a graph.
  public enum Part: Hashable, Sendable {
    /// A group.
    case group(Group)
    /// A connection.
    case connection(Connection)
    /// A single edge.
    case edge(Edge)
    /// The list of inputs.
    case inputs([NeuronRange])
    /// The list of outputs.
    case outputs([NeuronRange])
    /// A graph under a name.
    case instance(Instance)
    /// A layer.
    case layer(Layer)
  }

  /// A group.
  public static func buildExpression(_ group: Group) -> [Part] { [.group(group)] }
  /// A connection.
  public static func buildExpression(_ connection: Connection) -> [Part] {
    [.connection(connection)]
  }
  /// An edge.
  public static func buildExpression(_ edge: Edge) -> [Part] { [.edge(edge)] }
  /// The list of inputs.
  public static func buildExpression(_ inputs: Inputs) -> [Part] { [.inputs(inputs.ranges)] }
  /// The list of outputs.
  public static func buildExpression(_ outputs: Outputs) -> [Part] { [.outputs(outputs.ranges)] }
  /// A graph under a name, as a part of this one.
  public static func buildExpression(_ instance: Instance) -> [Part] { [.instance(instance)] }
  /// A layer, as its groups and connections.
  public static func buildExpression(_ layer: Layer) -> [Part] { [.layer(layer)] }
  /// All parts of a graph under their own names, with the numbers that they draw there.
  public static func buildExpression(_ graph: Graph) -> [Part] {
    let graph = graph.keepingDraws(seed: graph.seed)
    return graph.groups.map { .group($0) } + graph.connections.map { .connection($0) }
      + graph.edges.map { .edge($0) } + (graph.inputs.map { [.inputs($0)] } ?? [])
      + (graph.outputs.map { [.outputs($0)] } ?? [])
  }
  /// Parts made elsewhere, for example by a function.
  public static func buildExpression(_ parts: [Part]) -> [Part] { parts }
  /// One thing after the other.
  public static func buildBlock(_ parts: [Part]...) -> [Part] { parts.flatMap { $0 } }
  /// A loop.
  public static func buildArray(_ parts: [[Part]]) -> [Part] { parts.flatMap { $0 } }
  /// A condition without `else`.
  public static func buildOptional(_ parts: [Part]?) -> [Part] { parts ?? [] }
  /// A condition that holds.
  public static func buildEither(first parts: [Part]) -> [Part] { parts }
  /// A condition that does not hold.
  public static func buildEither(second parts: [Part]) -> [Part] { parts }
}

/// The input neurons by name, in place of the role: any neurons in any order.
public struct Inputs: Hashable, Sendable {
  /// The neurons.
  public var ranges: [NeuronRange]
  /// Creates the list.
  public init(_ ranges: NeuronRange...) { self.ranges = ranges }
}

/// The output neurons by name, in place of the role: any neurons in any order.
public struct Outputs: Hashable, Sendable {
  /// The neurons.
  public var ranges: [NeuronRange]
  /// Creates the list.
  public init(_ ranges: NeuronRange...) { self.ranges = ranges }
}

extension Graph {
  /// Creates a graph from a description that reads like the picture of the network.
  public init(_ name: String, seed: UInt64 = 0, @GraphBuilder _ parts: () -> [GraphBuilder.Part]) {
    self.init(name: name, seed: seed)
    let parts = parts()
    var instances: [Instance] = []
    for case .instance(let instance) in parts { instances.append(instance) }
    var layers: [Layer] = []
    let tied = Set(instances.compactMap(\.tiedTo))
    for part in parts {
      switch part {
      case .group(let group): groups.append(group)
      case .connection(let connection): connections.append(connection)
      case .edge(let edge): edges.append(edge)
      case .inputs(let ranges): inputs = (inputs ?? []) + ranges
      case .outputs(let ranges): outputs = (outputs ?? []) + ranges
      case .instance(let instance):
        append(instance.graph(isTiedTo: tied.contains(instance.name)))
      case .layer(let layer):
        groups += layer.groups
        connections += layer.connections
        layers.append(layer)
      }
    }
    resolvePorts(of: instances, layers)
  }
}
