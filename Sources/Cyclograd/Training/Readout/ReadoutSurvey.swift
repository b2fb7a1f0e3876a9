/// What is known of groups that may be readouts, found in one pass over the network.
struct ReadoutSurvey {
  private let network: Network
  /// The outputs of each group by its name: their places among all outputs, and their units.
  private var outputs: [String: [(place: Int, unit: Int)]] = [:]

  /// - Throws: ``CyclogradError`` `invalid-option` for groups that there are not, that do not only add, that feed something or
  ///   that have parameters in common with other groups.
  /// - Complexity: O(edges), however many groups there are.
  init(_ names: [String], of network: Network) throws(CyclogradError) {
    self.network = network
    var nameOfGroup: [Int: String] = [:]
    for name in names {
      guard let group = network.layout.indexOfGroup[name] else {
        throw Self.failure(
          name, "the graph has no group '\(name)'",
          "the groups are \(network.groups.map(\.name).joined(separator: ", "))")
      }
      nameOfGroup[group] = name
      let units = network.groups[group].units
      guard units.count == 1, units[0].activation == .identity else {
        throw Self.failure(
          name, "its neurons do not just add",
          "give a group with the activation identity and one unit")
      }
    }
    let groupOfNeuron = network.groupOfNeuron
    var unitOfNeuron: [Int32: Int] = [:]
    for s in 0..<network.unitCount
    where nameOfGroup[groupOfNeuron[Int(network.neuronOfUnit[s])]] != nil {
      unitOfNeuron[network.neuronOfUnit[s]] = s
    }
    for (place, neuron) in network.outputNeurons.enumerated() {
      guard let name = nameOfGroup[groupOfNeuron[Int(neuron)]], let unit = unitOfNeuron[neuron]
      else { continue }
      outputs[name, default: []].append((place, unit))
    }
    for (group, name) in nameOfGroup {
      let (size, found) = (network.groups[group].size, outputs[name]?.count ?? 0)
      guard size == found, size > 0 else {
        throw Self.failure(name, "not all of its neurons are outputs", "give it the role output")
      }
    }
    let isReadout = groupOfNeuron.map { nameOfGroup[$0] != nil }
    let sources = (0..<network.unitCount).lazy.compactMap { s in
      network.inEdges(of: s).lazy.map { network.sourceNeuron(of: $0, into: s) }
        .first { isReadout[$0] }
    }
    if let source = sources.first {
      throw Self.failure(
        nameOfGroup[groupOfNeuron[source]] ?? "",
        "its neurons feed others, whose states would change", "fit a group that feeds nothing")
    }
    for s in network.inputUnits {
      let neuron = Int(network.neuronOfUnit[Int(s)])
      guard isReadout[neuron] else { continue }
      throw Self.failure(
        nameOfGroup[groupOfNeuron[neuron]] ?? "", "its neurons are inputs as well",
        "fit a group that is not")
    }
    try refuseShared(isReadout, nameOfGroup)
  }

  /// A parameter that acts elsewhere too cannot be fitted without changing the states.
  private func refuseShared(
    _ isReadout: [Bool], _ nameOfGroup: [Int: String]
  ) throws(CyclogradError) {
    var owners = [Int32](repeating: -1, count: network.parameterCount)
    func visit(_ s: Int, _ body: (Int) throws(CyclogradError) -> Void) throws(CyclogradError) {
      for e in edges(of: s) { try body(network.parameter(ofEdge: e)) }
      try body(Int(network.biasParameter[s]))
    }
    for own in outputs.values.joined() {
      try visit(own.unit) { parameter throws(CyclogradError) in
        guard network.isTrainable(parameter: parameter) else { return }
        owners[parameter] = network.neuronOfUnit[own.unit]
      }
    }
    for s in 0..<network.unitCount where !isReadout[Int(network.neuronOfUnit[s])] {
      try visit(s) { parameter throws(CyclogradError) in
        guard owners[parameter] >= 0 else { return }
        let group = network.groupOfNeuron[Int(owners[parameter])]
        throw Self.failure(
          nameOfGroup[group] ?? "",
          "its parameters act at \(network.name(atPosition: Int(network.neuronOfUnit[s]))) as well",
          "fit a group whose parameters are its own")
      }
    }
  }

  /// The outputs of a group, in their order.
  func outputs(of name: String) -> [(place: Int, unit: Int)] { outputs[name] ?? [] }

  /// The edges that feed a unit.
  func edges(of unit: Int) -> Range<Int> {
    network.inEdges(of: unit)
  }

  static func failure(_ name: String, _ message: String, _ advice: String) -> CyclogradError {
    CyclogradError(.invalidOption, message, at: .init(subject: "readout \(name)"), advice: advice)
  }
}
