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
  /// Of the first of several copies alone, which speaks for all.
  private(set) var systems: [System] = []

  /// - Throws: ``CyclogradError`` `invalid-option` for a group that is no readout.
  init(_ name: String, of network: Network) throws(CyclogradError) {
    self = try Self.copies([name], of: network)[0]
  }

  /// - Parameter columns: −1 for each neuron; is left like that.
  private init(
    _ name: String, of network: Network, _ survey: ReadoutSurvey, _ columns: inout [Int32]
  ) {
    let neurons = survey.outputs(of: name)
    for neuron in neurons {
      for e in survey.edges(of: neuron.unit) {
        let source = network.sourceNeuron(of: e, into: neuron.unit)
        guard columns[source] < 0 else { continue }
        columns[source] = 0
        sources.append(source)
      }
    }
    // In the order of the file, which is the same in copies.
    sources.sort { network.fileNeuron[$0] < network.fileNeuron[$1] }
    for (column, source) in sources.enumerated() { columns[source] = Int32(column) }
    for (place, s) in neurons {
      var edges = survey.edges(of: s).map { e in
        Term(
          column: Int(columns[network.sourceNeuron(of: e, into: s)]),
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
    for source in sources { columns[source] = -1 }
  }

  /// The designs of groups that are copies of each other: the same parameters at other neurons.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for groups that are none.
  static func copies(
    _ names: [String], of network: Network
  ) throws(CyclogradError) -> [ReadoutDesign] {
    let survey = try ReadoutSurvey(names, of: network)
    var columns = [Int32](repeating: -1, count: network.neuronCount)
    var designs = names.map { ReadoutDesign($0, of: network, survey, &columns) }
    for (name, design) in zip(names, designs) where design.terms != designs[0].terms {
      throw ReadoutSurvey.failure(
        name, "its weights and biases are not those of '\(names[0])'",
        "let all copies share them, or fit one after the other")
    }
    designs[0].systems = systems(
      designs[0].outputs, network, constant: designs[0].sources.count)
    guard !designs[0].systems.isEmpty else {
      throw ReadoutSurvey.failure(names[0], "none of its parameters is trainable", "let some be")
    }
    return designs
  }

  /// Which parameters act where, the columns being counted within the group.
  private var terms: [[Term]] { outputs.map(\.edges) }

  private static func systems(
    _ outputs: [Output], _ network: Network, constant: Int
  ) -> [System] {
    var joined = JoinedOutputs(outputs.count)
    var owners: [Int: Int] = [:]
    for (number, output) in outputs.enumerated() {
      for edge in output.edges where network.isTrainable(parameter: edge.parameter) {
        if let owner = owners[edge.parameter] {
          joined.join(owner, number)
        } else {
          owners[edge.parameter] = number
        }
      }
    }
    return joined.sets().map { numbers in
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

/// Which outputs have parameters in common, by way of others or directly: a forest whose roots are the last of each
/// set.
private struct JoinedOutputs {
  private var parents: [Int]

  init(_ count: Int) { parents = Array(0..<count) }

  mutating func join(_ first: Int, _ second: Int) {
    let (a, b) = (root(first), root(second))
    parents[min(a, b)] = max(a, b)
  }

  private mutating func root(_ number: Int) -> Int {
    var place = number
    while parents[place] != place {
      parents[place] = parents[parents[place]]
      place = parents[place]
    }
    return place
  }

  /// The sets in the order of their last outputs, and the outputs of each in their order.
  mutating func sets() -> [[Int]] {
    var result = [[Int]](repeating: [], count: parents.count)
    for number in parents.indices { result[root(number)].append(number) }
    return result.filter { !$0.isEmpty }
  }
}
