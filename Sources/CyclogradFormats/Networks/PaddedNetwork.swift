public import Cyclograd

/// A network with further edges of weight 0, which does the same: a teacher for a student that may have them.
public struct PaddedNetwork: Sendable {
  /// The description.
  public let graph: Graph
  /// The network.
  public let network: Network
  /// Its weights and biases.
  public let parameters: Parameters

  /// Adds edges; every weight and bias gets its number.
  ///
  /// - Parameters:
  ///   - graph: the description of the network.
  ///   - network: the graph, compiled.
  ///   - parameters: the weights and biases.
  ///   - edges: what comes, such as ``Cyclograd/StateMatching/absentEdges(of:for:groups:readouts:parameterGroups:)``.
  /// - Throws: ``Cyclograd/CyclogradError`` `invalid-option` where a group has biases of several kinds.
  public init(
    _ graph: Graph, _ network: Network, _ parameters: Parameters, adding edges: [Rewiring.Edge]
  ) throws {
    var expanded = ExpandedNetwork(graph, network, parameters)
    expanded.rewire(
      to: TrainingTopology(network).applying(.init(dropped: [], added: edges, before: 0)),
      network.parameterLayout)
    let other = expanded.graph()
    guard other.groups.map(\.name) == graph.groups.map(\.name) else {
      throw CyclogradError(
        .invalidOption, "edges are not added where a group has biases of several kinds",
        advice: "divide such a group")
    }
    self.graph = other
    (self.network, self.parameters) = try other.compile()
  }
}
