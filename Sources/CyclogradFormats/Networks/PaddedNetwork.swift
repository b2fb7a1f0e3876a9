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
    let topology = TrainingTopology(network)
      .applying(.init(dropped: [], added: edges, before: 0))
    self.graph = try ExpandedNetwork(graph, network, parameters)
      .rewired(to: topology, of: graph, network)
    (self.network, self.parameters) = try self.graph.compile()
  }
}
