import Cyclograd

/// Collects nodes and edges with attributes, whatever the format, and makes a network of them.
struct AttributedNetwork {
  /// What formats with attributes have a use for.
  static let options: Set<ImportOptions.Name> = [
    .activation, .inputs, .outputs, .bias, .weightAttribute, .duplicates, .parameters,
    .drawWeights, .seed,
  ]

  let file: String
  /// What the nodes' and edges' attributes are not read for.
  private(set) var unread: [String: Int] = [:]
  private var nodes: [NodeAttributes] = []
  private var names: [String] = []
  private var network = ExpandedNetwork()
  private let weightName: String
  private let options: ImportOptions
  private var withoutWeight = 0
  private var undirected = 0
  private var remarks: [String] = []

  init(file: String, options: ImportOptions) {
    self.file = file
    self.options = options
    weightName = options.weightAttribute ?? AttributeName.weight
  }

  var nodeCount: Int { nodes.count }

  mutating func addNode(_ name: String, _ attributes: Attributes, line: Int? = nil) throws {
    let place = CyclogradError.Location(
      file: file, line: line, subject: "node \(Excerpt.quoted(name))")
    nodes.append(try NodeAttributes(attributes, at: place, unread: &unread))
    names.append(name)
  }

  /// Adds an edge, and another one in the opposite direction if it has none.
  mutating func addEdge(
    from source: Int32, to target: Int32, _ attributes: Attributes, isDirected: Bool,
    line: Int? = nil
  ) throws {
    func failure(_ message: String, _ code: CyclogradError.Code = .malformedFile) -> CyclogradError
    {
      CyclogradError(
        code, message,
        at: .init(
          file: file, line: line,
          subject: "edge \(Excerpt.quoted(names[Int(source)])) to "
            + Excerpt.quoted(names[Int(target)])))
    }
    var weight = options.unknownWeight
    var unit = 0
    var isFrozen = false
    if attributes[weightName] == nil { withoutWeight += 1 }
    for (name, value) in attributes {
      switch (name, value) {
      case (weightName, .number(let number)):
        guard number.isFinite else {
          throw failure("the weight is not finite", .invalidValue)
        }
        weight = number
      case (weightName, _):
        throw failure("the attribute \(weightName) must be a number, not \(value.kind)")
      case (AttributeName.unit, .number(let number)):
        guard let whole = Int(exactly: number), 0..<1_000_000 ~= whole else {
          throw failure("\(number) is not the number of a unit")
        }
        unit = whole
      case (AttributeName.trainable, .boolean(let isTrainable)): isFrozen = !isTrainable
      case (AttributeName.unit, _), (AttributeName.trainable, _):
        throw failure("the attribute \(name) cannot be \(value.kind)")
      default: unread[name, default: 0] += 1
      }
    }
    append(source, target, weight, unit, isFrozen)
    if !isDirected {
      undirected += 1
      if source != target { append(target, source, weight, unit, isFrozen) }
    }
  }

  private mutating func append(
    _ source: Int32, _ target: Int32, _ weight: Double, _ unit: Int, _ isFrozen: Bool
  ) {
    network.sources.append(source)
    network.targets.append(target)
    network.weights.append(weight)
    network.units.append(Int32(unit))
    network.frozenWeights.append(isFrozen)
  }

  /// The network, once all nodes and edges are there.
  mutating func finish(name: String) throws -> ImportedNetwork {
    network.name = name
    guard !nodes.isEmpty else {
      throw CyclogradError(
        .invalidGraph, "the file has no nodes", at: .init(file: file),
        advice: "a network needs one at least")
    }
    network.blocks = try blocks()
    network.biases = biases()
    network.frozenBiases = nodes.flatMap(\.frozenBiases)
    if !network.frozenBiases.contains(true) { network.frozenBiases = [] }
    if !network.frozenWeights.contains(true) { network.frozenWeights = [] }
    try checkUnits()
    network.inputs = try ends(\.input, "input")
    network.outputs = try ends(\.output, "output")
    if Set(names).count < names.count {
      remarks.append("node names dropped: some are the same as text, such as 1 and \"1\"")
    } else if !hasOwnNames {
      network.names = names
    }
    if let remark = try network.resolveDuplicates(options.duplicates ?? .refuse, file: file) {
      remarks.append(remark)
    }
    say()
    return try network.imported(from: file, remarks: remarks, options: options)
  }

  private mutating func say() {
    if undirected > 0 {
      remarks.append("undirected: \(undirected) edges are read in both directions")
    }
    if withoutWeight > 0, options.drawWeights == nil {
      remarks.append("no attribute '\(weightName)': weight 1 used for \(withoutWeight) edges")
    }
    let list = unread.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
    if !list.isEmpty {
      remarks.append(
        "attributes that say nothing of a network dropped: "
          + list.prefix(8).joined(separator: ", ")
          + (list.count > 8 ? " and \(list.count - 8) more" : ""))
    }
  }

  /// Whether the nodes have the names that Cyclograd would give them.
  private var hasOwnNames: Bool {
    var neuron = 0
    for block in network.blocks {
      for index in 0..<block.size {
        guard names[neuron] == "\(block.name).\(index)" else { return false }
        neuron += 1
      }
    }
    return true
  }

  private func biases() -> [Double] {
    guard nodes.contains(where: { $0.biases.contains { $0 != nil } }) else { return [] }
    return nodes.flatMap { $0.biases.map { $0 ?? 0 } }
  }

  private mutating func checkUnits() throws {
    if !network.units.contains(where: { $0 > 0 }) {
      network.units = []
      return
    }
    for edge in network.targets.indices {
      let target = Int(network.targets[edge])
      let count = nodes[target].unitCount
      guard network.units[edge] < count else {
        throw CyclogradError(
          .malformedFile, "an edge leads to unit \(network.units[edge]), but the node has \(count)",
          at: .init(file: file, subject: "node \(Excerpt.quoted(names[target]))"),
          advice: "units are counted from 0; the attribute activation_1 gives a node a second one")
      }
    }
  }

  /// The neurons with an attribute that says their position, or just that they are meant.
  private func ends(_ end: KeyPath<NodeAttributes, NodeAttributes.End?>, _ name: String) throws
    -> [Int32]?
  {
    let chosen = nodes.indices.compactMap { node in
      nodes[node][keyPath: end].map { (node: Int32(node), position: $0.position) }
    }
    if chosen.isEmpty { return nil }
    let positions = chosen.compactMap(\.position)
    if positions.isEmpty { return chosen.map(\.node) }
    let sorted = chosen.sorted { ($0.position ?? -1) < ($1.position ?? -1) }
    guard sorted.map(\.position) == (0..<chosen.count).map({ Optional($0) }) else {
      throw CyclogradError(
        .malformedFile,
        "the attributes '\(name)' of \(chosen.count) nodes are not the numbers 0 to "
          + "\(chosen.count - 1), each once",
        at: .init(file: file), advice: "number them from 0, or use true for the nodes' order")
    }
    return sorted.map(\.node)
  }
}

extension AttributedNetwork {
  /// Groups as the nodes say them, if they do so consistently, or else runs of like nodes.
  private mutating func blocks() throws -> [ExpandedNetwork.Block] {
    let labelled = nodes.contains { $0.label != nil }
    if labelled {
      let runs = runs { $0.label == $1.label && $0.isLike($1) }
      let labels = runs.compactMap { nodes[$0.lowerBound].label }
      if labels.count == runs.count, Set(labels).count == labels.count,
        labels.allSatisfy(Keywords.isGroupName)
      {
        return zip(runs, labels).map { block($0, named: $1) }
      }
      remarks.append(
        "attribute 'group' not used: it does not divide the nodes into runs of like ones")
    }
    let runs = runs { $0.isLike($1) }
    if runs.count > 1, nodes.contains(where: { $0.activations.contains(.softmax) }) {
      throw CyclogradError(
        .malformedFile, "softmax acts on a group, and the nodes do not say theirs",
        at: .init(file: file), advice: "give all nodes the attribute 'group', group by group")
    }
    return runs.enumerated().map { block($1, named: runs.count == 1 ? "n" : "n\($0)") }
  }

  private func runs(_ belongs: (NodeAttributes, NodeAttributes) -> Bool) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    for node in nodes.indices.dropFirst() where !belongs(nodes[node - 1], nodes[node]) {
      result.append(start..<node)
      start = node
    }
    return result + [start..<nodes.count]
  }

  private func block(_ run: Range<Int>, named name: String) -> ExpandedNetwork.Block {
    let first = nodes[run.lowerBound]
    return .init(
      name: name, shape: [run.count], combine: first.combine,
      activations: first.activations.map { $0 ?? .identity },
      isActivationUnknown: first.activations.contains(nil), timeConstant: first.timeConstant)
  }
}
