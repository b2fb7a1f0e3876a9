/// Which edges may go, and where others may come.
struct RewiringCandidates {
  let network: Network
  /// Edges that may go, by their number in the network, in the order of the file.
  private(set) var own: [Int] = []
  /// Rows and columns of the file by position.
  private let rowOfUnit: [Int]
  private let columnOfNeuron: [Int32]
  private let unitOfEdge: [Int]
  /// For each group of targets the groups from which edges may come.
  private let sourcesOfGroup: [Set<Int>]
  private let groupOfNeuron: [Int]

  /// - Parameter parameterGroups: those that are frozen stay.
  init(
    _ network: Network, _ selection: ParameterSelection, _ parameterGroups: [ParameterGroup] = []
  ) throws(CyclogradError) {
    self.network = network
    let frozen = try ParameterSegments.frozen(by: parameterGroups, of: network)
    for name in [selection.source, selection.target] {
      guard let name, network.layout.indexOfGroup[name] == nil else { continue }
      throw CyclogradError(
        .invalidOption, "the graph has no group '\(name)'", at: .init(subject: "rewiring"),
        advice: "the groups are \(network.groups.map(\.name).joined(separator: ", "))")
    }
    let groups = network.groupOfNeuron
    groupOfNeuron = groups
    let source = selection.source.flatMap { network.layout.indexOfGroup[$0] }
    let target = selection.target.flatMap { network.layout.indexOfGroup[$0] }
    var rows = [Int](repeating: 0, count: network.unitCount)
    for (row, s) in network.unitsInFileOrder.enumerated() { rows[Int(s)] = row }
    rowOfUnit = rows
    columnOfNeuron = (0..<network.neuronCount).map { network.fileNeuron[$0] }
    let uses = network.parameterUses
    var units = [Int](repeating: 0, count: network.storedEdgeCount)
    var sources = [Set<Int>](repeating: [], count: network.layout.entries.count)
    for s in 0..<network.unitCount {
      let to = groups[Int(network.neuronOfUnit[s])]
      for e in network.inEdges(of: s) {
        units[e] = s
        let from = groups[network.sourceNeuron(of: e, into: s)]
        let parameter = network.parameter(ofEdge: e)
        guard target ?? to == to, source ?? from == from, uses[parameter] == 1,
          network.factor(ofEdge: e) == 1, network.isTrainable(parameter: parameter),
          !frozen.contains(parameter)
        else { continue }
        own.append(e)
        sources[to].insert(from)
      }
    }
    unitOfEdge = units
    sourcesOfGroup = sources
    guard !own.isEmpty else {
      throw CyclogradError(
        .invalidOption, "there are no edges that could be exchanged",
        at: .init(subject: "rewiring"),
        advice: "weights that are shared, frozen or not trainable stay; name groups with others")
    }
    let order = columnOfNeuron
    own.sort {
      (rows[units[$0]], order[network.sourceNeuron(of: $0, into: units[$0])])
        < (rows[units[$1]], order[network.sourceNeuron(of: $1, into: units[$1])])
    }
  }

  func weight(_ edge: Int, _ parameters: Parameters) -> Double {
    parameters.values[network.parameter(ofEdge: edge)]
  }

  func place(_ edge: Int) -> Rewiring.Edge {
    Rewiring.Edge(
      row: rowOfUnit[unitOfEdge[edge]],
      column: columnOfNeuron[network.sourceNeuron(of: edge, into: unitOfEdge[edge])])
  }

  /// The absent edges with the largest derivatives.
  ///
  /// - Parameter gone: edges that count as absent.
  func best(_ count: Int, without gone: Set<Int>, _ states: RewiringStates) -> [Rewiring.Edge] {
    guard count > 0 else { return [] }
    var kept: [(score: Double, edge: Rewiring.Edge)] = []
    var least = 0.0
    func precedes(
      _ a: (score: Double, edge: Rewiring.Edge), _ b: (score: Double, edge: Rewiring.Edge)
    ) -> Bool {
      (b.score, a.edge.row, a.edge.column) < (a.score, b.edge.row, b.edge.column)
    }
    let samples = states.count
    for s in 0..<network.unitCount {
      let sources = sourcesOfGroup[groupOfNeuron[Int(network.neuronOfUnit[s])]]
      guard !sources.isEmpty else { continue }
      var isThere = [Bool](repeating: false, count: network.neuronCount)
      isThere[Int(network.neuronOfUnit[s])] = true
      for e in network.inEdges(of: s) where !gone.contains(e) {
        isThere[network.sourceNeuron(of: e, into: s)] = true
      }
      for j in 0..<network.neuronCount
      where !isThere[j] && sources.contains(groupOfNeuron[j]) {
        var sum = 0.0
        for b in 0..<samples {
          sum += states.d[s * samples + b] * states.activations[j * samples + b]
        }
        let score = abs(sum)
        guard score > 0, kept.count < count || score >= least else { continue }
        kept.append((score, .init(row: rowOfUnit[s], column: columnOfNeuron[j])))
        guard kept.count >= 2 * count + 64 else { continue }
        kept.sort(by: precedes)
        kept.removeLast(kept.count - count)
        least = kept.last?.score ?? 0
      }
    }
    kept.sort(by: precedes)
    return kept.prefix(count).map(\.edge)
  }
}
