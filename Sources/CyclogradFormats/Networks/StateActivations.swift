import Cyclograd

/// The activations of the states of an implicit model, one run after the other: as many neighbouring states with the same
/// one as come together, but that two softmax groups are two runs.
struct StateActivations: Equatable {
  private(set) var runs: [(activation: Activation, count: Int)] = []

  /// How many states they are of.
  var count: Int { runs.reduce(0) { $0 + $1.count } }
  /// Whether nothing is known.
  var isEmpty: Bool { runs.isEmpty }

  /// Nothing yet.
  init() {}

  /// Those of some neurons of one unit, in their order.
  init(of neurons: some Sequence<Int>, in network: ExpandedNetwork) {
    let blockOfNeuron = network.blocks.indices.flatMap { block in
      repeatElement(block, count: network.blocks[block].size)
    }
    var last = -1
    for neuron in neurons {
      let block = blockOfNeuron[neuron]
      append(network.blocks[block].activations[0], 1, isContinued: block == last)
      last = block
    }
  }

  /// - Parameter isContinued: whether they are of the same group as the last ones.
  mutating func append(_ activation: Activation, _ count: Int, isContinued: Bool = false) {
    if runs.last?.activation == activation, isContinued || activation != .softmax {
      runs[runs.count - 1].count += count
    } else {
      runs.append((activation, count))
    }
  }

  static func == (a: Self, b: Self) -> Bool {
    a.runs.elementsEqual(b.runs) { $0.activation == $1.activation && $0.count == $1.count }
  }
}
