import Cyclograd

extension ExplicitNetwork {
  /// Compiles a graph, which draws what is random, and lists what came out.
  init(expanding graph: Graph, locate: @escaping GraphPartLocator, names: [String]? = nil) throws {
    name = graph.name
    blocks = graph.groups.map { group in
      Block(
        name: group.name, shape: group.shape, combine: group.combine,
        activations: group.units.map(\.activation))
    }
    self.names = names
    if takeEntries(of: graph) { return }
    let (network, parameters) = try graph.compile(locate: locate)
    targets.reserveCapacity(network.edgeCount)
    sources.reserveCapacity(network.edgeCount)
    weights.reserveCapacity(network.edgeCount)
    let names = blocks.flatMap { block in (0..<block.size).map { "\(block.name).\($0)" } }
    let index = Dictionary(
      names.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    var uses = [Int32](repeating: 0, count: network.parameterCount)
    network.forEachParameterUse { uses[$0.parameter] += 1 }
    var ties = [Int32](repeating: -1, count: network.parameterCount)
    var tieCount: Int32 = 0
    for parameter in uses.indices where uses[parameter] > 1 {
      ties[parameter] = tieCount
      tieCount += 1
    }
    let isFrozen = (0..<network.parameterCount).map { !network.isTrainable(parameter: $0) }
    let hasUnits = !hasSingleUnits
    network.forEachParameterUse { use in
      let value = parameters.values[use.parameter]
      if let source = use.source {
        sources.append(index[source] ?? 0)
        targets.append(index[use.target] ?? 0)
        weights.append(value)
        if hasUnits { units.append(Int32(use.unit)) }
        frozenWeights.append(isFrozen[use.parameter])
        weightTies.append(ties[use.parameter])
      } else {
        biases.append(value)
        frozenBiases.append(isFrozen[use.parameter])
        biasTies.append(ties[use.parameter])
      }
    }
    inputs = network.inputNames.map { index[$0] ?? 0 }
    outputs = network.outputNames.map { index[$0] ?? 0 }
    dropEmptyMarks()
  }

  private mutating func dropEmptyMarks() {
    if !frozenWeights.contains(true) { frozenWeights = [] }
    if !frozenBiases.contains(true) { frozenBiases = [] }
    if !weightTies.contains(where: { $0 >= 0 }) { weightTies = [] }
    if !biasTies.contains(where: { $0 >= 0 }) { biasTies = [] }
  }

  /// A matrix of weights is taken as it is; compiling it would take longer than reading it.
  private mutating func takeEntries(of graph: Graph) -> Bool {
    guard graph.groups.count == 1, graph.connections.count == 1, graph.edges.isEmpty,
      graph.groups[0].units.count == 1, graph.groups[0].role == [],
      graph.groups[0].units[0].bias == .default, graph.inputs == nil, graph.outputs == nil,
      graph.connections[0].weight == .default,
      case .entries(let entries) = graph.connections[0].pattern, let values = entries.values
    else { return false }
    targets = entries.rows
    sources = entries.columns
    weights = values
    biases = [Double](repeating: 0, count: graph.groups[0].size)
    inputs = []
    outputs = []
    return true
  }
}
