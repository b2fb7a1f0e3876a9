public import Cyclograd

/// A network without the edges whose weights have become 0.
public struct PrunedNetwork: Sendable {
  /// The network.
  public let graph: Graph
  /// How many edges went.
  public let dropped: Int
  /// How many are left.
  public let edges: Int

  /// Takes edges out that have the weight 0, but for those that are not trainable or share their weight.
  ///
  /// Rules become lists of edges, and every weight and bias gets its number.
  ///
  /// - Parameters:
  ///   - graph: the description of the network.
  ///   - network: the graph, compiled.
  ///   - parameters: the weights and biases.
  public init(_ graph: Graph, _ network: Network, _ parameters: Parameters) {
    var expanded = ExpandedNetwork(graph, network, parameters)
    let before = expanded.edgeCount
    let whole = expanded
    expanded.keepEdges { edge in
      whole.weights[edge] != 0
        || !whole.frozenWeights.isEmpty && whole.frozenWeights[edge]
        || !whole.weightTies.isEmpty && whole.weightTies[edge] >= 0
    }
    dropped = before - expanded.edgeCount
    edges = expanded.edgeCount
    self.graph = expanded.graph()
  }
}

extension ExpandedNetwork {
  /// Takes out the edges that are not to be kept.
  mutating func keepEdges(_ isKept: (Int) -> Bool) {
    let kept = targets.indices.filter(isKept)
    func part<Element>(_ list: [Element]) -> [Element] {
      list.isEmpty ? [] : kept.map { list[$0] }
    }
    targets = part(targets)
    sources = part(sources)
    units = part(units)
    weights = part(weights)
    frozenWeights = part(frozenWeights)
    weightTies = part(weightTies)
    weightFactors = part(weightFactors)
  }
}
