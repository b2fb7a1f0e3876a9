/// What is known of a network without solving it.
public struct NetworkSummary: Sendable {
  /// One group.
  public struct GroupSummary: Sendable {
    /// The group.
    public var group: Group
    /// The edges that enter its units.
    public var incomingEdges: Int
    /// The neurons that lie on a cycle.
    public var cyclicNeurons: Int
    /// The smallest Lipschitz constant that serves all its units' activations; `nil` if none does.
    public var lipschitzConstant: Double?
  }

  /// The groups, in file order.
  public let groups: [GroupSummary]
  /// How many components there are of each size that occurs, cyclic ones apart.
  public let cyclicComponentSizes: [(size: Int, count: Int)]
  /// The most edges that enter one unit, and that leave one neuron.
  public let largestInDegree: Int
  /// The most edges that leave one neuron.
  public let largestOutDegree: Int
  /// The bytes that the compiled topology takes.
  public let bytes: Int

  /// Summarizes a network, in time linear in its size.
  public init(_ network: Network) {
    var incoming = [Int](repeating: 0, count: network.layout.entries.count)
    var cyclic = incoming
    var sizes: [Int: Int] = [:]
    for stage in network.stages {
      if stage.isCyclic { sizes[stage.neurons.count, default: 0] += 1 }
      for run in stage.runs.map({ network.runs[Int($0)] }) {
        let group = Int(run.group)
        if stage.isCyclic { cyclic[group] += run.neurons.count }
        let units =
          Int(
            network.unitStarts[Int(run.neurons.lowerBound)])..<Int(
            network.unitStarts[Int(run.neurons.upperBound)])
        incoming[group] +=
          network.rows.edgeCount(units)
      }
    }
    groups = network.layout.entries.enumerated().map { index, entry in
      let constants = entry.group.units.map(\.activation.lipschitzConstant)
      return GroupSummary(
        group: entry.group, incomingEdges: incoming[index], cyclicNeurons: cyclic[index],
        lipschitzConstant: constants.contains(nil) ? nil : constants.compactMap { $0 }.max())
    }
    cyclicComponentSizes = sizes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    largestInDegree = network.rows.longest
    largestOutDegree = network.transpose.rows.longest
    let words =
      network.position.count + network.fileNeuron.count + network.unitStarts.count
      + network.neuronOfUnit.count + network.rows.words + network.transposes.words
      + (network.edgeParameter?.count ?? 0) + network.biasParameter.count
    bytes =
      4 * words + network.frozen.count
      + 8 * (network.factors.map { $0.edges.count + $0.biases.count } ?? 0)
      + MemoryLayout<Network.Stage>.stride * network.stages.count
      + MemoryLayout<Network.ActivationRun>.stride * network.runs.count
  }
}
