/// The equations of a network whose states are unknowns: units with their divergences, and which parameters are trained.
struct FenchelEquations: Sendable {
  /// A unit whose neuron's state is an unknown.
  struct Unit: Sendable {
    var neuron: Int
    var unit: Int
    var divergence: FenchelDivergence
  }

  let network: Network
  /// The units of neurons whose states are unknowns.
  private(set) var units: [Unit] = []
  /// The units of the readout, and the places of their neurons among the outputs.
  private(set) var outputs: [(unit: Int, place: Int)] = []
  /// The neurons that nothing feeds: their activations follow from biases and inputs.
  private(set) var fixed: [(neuron: Int, unit: Int, activation: Activation)] = []
  /// The place of each unit's input; −1 for none.
  private(set) var inputOfUnit: [Int]
  /// Parameters of the first block of weights, and for each whether it is.
  private(set) var trained: [Int] = []
  private(set) var isTrained: [Bool]
  /// The weights of the readout that the ridge is about.
  let readoutWeights: [Int]

  /// - Parameter frozen: parameters that stay although they are trainable.
  init(
    _ network: Network, _ design: ReadoutDesign, _ name: String, frozen: Set<Int>
  ) throws(CyclogradError) {
    self.network = network
    func isFree(_ parameter: Int) -> Bool {
      network.isTrainable(parameter: parameter) && !frozen.contains(parameter)
    }
    readoutWeights = design.systems.flatMap { $0.unknowns }.filter { !$0.isBias }.map(\.parameter)
    inputOfUnit = [Int](repeating: -1, count: network.unitCount)
    for (place, s) in network.inputUnits.enumerated() { inputOfUnit[Int(s)] = place }
    isTrained = [Bool](repeating: false, count: network.parameterCount)
    let groupOfNeuron = network.groupOfNeuron
    let unitsOfNeuron = Dictionary(grouping: 0..<network.unitCount) {
      Int(network.neuronOfUnit[$0])
    }
    let placeOfNeuron = Dictionary(
      network.outputNeurons.enumerated().map { (Int($1), $0) },
      uniquingKeysWith: { first, _ in first }
    )
    for neuron in 0..<network.neuronCount {
      let group = network.groups[groupOfNeuron[neuron]]
      let own = unitsOfNeuron[neuron] ?? []
      guard own.count == 1, let s = own.first else {
        throw Self.failure(network, neuron, "has several units")
      }
      let activation = group.units[0].activation
      if group.name == name {
        outputs.append((s, placeOfNeuron[neuron] ?? 0))
        continue
      }
      let edges = network.inEdges(of: s)
      let bias = Int(network.biasParameter[s])
      if edges.isEmpty, !isFree(bias), activation != .softmax {
        fixed.append((neuron, s, activation))
        continue
      }
      guard let divergence = FenchelDivergence(activation) else {
        throw Self.failure(
          network, neuron, "has the activation \(activation.name), which has no divergence")
      }
      units.append(Unit(neuron: neuron, unit: s, divergence: divergence))
      for parameter in edges.map({ network.parameter(ofEdge: $0) }) + [bias]
      where isFree(parameter) {
        isTrained[parameter] = true
      }
    }
    trained = isTrained.indices.filter { isTrained[$0] }
    guard !units.isEmpty else {
      throw CyclogradError(
        .invalidOption, "there are no states between inputs and the readout",
        at: .init(subject: "readout \(name)"), advice: "fit the readout alone")
    }
  }

  private static func failure(
    _ network: Network, _ neuron: Int, _ message: String
  ) -> CyclogradError {
    CyclogradError(
      .invalidOption, "the neuron \(network.name(atPosition: neuron)) \(message)",
      advice:
        "a descent on states needs neurons of one unit with an increasing activation, such as relu or tanh"
    )
  }
}
