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

  /// Positions of the neurons that feed the group, in the order of the file.
  private(set) var sources: [Int] = []
  private(set) var outputs: [Output] = []
  private(set) var systems: [System] = []

  /// - Throws: ``CyclogradError`` `invalid-option` for a group that is no readout.
  init(_ name: String, of network: Network) throws(CyclogradError) {
    try self.init(name, of: network, ReadoutSurvey([name], of: network))
  }

  private init(
    _ name: String, of network: Network, _ survey: ReadoutSurvey
  ) throws(CyclogradError) {
    let neurons = survey.outputs(of: name)
    var found: Set<Int> = []
    for neuron in neurons {
      for e in survey.edges(of: neuron.unit) {
        found.insert(network.sourceNeuron(of: e, into: neuron.unit))
      }
    }
    // In the order of the file, which is the same in copies.
    sources = found.sorted { network.fileNeuron[$0] < network.fileNeuron[$1] }
    let columns = Dictionary(uniqueKeysWithValues: sources.enumerated().map { ($1, $0) })
    for (place, s) in neurons {
      var edges = survey.edges(of: s).map { e in
        Term(
          column: columns[network.sourceNeuron(of: e, into: s)] ?? 0,
          parameter: network.parameter(ofEdge: e),
          factor: network.factor(ofEdge: e))
      }
      edges.sort { $0.column < $1.column }
      edges.append(
        Term(
          column: sources.count, parameter: Int(network.biasParameter[s]),
          factor: network.factor(ofBias: s)))
      outputs.append(Output(place: place, edges: edges))
    }
    systems = Self.systems(outputs, network, constant: sources.count)
    guard !systems.isEmpty else {
      throw ReadoutSurvey.failure(
        name, "none of its parameters is trainable", "let some be")
    }
  }

  /// The designs of groups that are copies of each other: the same parameters at other neurons.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for groups that are none.
  static func copies(
    _ names: [String], of network: Network
  ) throws(CyclogradError) -> [ReadoutDesign] {
    let survey = try ReadoutSurvey(names, of: network)
    var designs: [ReadoutDesign] = []
    for name in names { designs.append(try ReadoutDesign(name, of: network, survey)) }
    for (name, design) in zip(names, designs) where design.terms != designs[0].terms {
      throw ReadoutSurvey.failure(
        name, "its weights and biases are not those of '\(names[0])'",
        "let all copies share them, or fit one after the other")
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
