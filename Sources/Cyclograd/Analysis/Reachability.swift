/// Which inputs lead to an output, and which outputs an input leads to, along edges from source to target.
///
/// An output that no input leads to is the same for every sample, whatever the weights. Often edges point the wrong
/// way then.
public struct Reachability: Sendable {
  /// The names of inputs that lead to no output, in the order of a sample's numbers; empty if there are no outputs.
  public let idleInputs: [String]
  /// The names of outputs that no input leads to, in the order of an answer's numbers; empty if there are no inputs.
  public let constantOutputs: [String]

  /// Follows all edges forwards and backwards, in time linear in the network's size.
  public init(_ network: Network) {
    let blocks = EvaluationBlocks(network.layout)
    let inputs = network.inputUnits.map { network.neuronOfUnit[Int($0)] }
    let outputs = network.outputNeurons
    let transpose = network.transpose
    let reached = Self.reached(from: inputs, network, blocks) { neuron, visit in
      for edge in transpose.edges(of: neuron) {
        visit(network.neuronOfUnit[transpose.targetUnit(of: edge, from: neuron)])
      }
    }
    let heard = Self.reached(from: outputs, network, blocks) { neuron, visit in
      for unit in network.unitStarts[neuron]..<network.unitStarts[neuron + 1] {
        for edge in network.inEdges(of: Int(unit)) {
          visit(Int32(network.sourceNeuron(of: edge, into: Int(unit))))
        }
      }
    }
    func names(_ neurons: [Int32], missingFrom found: [Bool]) -> [String] {
      neurons.filter { !found[Int($0)] }.map { network.name(atPosition: Int($0)) }
    }
    idleInputs = outputs.isEmpty ? [] : names(inputs, missingFrom: heard)
    constantOutputs = inputs.isEmpty ? [] : names(outputs, missingFrom: reached)
  }

  /// Neurons that can be reached in any number of steps; the neurons of a block depend on each other.
  private static func reached(
    from starts: [Int32], _ network: Network, _ blocks: EvaluationBlocks,
    neighbours: (_ neuron: Int, _ visit: (Int32) -> Void) -> Void
  ) -> [Bool] {
    var found = [Bool](repeating: false, count: network.neuronCount)
    var waiting: [Int32] = []
    func visit(_ neuron: Int32) {
      guard !found[Int(neuron)] else { return }
      let block = Int(blocks.ofNeuron[Int(network.fileNeuron[Int(neuron)])])
      for member in blocks.firstNeuron[block]..<blocks.firstNeuron[block + 1] {
        let place = network.position[Int(member)]
        found[Int(place)] = true
        waiting.append(place)
      }
    }
    for start in starts { visit(start) }
    while let next = waiting.popLast() { neighbours(Int(next), visit) }
    return found
  }
}
