extension Loss {
  /// The groups of outputs whose activation the loss applies by itself, so that it would be applied twice: softmax
  /// or logistic outputs of a loss that takes logits.
  ///
  /// Gradients are exact all the same, but training is slow, and losses do not come near 0.
  public func groupsOfNoLogits(in network: Network) -> [String] {
    let own: Activation
    switch self {
    case .softmaxCrossEntropy: own = .softmax
    case .binaryCrossEntropy: own = .logistic
    case .halfSquaredError, .absoluteError: return []
    }
    var names: [String] = []
    for neuron in network.outputNeurons {
      let group = network.entry(atPosition: Int(neuron)).group
      if group.units.count == 1, group.units[0].activation == own, names.last != group.name,
        !names.contains(group.name)
      {
        names.append(group.name)
      }
    }
    return names
  }
}
