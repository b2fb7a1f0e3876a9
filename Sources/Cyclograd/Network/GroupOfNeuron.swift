/// The group of each neuron, both by position.
private struct GroupOfNeuron: Sendable {
  let groups: [Int]

  init(_ network: Network) {
    var groups = [Int](repeating: 0, count: network.neuronCount)
    for run in network.runs { for k in run.neurons { groups[Int(k)] = Int(run.group) } }
    self.groups = groups
  }
}

extension Network {
  /// The group of each neuron, both by position.
  ///
  /// - Complexity: O(1), and O(neurons) the first time.
  var groupOfNeuron: [Int] { memo.fact { GroupOfNeuron(self) }.groups }
}
