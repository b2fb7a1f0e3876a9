/// Compiles a graph: expands its rules, condenses it, and lays out W and its transpose.
///
/// Everything is counting sorts, so time and memory are linear in units and edges; at the peak
/// about 40 bytes an edge are held.
struct NetworkAssembly {
  let name: String
  let seed: UInt64
  let layout: GraphLayout
  let condensation: Condensation
  private(set) var unitStarts: [Int32] = []
  private(set) var neuronOfUnit: [Int32] = []
  private(set) var rowStarts: [Int32] = []
  private(set) var columns: [Int32] = []
  private(set) var outStarts: [Int32] = []
  private(set) var outUnits: [Int32] = []
  private(set) var outEdges: [Int32] = []
  private(set) var edgeParameter: [Int32]?
  private(set) var biasParameter: [Int32] = []
  private(set) var factors: ParameterFactors?
  private(set) var frozen: [Bool] = []
  private(set) var weightParameterCount = 0
  private(set) var inputUnits: [Int32] = []
  private(set) var outputNeurons: [Int32] = []
  private(set) var initialValues: [Double] = []

  /// - Parameter ranks: the part of the order that each group belongs to; all to one for `nil`.
  init(_ graph: Graph, ranks: [Int32]? = nil) throws(GraphPartError) {
    name = graph.name
    seed = graph.seed
    layout = try GraphLayout(graph.groups)
    let inputs = try layout.neurons(graph.inputs, role: .input, of: .inputs, "inputs")
    let outputs = try layout.neurons(graph.outputs, role: .output, of: .outputs, "outputs")
    let expansion = try EdgeExpansion(graph, layout)
    var byUnit = EdgeRows(expansion.units, buckets: 0..<layout.unitCount)
    var sources = byUnit.order.map { expansion.sources[Int($0)] }
    byUnit.removeReplaced(&sources, firstSingleEdge: expansion.firstSingleEdge)
    condensation = Condensation(
      layout, ranks: ranks, rowStarts: byUnit.starts, sources: sources)

    numberUnits()
    let edgeOfExpansion = layOutEdges(&byUnit, &sources)
    try checkDuplicates(expansion, edgeOfExpansion)
    inputUnits = inputs.map { unitStarts[Int(condensation.position[Int($0)])] }
    outputNeurons = outputs.map { condensation.position[Int($0)] }

    let initial = try InitialParameters(
      graph, layout, expansion, orderOfEdges: edgeOfExpansion, assembly: self)
    edgeParameter = initial.edgeParameter
    biasParameter = initial.biasParameter
    factors = initial.factors
    frozen = initial.frozen
    weightParameterCount = initial.weightCount
    initialValues = initial.values
  }

  private mutating func numberUnits() {
    unitStarts.reserveCapacity(layout.neuronCount + 1)
    neuronOfUnit.reserveCapacity(layout.unitCount)
    unitStarts.append(0)
    for run in condensation.runs {
      let units = layout.entries[Int(run.group)].unitsPerNeuron
      for k in run.neurons {
        for _ in 0..<units { neuronOfUnit.append(k) }
        unitStarts.append(Int32(neuronOfUnit.count))
      }
    }
  }

  /// Builds the transpose from rows in condensation order, then the rows from the transpose, which
  /// leaves both sorted. Returns for each edge of W its place in the expansion.
  private mutating func layOutEdges(
    _ byUnit: inout EdgeRows, _ sources: inout [Int32]
  ) -> [Int32] {
    let edgeCount = sources.count
    let position = condensation.position
    outStarts = [Int32](repeating: 0, count: layout.neuronCount + 1)
    for source in sources { outStarts[Int(position[Int(source)]) + 1] += 1 }
    for k in 0..<layout.neuronCount { outStarts[k + 1] += outStarts[k] }
    outUnits = [Int32](repeating: 0, count: edgeCount)
    var outExpansion = [Int32](repeating: 0, count: edgeCount)
    var next = outStarts
    var fileUnitStarts: [Int] = []
    fileUnitStarts.reserveCapacity(layout.neuronCount)
    for entry in layout.entries {
      for index in 0..<entry.size {
        fileUnitStarts.append(entry.firstUnit + index * entry.unitsPerNeuron)
      }
    }
    rowStarts.reserveCapacity(layout.unitCount + 1)
    rowStarts.append(0)
    for k in 0..<layout.neuronCount {
      let firstFileUnit = fileUnitStarts[Int(condensation.fileNeuron[k])]
      for s in unitStarts[k]..<unitStarts[k + 1] {
        let fileUnit = firstFileUnit + Int(s - unitStarts[k])
        let row = Int(byUnit.starts[fileUnit])..<Int(byUnit.starts[fileUnit + 1])
        rowStarts.append(rowStarts[Int(s)] + Int32(row.count))
        for entry in row {
          let source = Int(position[Int(sources[entry])])
          let place = Int(next[source])
          outUnits[place] = s
          outExpansion[place] = byUnit.order[entry]
          next[source] += 1
        }
      }
    }
    (byUnit.starts, byUnit.order) = ([], [])
    sources = []

    columns = [Int32](repeating: 0, count: edgeCount)
    outEdges = [Int32](repeating: 0, count: edgeCount)
    var edgeOfExpansion = [Int32](repeating: 0, count: edgeCount)
    next = rowStarts
    for source in 0..<layout.neuronCount {
      for place in Int(outStarts[source])..<Int(outStarts[source + 1]) {
        let unit = Int(outUnits[place])
        let edge = Int(next[unit])
        columns[edge] = Int32(truncatingIfNeeded: source)
        outEdges[place] = Int32(truncatingIfNeeded: edge)
        edgeOfExpansion[edge] = outExpansion[place]
        next[unit] += 1
      }
    }
    return edgeOfExpansion
  }

  private func checkDuplicates(
    _ expansion: EdgeExpansion, _ edgeOfExpansion: [Int32]
  ) throws(GraphPartError) {
    for s in 0..<layout.unitCount {
      let row = Int(rowStarts[s])..<Int(rowStarts[s + 1])
      for edge in row.dropFirst() where columns[edge] == columns[edge - 1] {
        let target = Int(neuronOfUnit[s])
        throw expansion.duplicate(
          edgeOfExpansion[edge - 1], edgeOfExpansion[edge],
          source: layout.name(ofNeuron: Int(condensation.fileNeuron[Int(columns[edge])])),
          target: layout.name(ofNeuron: Int(condensation.fileNeuron[target])),
          unit: s - Int(unitStarts[target]))
      }
    }
  }
}

extension EdgeExpansion {
  /// What is said of two edges between the same neurons.
  func duplicate(
    _ one: Int32, _ other: Int32, source: String, target: String, unit: Int
  ) -> GraphPartError {
    let first = origins[originIndex(ofEdge: Int(min(one, other)))]
    let second = origins[originIndex(ofEdge: Int(max(one, other)))]
    return GraphPartError(
      part: second.part, subject: second.subject,
      message: "the edge from \(source) to \(target)" + (unit > 0 ? " (unit \(unit))" : "")
        + " exists already, from " + first.subject,
      advice: "keep one of the two; parallel edges act as one with the sum of the weights")
  }
}

extension Graph {
  /// Compiles the graph into what the machine runs, and its initial parameters.
  ///
  /// Time and memory are linear in neurons, units and edges. From 16 copies of a part on that follow one another, are fed by
  /// themselves and the one before alone, and have their weights in common, edges are compiled and stored once.
  ///
  /// - Parameter locate: tells where in a file a part of the graph stood, for error messages.
  /// - Throws: ``CyclogradError`` with the code `invalid-graph` for a graph that contradicts
  ///   itself, `too-large` for one that cannot be numbered or held in memory.
  public func compile(
    locate: GraphPartLocator? = nil
  ) throws(CyclogradError) -> (network: Network, parameters: Parameters) {
    try compile(locate: locate, copies: RepeatedCopies(self))
  }

  /// - Parameter copies: the copies that are stored once.
  func compile(
    locate: GraphPartLocator? = nil, copies: RepeatedCopies?
  ) throws(CyclogradError) -> (network: Network, parameters: Parameters) {
    do {
      if let copies, let parts = try NetworkParts(self, rolling: copies) {
        return (Network(parts), Parameters(parts.initialValues))
      }
      let parts = NetworkParts(try NetworkAssembly(self))
      return (Network(parts), Parameters(parts.initialValues))
    } catch {
      throw CyclogradError(error, locate)
    }
  }
}

extension CyclogradError {
  /// An error about a part of a graph, with the part's place in a file.
  init(_ error: GraphPartError, _ locate: GraphPartLocator?) {
    var location = locate?(error.part) ?? CyclogradError.Location()
    location.subject = error.subject ?? location.subject
    self.init(error.code, error.message, at: location, advice: error.advice)
  }
}
