/// A ``NetworkSlice`` before the processes have agreed on what their ties have in common.
package struct SliceDraft {
  /// The largest number of edges of a unit that each tie is in, here; becomes that of all processes.
  package var largestFanIn: [Int32]

  private let name: String
  private let seed: UInt64
  private let layout: GraphLayout
  private let bounds: SliceBounds
  private let index: Int
  private let weights: WeightRules
  private let biases: BiasRules
  private let countedEdges: FanIns
  private let inputs: [Int32]
  private let outputs: [Int32]
  private var rowStarts: [Int32]
  private var columns: [Int32]
  /// For each edge its place in the expansion.
  private var places: [Int32]

  private var neurons: Range<Int> { bounds.starts[index]..<bounds.starts[index + 1] }

  init(
    _ graph: Graph, parts: Int, index: Int, rowSources: [Int: any RowSource]
  ) throws(GraphPartError) {
    name = graph.name
    seed = graph.seed
    self.index = index
    layout = try GraphLayout(graph.groups, isHeldWhole: false)
    inputs = try layout.neurons(graph.inputs, role: .input, of: .inputs, "inputs")
    outputs = try layout.neurons(graph.outputs, role: .output, of: .outputs, "outputs")
    bounds = try SliceBounds(graph, layout, parts: parts, rowSources: rowSources)
    let neurons = bounds.starts[index]..<bounds.starts[index + 1]
    let expansion = try EdgeExpansion(
      graph, layout, targets: Self.needsWhole(graph, rowSources) ? nil : neurons,
      rowSources: rowSources)
    let units = layout.units(of: neurons)
    var byUnit = EdgeRows(expansion.units, buckets: units)
    var sources = byUnit.order.map { expansion.sources[Int($0)] }
    byUnit.removeReplaced(&sources, firstSingleEdge: expansion.firstSingleEdge)
    byUnit.sort(&sources)
    rowStarts = byUnit.starts
    places = byUnit.order
    columns = sources
    weights = try WeightRules(expansion, layout)
    biases = try BiasRules(graph, layout)
    countedEdges = FanIns(expansion)
    largestFanIn = []
    try checkDuplicates(expansion)
    largestFanIn = fanIns
  }

  /// The names of the inputs and of the outputs of the whole network.
  package var names: (inputs: [String], outputs: [String]) {
    (
      inputs.map { layout.name(ofNeuron: Int($0)) }, outputs.map { layout.name(ofNeuron: Int($0)) }
    )
  }

  /// Whether the edges to other neurons are needed, too.
  private static func needsWhole(_ graph: Graph, _ rowSources: [Int: any RowSource]) -> Bool {
    graph.connections.enumerated().contains { index, connection in
      if connection.weight.isTransposed { return true }
      if case .entries? = connection.weight.initial { return true }
      var isMatrix = rowSources[index] != nil
      if case .entries = connection.pattern { isMatrix = true }
      return isMatrix && connection.weight.share != nil
    }
  }

  private func checkDuplicates(_ expansion: EdgeExpansion) throws(GraphPartError) {
    let firstUnit = layout.units(of: neurons).lowerBound
    for row in 0..<rowStarts.count - 1 {
      for edge in Int(rowStarts[row])..<Int(rowStarts[row + 1])
      where edge > rowStarts[row] && columns[edge] == columns[edge - 1] {
        let (target, unit) = layout.locate(unit: firstUnit + row)
        throw expansion.duplicate(
          places[edge - 1], places[edge], source: layout.name(ofNeuron: Int(columns[edge])),
          target: layout.name(ofNeuron: target), unit: unit)
      }
    }
  }

  // MARK: Parameters

  /// The number of a tie of biases among all.
  private func biasTie(_ tie: Int) -> Int { weights.ties.count + tie }

  private func edges(_ row: Int) -> Range<Int> { Int(rowStarts[row])..<Int(rowStarts[row + 1]) }

  private var fanIns: [Int32] {
    var result = [Int32](repeating: 0, count: weights.ties.count + biases.ties.count)
    guard !result.isEmpty else { return result }
    var rule = 0
    var fanIns = countedEdges
    for row in 0..<rowStarts.count - 1 {
      for edge in edges(row) {
        let parameter = weights.parameter(ofEdge: Int(places[edge]), near: &rule)
        guard let tie = weights.tie(parameter, of: rule) else { continue }
        let fanIn = fanIns.count(edges(row), in: weights.instance(rule)) { Int(places[$0]) }
        result[tie] = max(result[tie], Int32(fanIn))
      }
    }
    forEachUnit { row, rule, neuron in
      guard let tie = biases.tie(neuron, of: rule) else { return }
      let place = biasTie(tie)
      let fanIn = fanIns.count(edges(row), in: biases.instance(rule)) { Int(places[$0]) }
      result[place] = max(result[place], Int32(fanIn))
    }
    return result
  }

  /// Calls `body` for each unit, with its rule and the number of its neuron within the group.
  private func forEachUnit(_ body: (_ row: Int, _ rule: Int, _ neuron: Int) -> Void) {
    var row = 0
    for (group, entry) in layout.entries.enumerated() {
      for neuron in neurons.clamped(to: entry.firstNeuron..<entry.firstNeuron + entry.size) {
        for unit in 0..<entry.unitsPerNeuron {
          body(row, biases.rule(ofGroup: group, unit: unit), neuron - entry.firstNeuron)
          row += 1
        }
      }
    }
  }

  /// The part, once ``largestFanIn`` is that of all processes.
  package func slice() -> NetworkSlice {
    var values: [Double] = []
    var frozen: [Bool] = []
    values.reserveCapacity(columns.count + rowStarts.count)
    let hasFactors = weights.hasFactors || biases.hasFactors
    let hasTies = weights.ties.count > 0
    var edgeParameter: [Int32] = []
    var factors: (edges: [Double], biases: [Double]) = ([], [])
    var rule = 0
    var fanIns = countedEdges
    // Ties get their places when those before are known; until then −1 − tie stands for them.
    for row in 0..<rowStarts.count - 1 {
      for edge in edges(row) {
        let parameter = weights.parameter(ofEdge: Int(places[edge]), near: &rule)
        if hasFactors { factors.edges.append(weights.factor(rule)) }
        if let tie = weights.tie(parameter, of: rule) {
          edgeParameter.append(-1 - Int32(tie))
        } else {
          if hasTies { edgeParameter.append(Int32(values.count)) }
          let fanIn = fanIns.count(edges(row), in: weights.instance(rule)) { Int(places[$0]) }
          values.append(weights.value(parameter, of: rule, fanIn: fanIn))
          frozen.append(weights.isFrozen(rule))
        }
      }
    }
    let ownWeights = values.count
    var biasParameter: [Int32] = []
    forEachUnit { row, rule, neuron in
      if hasFactors { factors.biases.append(biases.factor(rule)) }
      if let tie = biases.tie(neuron, of: rule) {
        biasParameter.append(-1 - Int32(biasTie(tie)))
      } else {
        biasParameter.append(Int32(values.count))
        let fanIn = fanIns.count(edges(row), in: biases.instance(rule)) { Int(places[$0]) }
        values.append(biases.value(neuron, of: rule, fanIn: fanIn))
        frozen.append(biases.isFrozen(rule))
      }
    }
    let firstTied = values.count
    var placeOfTie = [Int32](repeating: 0, count: largestFanIn.count)
    for tie in 0..<weights.ties.count where largestFanIn[tie] > 0 {
      placeOfTie[tie] = Int32(values.count)
      values.append(weights.value(ofTie: tie, fanIn: Int(largestFanIn[tie])))
      frozen.append(weights.isFrozen(tie: tie))
    }
    let tiedWeights = values.count - firstTied
    for tie in 0..<biases.ties.count {
      placeOfTie[biasTie(tie)] = Int32(values.count)
      values.append(biases.value(ofTie: tie, fanIn: Int(largestFanIn[biasTie(tie)])))
      frozen.append(biases.isFrozen(tie: tie))
    }
    func placed(_ parameter: Int32) -> Int32 {
      parameter < 0 ? placeOfTie[Int(-1 - parameter)] : parameter
    }
    return NetworkSlice(
      name: name, seed: seed, starts: bounds.starts, index: index, rowStarts: rowStarts,
      columns: columns,
      edgeParameter: hasTies ? edgeParameter.map(placed) : nil,
      biasParameter: biasParameter.map(placed), edgeFactors: factors.edges,
      biasFactors: factors.biases, parameters: values, ownWeightCount: ownWeights,
      tiedWeightCount: tiedWeights, tiedBiasCount: values.count - firstTied - tiedWeights,
      frozen: frozen.contains(true) ? frozen : [], inputNeurons: inputs, outputNeurons: outputs,
      layout: layout)
  }
}
