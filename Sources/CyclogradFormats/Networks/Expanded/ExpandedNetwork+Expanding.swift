import Cyclograd

extension ExpandedNetwork {
  /// Compiles a graph, which draws what is random, and lists what came out.
  init(expanding graph: Graph, locate: @escaping GraphPartLocator) throws {
    name = graph.name
    blocks = graph.groups.map(Block.init)
    names = Self.names(of: graph.groups)
    if takeEntries(of: graph) { return }
    let (network, parameters) = try graph.compile(locate: locate)
    try network.checkEdgesFit()
    take(network, parameters)
  }

  /// The neurons' names, if any group names its own.
  static func names(of groups: [Group]) -> [String]? {
    guard groups.contains(where: { $0.neuronNames != nil }) else { return nil }
    return groups.flatMap { group in
      if case .list(let names)? = group.neuronNames { return names }
      return (0..<group.size).map { "\(group.name).\($0)" }
    }
  }

  /// Lists the edges and biases of a compiled network whose groups are known already.
  mutating func take(_ network: Network, _ parameters: Parameters) {
    let layout = network.parameterLayout
    var uses = [Int32](repeating: 0, count: network.parameterCount)
    for parameter in layout.weights { uses[Int(parameter)] += 1 }
    for parameter in layout.biases { uses[Int(parameter)] += 1 }
    var ties = [Int32](repeating: -1, count: network.parameterCount)
    var tieCount: Int32 = 0
    // A parameter with a factor is no weight, even if it serves one edge only.
    for (parameter, factor) in zip(layout.weights, layout.weightFactors) where factor != 1 {
      uses[Int(parameter)] += 1
    }
    for (parameter, factor) in zip(layout.biases, layout.biasFactors) where factor != 1 {
      uses[Int(parameter)] += 1
    }
    tieValues = []
    for parameter in uses.indices where uses[parameter] > 1 {
      ties[parameter] = tieCount
      tieCount += 1
      if !layout.weightFactors.isEmpty { tieValues.append(parameters.values[parameter]) }
    }
    weightFactors = layout.weightFactors
    biasFactors = layout.biasFactors
    sources = layout.columns
    weights = layout.weightValues(parameters)
    biases = layout.biasValues(parameters)
    frozenWeights = layout.weights.map { !network.isTrainable(parameter: Int($0)) }
    frozenBiases = layout.biases.map { !network.isTrainable(parameter: Int($0)) }
    weightTies = layout.weights.map { ties[Int($0)] }
    biasTies = layout.biases.map { ties[Int($0)] }
    targets = []
    units = []
    targets.reserveCapacity(sources.count)
    let hasUnits = !hasSingleUnits
    var row = 0
    var neuron: Int32 = 0
    for block in blocks {
      for _ in 0..<block.size {
        for unit in 0..<block.activations.count {
          let count = layout.rowStarts[row + 1] - layout.rowStarts[row]
          targets.append(contentsOf: repeatElement(neuron, count: count))
          if hasUnits { units.append(contentsOf: repeatElement(Int32(unit), count: count)) }
          row += 1
        }
        neuron += 1
      }
    }
    inputs = network.fileInputs
    outputs = network.fileOutputs
    dropEmptyMarks()
  }

  private mutating func dropEmptyMarks() {
    if !frozenWeights.contains(true) { frozenWeights = [] }
    if !frozenBiases.contains(true) { frozenBiases = [] }
    if !weightTies.contains(where: { $0 >= 0 }) { weightTies = [] }
    if !biasTies.contains(where: { $0 >= 0 }) { biasTies = [] }
  }

  /// A matrix of weights is taken as it is; compiling it would take longer than reading it. What contradicts itself is left
  /// to the compiler, which says what is wrong and where.
  private mutating func takeEntries(of graph: Graph) -> Bool {
    guard graph.groups.count == 1, graph.connections.count == 1, graph.edges.isEmpty,
      graph.inputs == nil, graph.outputs == nil
    else { return false }
    let (group, connection) = (graph.groups[0], graph.connections[0])
    guard group.units.count == 1, group.role == [], group.units[0].bias == .default,
      connection.from == group.name, connection.to == group.name, connection.unit == 0,
      connection.allowsSelf, connection.weight == .default,
      names.map({ Set($0).count == $0.count }) ?? true,
      case .entries(let entries) = connection.pattern, let values = entries.values,
      entries.isMatrix(of: group.size), values.allSatisfy(\.isFinite)
    else { return false }
    targets = entries.rows
    sources = entries.columns
    weights = values
    biases = [Double](repeating: 0, count: group.size)
    inputs = []
    outputs = []
    return true
  }
}

extension SparseEntries {
  /// Whether all entries are within a square matrix, and no two at the same place; O(entries).
  fileprivate func isMatrix(of size: Int) -> Bool {
    let places = 0..<Int32(clamping: size)
    guard rows.allSatisfy(places.contains), columns.allSatisfy(places.contains) else {
      return false
    }
    // By columns, and then by rows: equal places stand side by side.
    var order = Array(0..<Int32(clamping: count))
    for keys in [columns, rows] {
      var next = [Int](repeating: 0, count: size + 1)
      for key in keys { next[Int(key) + 1] += 1 }
      for key in 0..<size { next[key + 1] += next[key] }
      var sorted = order
      for entry in order {
        let key = Int(keys[Int(entry)])
        sorted[next[key]] = entry
        next[key] += 1
      }
      order = sorted
    }
    return zip(order, order.dropFirst()).allSatisfy { one, other in
      rows[Int(one)] != rows[Int(other)] || columns[Int(one)] != columns[Int(other)]
    }
  }
}
