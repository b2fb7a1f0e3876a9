extension Loss {
  /// The groups of outputs whose activation the loss applies by itself, so that it would be applied twice: softmax
  /// or logistic outputs of a loss that takes logits (``appliedActivation``).
  ///
  /// Gradients are exact all the same, but training is slow, and losses do not come near 0.
  public func groupsOfNoLogits(in network: Network) -> [String] {
    groupsOfNoLogits(outputs: network.outputCount) { network.group(ofOutput: $0) }
  }

  /// The same of outputs in the groups given.
  package func groupsOfNoLogits(outputs count: Int, group: (Int) -> Group) -> [String] {
    let terms: [(loss: any Loss, outputs: [Int])] =
      (self as? CompositeLoss)?.parts.map { ($0.loss, $0.outputs) }
      ?? [(self, Array(0..<count))]
    var names: [String] = []
    for (loss, outputs) in terms {
      guard let own = loss.appliedActivation else { continue }
      for output in outputs {
        let group = group(output)
        if group.units.count == 1, group.units[0].activation == own, names.last != group.name,
          !names.contains(group.name)
        {
          names.append(group.name)
        }
      }
    }
    return names
  }
}
