public import Cyclograd

/// Figures of what a network is made of, without solving it.
public struct StructureFigures: Sendable {
  private let topology: NetworkTopology
  private var network: Network { topology.network }

  /// Networks of more neurons are drawn group by group.
  public static let largestGraph = 40
  /// Networks of more edges are drawn group by group.
  public static let mostEdges = 60
  /// Networks of more groups are drawn by their condensation alone.
  public static let mostGroups = 60
  /// Condensations of more levels have neighbouring levels drawn as one.
  public static let mostLevels = 12
  private static let mostNodesOfLevel = 4

  /// Figures of a network.
  public init(_ network: Network) { topology = NetworkTopology(network) }

  /// Whether the graph file has the neurons in the order of evaluation.
  public var isFileOrder: Bool { topology.isFileOrder }

  /// Neurons and edges, or groups of neurons where these are too many; placed by graphviz, or in columns where
  /// that is not there. `nil` where groups are too many too.
  public func graph() -> GraphFigure? {
    let isSmall = network.neuronCount <= Self.largestGraph && network.edgeCount <= Self.mostEdges
    guard isSmall || network.groups.count <= Self.mostGroups else { return nil }
    let groups = isSmall ? [] : topology.groupOfNeuron
    func node(_ neuron: Int) -> Int { isSmall ? neuron : groups[neuron] }
    let count = isSmall ? network.neuronCount : network.groups.count
    var parts = [NodePart](repeating: NodePart(), count: count)
    for (index, stage) in topology.stages.enumerated() {
      for neuron in stage.neurons {
        parts[node(neuron)].add(level: stage.level, cyclic: stage.isCyclic ? index : nil)
      }
    }
    for neuron in topology.inputNeurons { parts[node(neuron)].role.insert(.input) }
    for neuron in topology.outputNeurons { parts[node(neuron)].role.insert(.output) }
    let nodes = parts.indices.map { index in
      let name = isSmall ? topology.name(ofNeuron: index) : network.groups[index].name
      let size = isSmall ? "" : network.groups[index].briefSize
      let short = name.count > 22 ? name.prefix(21) + "…" : name[...]
      return GraphFigure.Node(
        isSmall ? [String(short)] : [String(short), size],
        text: "\(name): \(isSmall ? "" : "\(size), ")\(parts[index].words)",
        role: parts[index].role, isCyclic: parts[index].cyclic > 0)
    }
    var counts: [[Int]: Int] = [:]
    forEachPair(node) { counts[$0, default: 0] += $1 }
    // An arrow is part of a cycle where it stays within a component.
    func isCyclic(_ pair: [Int]) -> Bool {
      let stages = parts[pair[0]].stages
      return !stages.isDisjoint(with: parts[pair[1]].stages)
    }
    var figure = GraphFigure(
      name: "graph", title: isSmall ? "The graph" : "The graph, group by group",
      summary:
        "\(Quantity.count(network.neuronCount, "neuron")) and \(Quantity.count(network.edgeCount, "edge")). "
        + "\(Self.signs)\(isSmall ? "." : "; thicker arrows stand for more edges.")",
      nodes: nodes, edges: Self.edges(counts, isCyclic: isCyclic), width: 0, height: 0)
    if !isSmall { figure.boxes = boxes(parts.map(\.stages)) }
    if !GraphvizLayout.place(&figure) {
      LayeredLayout.place(&figure, layers: parts.map(\.level))
    }
    return figure
  }

  /// What a node of the graph stands for.
  private struct NodePart {
    var neurons = 0
    var level = Int.max
    var cyclic = 0
    /// The cyclic components that it is part of.
    var stages: Set<Int> = []
    var role: GraphFigure.Role = []

    mutating func add(level: Int, cyclic stage: Int?) {
      neurons += 1
      self.level = min(self.level, level)
      guard let stage else { return }
      cyclic += 1
      stages.insert(stage)
    }

    var words: String {
      let cycles =
        cyclic == 0 ? "on no cycle" : cyclic == neurons ? "on cycles" : "partly on cycles"
      return cycles + (role.contains(.input) ? ", input" : "")
        + (role.contains(.output) ? ", output" : "")
    }
  }

  private static let signs =
    "Inputs have a bar on the left, outputs one on the right; what lies on a cycle has round corners"

  /// Modules as boxes around their groups, named by what stands before the dots; where there are none, each
  /// cyclic component of several groups.
  private func boxes(_ stages: [Set<Int>]) -> [GraphFigure.Box] {
    var modules: [String: [Int]] = [:]
    for (index, group) in network.groups.enumerated() {
      var path = group.name[...]
      while let dot = path.lastIndex(of: ".") {
        path = path[..<dot]
        modules[String(path), default: []].append(index)
      }
    }
    guard modules.isEmpty else {
      return modules.sorted { $0.key < $1.key }.map { GraphFigure.Box($0.key, nodes: $0.value) }
    }
    let components = Dictionary(grouping: stages.indices.filter { stages[$0].count == 1 }) {
      stages[$0].first ?? 0
    }
    return components.sorted { $0.key < $1.key }.filter { $0.value.count > 1 }.map {
      GraphFigure.Box("one cyclic component", nodes: $0.value, isCyclic: true)
    }
  }

  /// Calls `body` for pairs of nodes with edges between them, in runs; a pair may come several times.
  private func forEachPair(_ node: (Int) -> Int, _ body: ([Int], Int) -> Void) {
    var (last, pending) = ((0, 0), 0)
    topology.forEachConnection { source, target in
      let pair = (node(source), node(target))
      if pair != last {
        if pending > 0 { body([last.0, last.1], pending) }
        (last, pending) = (pair, 0)
      }
      pending += 1
    }
    if pending > 0 { body([last.0, last.1], pending) }
  }

  /// The components in the order in which they are evaluated.
  public func condensation() -> GraphFigure {
    let levels = network.levelCount
    let columns = min(levels, Self.mostLevels)
    var members: [[Int]] = []
    var layers: [Int] = []
    for column in 0..<max(columns, 1) {
      let stages = topology.stages.indices.filter {
        topology.stages[$0].level * columns / max(levels, 1) == column
      }
      let cyclic = stages.filter { topology.stages[$0].isCyclic }
      let acyclic = stages.filter { !topology.stages[$0].isCyclic }
      let nodes =
        (acyclic.isEmpty ? [] : [acyclic])
        + (cyclic.count > Self.mostNodesOfLevel ? [cyclic] : cyclic.map { [$0] })
      members += nodes
      layers += nodes.map { _ in column }
    }
    let (inputs, outputs) = (Set(topology.inputNeurons), Set(topology.outputNeurons))
    let nodes = members.map { node($0, inputs, outputs) }
    var nodeOfNeuron = [Int](repeating: 0, count: network.neuronCount)
    for (index, stages) in members.enumerated() {
      for stage in stages {
        for neuron in topology.stages[stage].neurons { nodeOfNeuron[neuron] = index }
      }
    }
    var counts: [[Int]: Int] = [:]
    forEachPair({ nodeOfNeuron[$0] }) { counts[$0, default: 0] += $1 }
    let merged =
      columns < levels ? " Neighbouring levels are drawn as one, \(columns) of \(levels)." : ""
    var figure = GraphFigure(
      name: "condensation", title: "Components in the order of evaluation",
      summary:
        "From left to right. \(Self.signs); thicker arrows stand for more edges.\(merged)",
      nodes: nodes,
      edges: Self.edges(counts) { $0[0] == $0[1] && nodes[$0[0]].isCyclic },
      width: 0, height: 0)
    LayeredLayout.place(&figure, layers: layers)
    return figure
  }

  private func node(
    _ stages: [Int], _ inputs: Set<Int>, _ outputs: Set<Int>
  ) -> GraphFigure.Node {
    let parts = stages.map { topology.stages[$0] }
    let neurons = parts.reduce(0) { $0 + $1.neurons.count }
    var groups: [String] = []
    for group in parts.flatMap(\.groups) where !groups.contains(group) { groups.append(group) }
    let isCyclic = parts[0].isCyclic
    let all = groups.joined(separator: ", ")
    let short = all.count > 22 ? all.prefix(21) + "…" : all[...]
    let count = Quantity.count(neurons, "neuron")
    let cycles = parts.count > 1 ? "\(Quantity.count(parts.count)) cycles" : "in a cycle"
    let hasInput = parts.contains { $0.neurons.contains { inputs.contains($0) } }
    let hasOutput = parts.contains { $0.neurons.contains { outputs.contains($0) } }
    let roles = (hasInput ? ", inputs" : "") + (hasOutput ? ", outputs" : "")
    return GraphFigure.Node(
      [String(short), count] + (isCyclic ? [cycles] : []),
      text: "\(all): \(count)\(isCyclic ? ", \(cycles)" : ", evaluated once")\(roles)",
      role: GraphFigure.Role(hasInput ? [.input] : []).union(hasOutput ? [.output] : []),
      isCyclic: isCyclic)
  }

  private static func edges(
    _ counts: [[Int]: Int], isCyclic: ([Int]) -> Bool
  ) -> [GraphFigure.Edge] {
    counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
      GraphFigure.Edge(
        from: $0.key[0], to: $0.key[1], count: $0.value, isCyclic: isCyclic($0.key))
    }
  }

  /// Where W has entries.
  public func sparsity(_ order: NetworkTopology.Order) -> CellFigure {
    let isFile = order == .file
    var outlines: [CellFigure.Outline] = []
    if !isFile {
      var firstUnit = [Int](repeating: 0, count: network.neuronCount + 1)
      for neuron in 0..<network.neuronCount {
        firstUnit[neuron + 1] = firstUnit[neuron] + topology.units(ofNeuron: neuron)
      }
      outlines = topology.stages.filter(\.isCyclic).prefix(500).map { stage in
        .init(
          rows: firstUnit[stage.neurons.lowerBound]..<firstUnit[stage.neurons.upperBound],
          columns: stage.neurons)
      }
    }
    let size = Double(network.unitCount) * Double(network.neuronCount)
    let share = size > 0 ? 100 * Double(network.edgeCount) / size : 0
    return CellFigure(
      name: isFile ? "sparsity-file" : "sparsity-condensation",
      title: "Sparsity of W, \(isFile ? "as given" : "in condensation order")",
      summary:
        "\(Quantity.count(network.edgeCount, "entry", "entries")) in \(Quantity.count(network.unitCount)) × "
        + "\(Quantity.count(network.neuronCount)), \(String(shortest: share)) %. "
        + (isFile
          ? "Neurons are in the order of the graph file."
          : "It is block triangular: outside the outlined cyclic components nothing lies on or above the diagonal."),
      rowLabel: "unit", columnLabel: "neuron", rows: network.unitCount,
      columns: network.neuronCount, outlines: outlines
    ) { add in topology.forEachEdge(order) { add($0, $1) } }
  }

  /// How many components there are of each size.
  public func componentSizes() -> any ReportFigure {
    let (cyclic, acyclic) = topology.componentSizes
    let sizes = Set(cyclic.keys).union(acyclic.keys).sorted()
    let title = "Sizes of components"
    let summary =
      "\(Quantity.count(network.componentCount, "component")), \(Quantity.count(network.cyclicComponentCount)) of "
      + "them cyclic; the largest has \(Quantity.count(network.largestComponent, "neuron"))."
    if sizes.count <= 12 {
      return BarFigure(
        name: "component-sizes", title: title, summary: summary, label: "components",
        kind: max(cyclic.values.max() ?? 0, acyclic.values.max() ?? 0) > 50
          ? .logarithmic : .linear,
        categories: sizes.map { Quantity.count($0, "neuron") },
        series: [
          .init("cyclic", sizes.map { Double(cyclic[$0] ?? 0) }),
          .init("without a cycle", sizes.map { Double(acyclic[$0] ?? 0) }),
        ])
    }
    func series(_ name: String, _ counts: [Int: Int]) -> Figure.Series {
      let sorted = counts.keys.sorted()
      return .init(
        name, .bar, x: sorted.map(Double.init), y: sorted.map { Double(counts[$0] ?? 0) })
    }
    return Figure(
      name: "component-sizes", title: title, summary: summary,
      x: .init("neurons", .logarithmic, isCount: true),
      y: .init("components", .logarithmic, isCount: true),
      series: [series("cyclic", cyclic), series("without a cycle", acyclic)])
  }
}

extension Group {
  /// How many neurons of which activation it has, in a few words: `8 × tanh`.
  var briefSize: String {
    let units = units.map(\.activation.name)
    let name = units.count == 1 ? units[0] : "\(combine.rawValue) of \(units.count)"
    if units == ["identity"], role.contains(.input) { return Quantity.count(size, "input") }
    if units == ["identity"], role.contains(.output) { return Quantity.count(size, "output") }
    return "\(Quantity.count(size)) × \(name)"
  }
}
