/// What a readout is made of: the neurons that feed it, and which parameters act where.
struct ReadoutDesign {
  /// An edge, or the bias as an edge from a neuron that is always 1.
  struct Term: Hashable {
    /// The column of the activations; as many as there are sources for the constant.
    var column: Int
    var parameter: Int
    /// What the parameter is multiplied with here.
    var factor: Double
  }

  /// An output neuron of the group.
  struct Output {
    /// Its place among all outputs of the network.
    var place: Int
    var edges: [Term]
  }

  /// Outputs that share parameters, and are solved together.
  struct System {
    /// A parameter that is fitted.
    struct Unknown {
      var parameter: Int
      /// Whether it is a bias only.
      var isBias: Bool
    }

    /// Numbers of ``ReadoutDesign/outputs``.
    var outputs: [Int]
    var unknowns: [Unknown]
    /// The places of the parameters among the unknowns.
    var places: [Int: Int]
  }

  /// Positions of the neurons that feed the group, ascending.
  private(set) var sources: [Int] = []
  private(set) var outputs: [Output] = []
  private(set) var systems: [System] = []

  /// - Parameter copies: the groups that may have the same parameters.
  init(
    _ name: String, among copies: [String] = [], of network: Network, _ parameters: Parameters
  ) throws(CyclogradError) {
    func failure(_ message: String, _ advice: String) -> CyclogradError {
      CyclogradError(
        .invalidOption, message, at: .init(subject: "readout \(name)"), advice: advice)
    }
    guard let group = network.layout.indexOfGroup[name] else {
      throw failure(
        "the graph has no group '\(name)'",
        "the groups are \(network.groups.map(\.name).joined(separator: ", "))")
    }
    let description = network.groups[group]
    guard description.units.count == 1, description.units[0].activation == .identity else {
      throw failure(
        "its neurons do not just add", "give a group with the activation identity and one unit")
    }
    let groupOfNeuron = network.groupOfNeuron
    let neurons = network.outputNeurons.enumerated().filter {
      groupOfNeuron[Int($0.element)] == group
    }
    guard neurons.count == description.size, neurons.count > 0 else {
      throw failure("not all of its neurons are outputs", "give it the role output")
    }
    let isReadout = groupOfNeuron.map { $0 == group }
    guard !network.columns.contains(where: { isReadout[Int($0)] }) else {
      throw failure(
        "its neurons feed others, whose states would change", "fit a group that feeds nothing")
    }
    guard !network.inputUnits.contains(where: { isReadout[Int(network.neuronOfUnit[Int($0)])] })
    else { throw failure("its neurons are inputs as well", "fit a group that is not") }
    var unitOfNeuron: [Int: Int] = [:]
    for s in 0..<network.unitCount where isReadout[Int(network.neuronOfUnit[s])] {
      unitOfNeuron[Int(network.neuronOfUnit[s])] = s
    }
    var found: Set<Int> = []
    for s in unitOfNeuron.values {
      for e in Int(network.rowStarts[s])..<Int(network.rowStarts[s + 1]) {
        found.insert(Int(network.columns[e]))
      }
    }
    sources = found.sorted()
    let columns = Dictionary(uniqueKeysWithValues: sources.enumerated().map { ($1, $0) })
    for (place, neuron) in neurons {
      guard let s = unitOfNeuron[Int(neuron)] else { continue }
      var edges = (Int(network.rowStarts[s])..<Int(network.rowStarts[s + 1])).map { e in
        Term(
          column: columns[Int(network.columns[e])] ?? 0, parameter: network.parameter(ofEdge: e),
          factor: network.factor(ofEdge: e))
      }
      edges.append(
        Term(
          column: sources.count, parameter: Int(network.biasParameter[s]),
          factor: network.factor(ofBias: s)))
      outputs.append(Output(place: place, edges: edges))
    }
    try refuseShared(network, unitOfNeuron, copies, failure)
    systems = Self.systems(outputs, network, constant: sources.count)
    guard !systems.isEmpty else {
      throw failure("none of its parameters is trainable", "let some be")
    }
  }

  /// A parameter that acts elsewhere too cannot be fitted without changing the states.
  private func refuseShared(
    _ network: Network, _ unitOfNeuron: [Int: Int], _ copies: [String],
    _ failure: (String, String) -> CyclogradError
  ) throws(CyclogradError) {
    let own = Set(unitOfNeuron.values)
    let fitted = Set(outputs.flatMap { $0.edges.map(\.parameter) })
      .filter { network.isTrainable(parameter: $0) }
    let groups = Set(copies.compactMap { network.layout.indexOfGroup[$0] })
    let groupOfNeuron = network.groupOfNeuron
    for s in 0..<network.unitCount
    where !own.contains(s) && !groups.contains(groupOfNeuron[Int(network.neuronOfUnit[s])]) {
      var parameters = (Int(network.rowStarts[s])..<Int(network.rowStarts[s + 1])).map {
        network.parameter(ofEdge: $0)
      }
      parameters.append(Int(network.biasParameter[s]))
      guard parameters.contains(where: fitted.contains) else { continue }
      throw failure(
        "its parameters act at \(network.name(atPosition: Int(network.neuronOfUnit[s]))) as well",
        "fit a group whose parameters are its own")
    }
  }

  /// The designs of groups that are copies of each other: the same parameters at other neurons.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for groups that are none.
  static func copies(
    _ names: [String], of network: Network, _ parameters: Parameters
  ) throws(CyclogradError) -> [ReadoutDesign] {
    var designs: [ReadoutDesign] = []
    for name in names {
      designs.append(try ReadoutDesign(name, among: names, of: network, parameters))
    }
    for (name, design) in zip(names, designs) where design.terms != designs[0].terms {
      throw CyclogradError(
        .invalidOption, "its weights and biases are not those of '\(names[0])'",
        at: .init(subject: "readout \(name)"),
        advice: "let all copies share them, or fit one after the other")
    }
    return designs
  }

  /// Which parameters act where, the columns being counted within the group.
  private var terms: [[Term]] { outputs.map(\.edges) }

  private static func systems(
    _ outputs: [Output], _ network: Network, constant: Int
  ) -> [System] {
    var systemOfParameter: [Int: Int] = [:]
    var members: [[Int]?] = []
    for (number, output) in outputs.enumerated() {
      let free = output.edges.map(\.parameter).filter { network.isTrainable(parameter: $0) }
      let joined = Set(free.compactMap { systemOfParameter[$0] }).sorted()
      let merged = joined.flatMap { members[$0] ?? [] } + [number]
      for other in joined { members[other] = nil }
      members.append(merged.sorted())
      for member in merged {
        for edge in outputs[member].edges where network.isTrainable(parameter: edge.parameter) {
          systemOfParameter[edge.parameter] = members.count - 1
        }
      }
    }
    return members.compactMap { numbers in
      guard let numbers else { return nil }
      var places: [Int: Int] = [:]
      var unknowns: [System.Unknown] = []
      for edge in numbers.flatMap({ outputs[$0].edges })
      where network.isTrainable(parameter: edge.parameter) {
        let isBias = edge.column == constant
        if let place = places[edge.parameter] {
          unknowns[place].isBias = unknowns[place].isBias && isBias
        } else {
          places[edge.parameter] = unknowns.count
          unknowns.append(.init(parameter: edge.parameter, isBias: isBias))
        }
      }
      return System(outputs: numbers, unknowns: unknowns, places: places)
    }.filter { !$0.unknowns.isEmpty }
  }
}
