/// A graph under a name as a part of another one; the same graph may be used several times.
///
/// Group `h` of an instance `encoder` is called `encoder.h`, a neuron with the name `a` of its own
/// `encoder.a`, and shared parameters `w` are called `encoder.w`. Connections name the instance itself where they mean its inputs or its outputs, if
/// these are one whole group; the roles of its groups end with the instance.
///
///     let encoder = Instance("encoder", of: cell)
///     let graph = Graph("twice", seed: 1) {
///       Group("x", size: 8, role: .input)
///       Group("y", size: 8, role: .output)
///       Connection("x", to: "encoder")
///       Connection("encoder", to: "decoder")
///       Connection("decoder", to: "y")
///       encoder
///       encoder.tied("decoder")
///     }
///
/// An instance of a graph with a seed other than 0 draws what that graph draws by itself, so that two of
/// them begin equal; with the seed 0 it draws by its place in the graph that it is a part of.
public struct Instance: Hashable, Sendable {
  /// The name, which stands before the names of groups.
  public var name: String
  /// The graph.
  public var module: Graph
  /// The instance that has the same parameters, if there is one.
  public var tiedTo: String?
  /// The seed from which it draws; `nil`: that of the graph around it, and positions there.
  public var seed: UInt64?

  /// Creates an instance.
  ///
  /// - Parameters:
  ///   - name: the name, with which the names of its groups begin.
  ///   - module: the graph.
  ///   - seed: what it draws from; unless given, the graph's own seed if that is not 0.
  public init(_ name: String, of module: Graph, seed: UInt64? = nil) {
    self.name = name
    self.module = module
    self.seed = seed ?? (module.seed == 0 ? nil : module.seed)
  }

  /// Another instance of the same graph with the same parameters.
  public func tied(_ name: String) -> Instance {
    var instance = self
    instance.name = name
    instance.tiedTo = tiedTo ?? self.name
    return instance
  }

  /// The group that connections to the instance lead to, if its inputs are one whole group.
  public var inputGroup: String? { port(module.inputs, .input) }

  /// The group that connections from the instance begin at, if its outputs are one whole group.
  public var outputGroup: String? { port(module.outputs, .output) }

  private func port(_ list: [NeuronRange]?, _ role: Group.Role) -> String? {
    let names: [String]
    if let list {
      names = list.compactMap { range in
        guard let size = module.groups.first(where: { $0.name == range.group })?.size,
          range.indices == nil || range.indices == 0...max(0, size - 1)
        else { return nil }
        return range.group
      }
      guard names.count == list.count else { return nil }
    } else {
      names = module.groups.filter { $0.role.contains(role) }.map(\.name)
    }
    return names.count == 1 ? "\(name).\(names[0])" : nil
  }

  /// The instance's groups, connections and edges under their full names.
  ///
  /// - Parameter isTiedTo: whether another instance is tied to this one, so that parameters that
  ///   nobody shares need names.
  package func graph(isTiedTo: Bool) -> Graph {
    var graph = seed.map { module.keepingDraws(seed: $0) } ?? module
    let owner = tiedTo ?? name
    let namesAll = isTiedTo || tiedTo != nil
    func shared(_ rule: inout ParameterRule, _ what: @autoclosure () -> String) {
      if let share = rule.share {
        rule.share = "\(owner).\(share)"
      } else if namesAll {
        rule.share = "\(owner): \(what())"
      }
    }
    for index in graph.groups.indices {
      graph.groups[index].draws?.comeIn(name)
      let role = graph.groups[index].role
      for unit in graph.groups[index].units.indices {
        shared(&graph.groups[index].units[unit].bias, "biases \(index)/\(unit)")
        // Outside, such a group is no input, and its biases would be trained.
        let bias = graph.groups[index].units[unit].bias
        if role == .input, bias.isTrainable == nil,
          module.groups[index].units[unit].bias.share == nil
        {
          graph.groups[index].units[unit].bias.isTrainable = false
        }
      }
      graph.groups[index].name = "\(name).\(graph.groups[index].name)"
      graph.groups[index].role = []
      if case .list(let names)? = graph.groups[index].neuronNames {
        graph.groups[index].neuronNames = .list(names.map { "\(name).\($0)" })
      }
    }
    for index in graph.connections.indices {
      graph.connections[index].draws?.comeIn(name)
      shared(&graph.connections[index].weight, "weights \(index)")
      graph.connections[index].from = "\(name).\(graph.connections[index].from)"
      graph.connections[index].to = "\(name).\(graph.connections[index].to)"
    }
    for index in graph.edges.indices {
      graph.edges[index].draws?.comeIn(name)
      shared(&graph.edges[index].weight, "edge \(index)")
      graph.edges[index].source.group = "\(name).\(graph.edges[index].source.group)"
      graph.edges[index].target.group = "\(name).\(graph.edges[index].target.group)"
    }
    graph.inputs = nil
    graph.outputs = nil
    return graph
  }
}

extension Graph {
  /// The graph with its parts drawing from a seed and from their positions here, and with the fan-in that they have here,
  /// wherever they go.
  ///
  /// Parts that say already where they draw from are left as they are.
  func keepingDraws(seed: UInt64) -> Graph {
    var graph = self
    func keep(_ draws: inout DrawOrigin?, _ position: Int) {
      var origin = draws ?? DrawOrigin(seed: seed, position: position)
      origin.instance = origin.instance ?? ""
      draws = origin
    }
    var unit = 0
    for index in graph.groups.indices {
      keep(&graph.groups[index].draws, unit)
      unit += groups[index].units.count
    }
    for index in graph.connections.indices { keep(&graph.connections[index].draws, index) }
    for index in graph.edges.indices { keep(&graph.edges[index].draws, index) }
    return graph
  }

  /// Appends the parts of another graph; its lists of inputs and outputs stay behind.
  package mutating func append(_ other: Graph) {
    groups += other.groups
    connections += other.connections
    edges += other.edges
  }

  /// Puts the groups of inputs and outputs where connections, edges and lists name instances or layers.
  ///
  /// A name that stands for several groups, or for none, stays, and ``compile(locate:)`` refuses it.
  package mutating func resolvePorts(of instances: [Instance], _ layers: [Layer] = []) {
    let layers = layers.filter { $0.name != $0.output.name }
    guard !instances.isEmpty || !layers.isEmpty else { return }
    var inputPort: [String: String] = [:]
    var outputPort: [String: String] = [:]
    for instance in instances {
      inputPort[instance.name] = instance.inputGroup
      outputPort[instance.name] = instance.outputGroup
    }
    for layer in layers { outputPort[layer.name] = layer.output.name }
    // A group of the same name comes first; the two are refused elsewhere.
    for group in groups {
      inputPort[group.name] = nil
      outputPort[group.name] = nil
    }
    for index in connections.indices {
      let (from, to) = (connections[index].from, connections[index].to)
      connections[index].from = outputPort[from] ?? from
      connections[index].to = inputPort[to] ?? to
    }
    for index in edges.indices {
      let (source, target) = (edges[index].source.group, edges[index].target.group)
      edges[index].source.group = outputPort[source] ?? source
      edges[index].target.group = inputPort[target] ?? target
    }
    inputs = inputs?.map { NeuronRange(inputPort[$0.group] ?? $0.group, $0.indices) }
    outputs = outputs?.map { NeuronRange(outputPort[$0.group] ?? $0.group, $0.indices) }
  }
}

extension DrawOrigin {
  /// Puts the instance that it comes in before the one that it came in already.
  fileprivate mutating func comeIn(_ name: String) {
    guard let instance else { return }
    self.instance = instance.isEmpty ? name : "\(name).\(instance)"
  }
}
