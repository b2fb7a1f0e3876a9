extension StateMatching {
  /// Which edges the rows of a student may have.
  public enum Pattern: String, Hashable, Sendable, CaseIterable {
    /// Those that the network has.
    case edges
    /// Those between groups that are connected already, as far as they close no cycle: from neurons further upstream,
    /// and within a cyclic component from those that the graph names earlier. Edges of the network that lead backward
    /// go.
    case acyclic
    /// All between groups that are connected already, but for loops from a neuron to itself.
    case any
  }

  /// The edges that a pattern allows and a network does not have, in the order of the file.
  ///
  /// A network that has them with the weight 0 is a teacher for the pattern: see
  /// ``init(_:_:on:groups:readouts:onlyCycles:pattern:parameterGroups:)``.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` as the matching itself.
  /// - Complexity: O(rows · neurons).
  public static func absentEdges(
    of network: Network, for pattern: Pattern, groups: [String]? = nil, readouts: [String]? = nil,
    parameterGroups: [ParameterGroup] = []
  ) throws(CyclogradError) -> [Rewiring.Edge] {
    guard pattern != .edges else { return [] }
    let network = try network.writtenOut()
    let rows = try MatchedRows(
      of: network, groups, readouts: self.readouts(readouts, besides: groups, of: network),
      onlyCycles: false, parameterGroups: parameterGroups)
    let order = NeuronOrder(network)
    let groupOfNeuron = network.groupOfNeuron
    let groupCount = network.layout.entries.count
    // Source and target in one number each.
    var pairs: Set<Int> = []
    for row in rows.rows {
      let target = groupOfNeuron[Int(network.neuronOfUnit[row.unit])]
      for column in row.columns {
        pairs.insert(groupOfNeuron[rows.sources[column]] * groupCount + target)
      }
    }
    var rowOfUnit = [Int](repeating: 0, count: network.unitCount)
    for (row, s) in network.unitsInFileOrder.enumerated() { rowOfUnit[Int(s)] = row }
    var result: [Rewiring.Edge] = []
    for row in rows.rows {
      let neuron = Int(network.neuronOfUnit[row.unit])
      let there = Set(
        network.inEdges(of: row.unit).map { network.sourceNeuron(of: $0, into: row.unit) })
      for source in 0..<network.neuronCount {
        guard source != neuron, !there.contains(source),
          pairs.contains(groupOfNeuron[source] * groupCount + groupOfNeuron[neuron]),
          pattern == .any || order.precedes(source, neuron)
        else { continue }
        result.append(.init(row: rowOfUnit[row.unit], column: network.fileNeuron[source]))
      }
    }
    return result.sorted { ($0.row, $0.column) < ($1.row, $1.column) }
  }
}

/// An order of neurons that is against no edge outside of cycles: upstream first, and within a cyclic component as in
/// the file.
///
/// The neurons of a softmax group are one place in it, as each depends on what enters any of them.
struct NeuronOrder {
  private let network: Network
  private let stageOfNeuron: [Int32]
  /// The number that the evaluation block of each neuron has in the file.
  private let blockOfNeuron: [Int32]

  init(_ network: Network) {
    self.network = network
    var stages = [Int32](repeating: 0, count: network.neuronCount)
    for (index, stage) in network.stages.enumerated() {
      for neuron in stage.neurons { stages[Int(neuron)] = Int32(index) }
    }
    stageOfNeuron = stages
    let blocks = EvaluationBlocks(network.layout).ofNeuron
    blockOfNeuron = network.fileNeuron.map { blocks[Int($0)] }
  }

  /// Whether a neuron comes before another one, both being positions in condensation order.
  func precedes(_ first: Int, _ second: Int) -> Bool {
    guard blockOfNeuron[first] != blockOfNeuron[second] else { return false }
    let stage = Int(stageOfNeuron[first])
    guard stage == stageOfNeuron[second], network.stages[stage].isCyclic else {
      return first < second
    }
    return blockOfNeuron[first] < blockOfNeuron[second]
  }
}
