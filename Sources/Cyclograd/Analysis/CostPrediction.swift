/// What methods are predicted to cost on each cyclic component: the numbers by which `automatic` chooses.
///
/// They were measured on one machine; only their ratios matter.
public struct CostPrediction: Sendable {
  /// One cyclic component.
  public struct Component: Hashable, Sendable {
    /// One of its neurons, `group.index`.
    public var neuron: String
    /// How many neurons it has.
    public var size: Int
    /// The edges within it.
    public var edges: Int
    /// Seconds for one sweep over the edges.
    public var sweepSeconds: Double
    /// Seconds for one factorization with its solves; `nil` where a direct method does not apply.
    public var factorizationSeconds: Double?
  }

  /// The cyclic components, in topological order.
  public let components: [Component]

  /// Predicts; it takes a symbolic analysis of each component.
  public init(_ network: Network) {
    components = network.stages.filter(\.isCyclic).map { stage in
      let component = Cyclograd.Component(network, stage: stage)
      let model = CostModel(component)
      return Component(
        neuron: component.firstName, size: component.neuronCount, edges: component.edgeCount,
        sweepSeconds: model.sweep, factorizationSeconds: model.factorization)
    }
  }
}
