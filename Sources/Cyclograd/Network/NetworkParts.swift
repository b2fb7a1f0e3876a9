/// All that a network is made of, and its initial parameters.
struct NetworkParts {
  var name: String
  var seed: UInt64
  var layout: GraphLayout
  var position: [Int32]
  var fileNeuron: [Int32]
  var stages: [Network.Stage]
  var runs: [Network.ActivationRun]
  var componentCount: Int
  var largestComponent: Int
  var unitStarts: [Int32]
  var neuronOfUnit: [Int32]
  var rows: TopologyRows
  var outRows: TopologyRows
  var outPlaces: [Int32]
  var edgeParameter: [Int32]?
  var biasParameter: [Int32]
  var factors: ParameterFactors?
  var frozen: [Bool]
  var weightParameterCount: Int
  var inputUnits: [Int32]
  var outputNeurons: [Int32]
  var initialValues: [Double]
}

extension NetworkParts {
  init(_ assembly: NetworkAssembly) {
    name = assembly.name
    seed = assembly.seed
    layout = assembly.layout
    position = assembly.condensation.position
    fileNeuron = assembly.condensation.fileNeuron
    stages = assembly.condensation.stages
    runs = assembly.condensation.runs
    componentCount = assembly.condensation.componentCount
    largestComponent = assembly.condensation.largestComponent
    unitStarts = assembly.unitStarts
    neuronOfUnit = assembly.neuronOfUnit
    rows = TopologyRows(starts: assembly.rowStarts, columns: assembly.columns)
    outRows = TopologyRows(starts: assembly.outStarts, columns: assembly.outUnits)
    outPlaces = assembly.outEdges
    edgeParameter = assembly.edgeParameter
    biasParameter = assembly.biasParameter
    factors = assembly.factors
    frozen = assembly.frozen
    weightParameterCount = assembly.weightParameterCount
    inputUnits = assembly.inputUnits
    outputNeurons = assembly.outputNeurons
    initialValues = assembly.initialValues
  }

  /// The parts of a network as it is.
  private init(_ network: Network) {
    name = network.name
    seed = network.seed
    layout = network.layout
    position = network.position
    fileNeuron = network.fileNeuron
    stages = network.stages
    runs = network.runs
    componentCount = network.componentCount
    largestComponent = network.largestComponent
    unitStarts = network.unitStarts
    neuronOfUnit = network.neuronOfUnit
    rows = network.rows
    outRows = network.transpose.rows
    outPlaces = network.transpose.places
    edgeParameter = network.edgeParameter
    biasParameter = network.biasParameter
    factors = network.factors
    frozen = network.frozen
    weightParameterCount = network.weightParameterCount
    inputUnits = network.inputUnits
    outputNeurons = network.outputNeurons
    initialValues = Array(repeating: 0, count: network.parameterCount)
  }

  /// The same, where each edge has an entry of its own.
  fileprivate static func writtenOut(_ network: Network) -> NetworkParts {
    var parts = NetworkParts(network)
    let (rows, entries) = network.rows.writtenOut()
    parts.rows = rows
    parts.edgeParameter = network.edgeParameter.map { known in entries.map { known[Int($0)] } }
    if let factors = network.factors {
      parts.factors?.edges = entries.map { factors.edges[Int($0)] }
    }
    parts.outRows = network.transpose.rows.writtenOut().rows
    // Neurons ascend within each row of W, and units within each of its transpose.
    var next = parts.outRows.starts
    parts.outPlaces = Array(repeating: 0, count: entries.count)
    for unit in 0..<rows.count {
      for entry in rows[unit] {
        let neuron = Int(rows.columns[entry])
        parts.outPlaces[Int(next[neuron])] = Int32(entry)
        next[neuron] += 1
      }
    }
    for index in parts.stages.indices { parts.stages[index].original = -1 }
    return parts
  }
}

extension Network {
  /// The same network with an entry of W for each edge, for what looks at edges one by one: itself, unless copies of a part
  /// share what is stored of them. Neurons, units, parameters and states have the same places.
  ///
  /// - Throws: ``CyclogradError`` `too-large` where that would not fit into memory.
  /// - Complexity: O(edges), in time and memory.
  public func writtenOut() throws(CyclogradError) -> Network {
    guard isRolled else { return self }
    try checkEdgesFit()
    return Network(NetworkParts.writtenOut(self))
  }

  /// Refuses what lists all edges where copies share so many that the list would not fit into memory.
  package func checkEdgesFit() throws(CyclogradError) {
    guard isRolled else { return }
    let place = CyclogradError.Location(subject: name)
    guard edgeCount <= GraphLayout.indexLimit else {
      throw CyclogradError(
        .tooLarge,
        "written out, the copies of its parts have \(edgeCount) edges, more than can be numbered",
        at: place, advice: "do this with fewer copies")
    }
    do {
      try MemoryBudget.check(edges: edgeCount, units: unitCount)
    } catch {
      throw CyclogradError(
        error.code, "written out, " + error.message, at: place,
        advice: "do this with fewer copies")
    }
  }
}
