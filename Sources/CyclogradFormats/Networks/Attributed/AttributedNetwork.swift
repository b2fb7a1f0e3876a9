import Cyclograd

/// Collects nodes and edges with attributes, whatever the format, and makes a network of them.
struct AttributedNetwork {
  /// What formats with attributes have a use for.
  static let options: Set<ImportOptions.Name> = [
    .activation, .inputs, .outputs, .bias, .weightAttribute, .duplicates, .parameters,
    .drawWeights, .seed, .signColumn, .sign,
  ]

  let file: String
  /// What the nodes' and edges' attributes are not read for.
  private(set) var unread: [String: Int] = [:]
  var nodes: [NodeAttributes] = []
  var names: [String] = []
  var network = ExpandedNetwork()
  /// What edges call the nodes, where that is not their names.
  var ids: [String] = []
  /// The place of each node in the file; empty where the nodes are in the file's order.
  var fileOrder: [Int] = []
  private let options: ImportOptions
  private var edgeCount = 0
  private var withoutWeight = 0
  /// The attribute that is taken for the weight if all edges have it, and none has the weight itself.
  private var usualName: String?
  private var withUsualWeight = 0
  /// Edges that have their weight from it, and the weights that they would have without.
  private var usualWeights: [(edge: Int, otherwise: Double)] = []
  private var hasSignedUsual = false
  private var undirected = 0
  var remarks: [String] = []

  init(file: String, options: ImportOptions) {
    self.file = file
    self.options = options
  }

  /// Says something about the file, for people.
  mutating func remark(_ text: String) { remarks.append(text) }

  /// Adds a node.
  ///
  /// - Parameters:
  ///   - id: what edges call it, for which the format sees to it that it is unique.
  ///   - label: its name for people, where the format has that beside the id.
  mutating func addNode(
    _ id: String, label: String? = nil, _ attributes: Attributes, line: Int? = nil
  ) throws {
    let name = label ?? id
    let place = CyclogradError.Location(
      file: file, line: line, subject: "node \(Excerpt.quoted(name))")
    nodes.append(try NodeAttributes(attributes, at: place, unread: &unread))
    names.append(name)
    if label != nil || !ids.isEmpty {
      // Until the first label, names are the ids.
      if ids.isEmpty { ids = names.dropLast() }
      ids.append(id)
    }
  }

  /// Adds an edge, and another one in the opposite direction if it has none.
  mutating func addEdge(
    from source: Int32, to target: Int32, _ attributes: Attributes, isDirected: Bool,
    line: Int? = nil
  ) throws {
    let place = CyclogradError.Location(
      file: file, line: line,
      subject: "edge \(Excerpt.quoted(names[Int(source)])) to \(Excerpt.quoted(names[Int(target)]))"
    )
    let edge = try EdgeAttributes(attributes, options, at: place, unread: &unread)
    let weight = edge.weight ?? options.unknownWeight
    var usual: Double?
    if edge.weight == nil {
      withoutWeight += 1
      usual = usualWeight(attributes)
    }
    for (source, target) in isDirected || source == target
      ? [(source, target)] : [(source, target), (target, source)]
    {
      if let usual {
        usualWeights.append((network.weights.count, weight * edge.sign))
        if usual < 0, options.signColumn != nil { hasSignedUsual = true }
      }
      network.sources.append(source)
      network.targets.append(target)
      network.weights.append((usual ?? weight) * edge.sign)
      network.units.append(Int32(edge.unit))
      network.frozenWeights.append(edge.isFrozen)
    }
    if !isDirected { undirected += 1 }
    edgeCount += 1
  }

  /// The value of an attribute that is called as weights often are, the same one of all edges.
  private mutating func usualWeight(_ attributes: Attributes) -> Double? {
    guard options.weightAttribute == nil else { return nil }
    let name = usualName ?? attributes.keys.filter(EdgeListColumns.isWeight).min()
    guard let name, case .number(let number)? = attributes[name], number.isFinite else {
      return nil
    }
    usualName = name
    withUsualWeight += 1
    return number
  }

  /// Takes the weights under another usual name, if every edge has one, or leaves all of them.
  private mutating func settleUsualWeights() throws {
    if let name = options.weightAttribute, !name.isEmpty, edgeCount > 0, withoutWeight == edgeCount
    {
      let known = unread.keys.sorted().prefix(8).map { Excerpt.quoted($0) }
      throw CyclogradError(
        .malformedFile, "no edge has the attribute \(Excerpt.quoted(name))", at: .init(file: file),
        advice: "correct --weight-attribute"
          + (known.isEmpty ? "" : "; there are \(known.joined(separator: ", "))"))
    }
    guard let usualName else { return }
    guard withUsualWeight == edgeCount else {
      for (edge, weight) in usualWeights { network.weights[edge] = weight }
      return
    }
    guard !hasSignedUsual else {
      throw CyclogradError(
        .invalidValue,
        "weights of the attribute '\(usualName)' have signs, and --sign-column gives others",
        at: .init(file: file), advice: "leave out --sign-column")
    }
    withoutWeight = 0
    unread[usualName] = nil
    remarks.append("weights are the attribute '\(usualName)'")
  }

  /// The network, once all nodes and edges are there.
  mutating func finish(name: String) throws -> ImportedNetwork {
    network.name = name
    if options.signs != nil, options.signColumn == nil {
      throw CyclogradError(
        .invalidOption, "--sign without --sign-column", at: .init(file: file),
        advice: "name the attribute that has the words")
    }
    guard !nodes.isEmpty else {
      throw CyclogradError(
        .invalidGraph, "the file has no nodes", at: .init(file: file),
        advice: "a network needs one at least")
    }
    if !network.frozenWeights.contains(true) { network.frozenWeights = [] }
    try settleNodes()
    try settleUsualWeights()
    if !ids.isEmpty, Set(names).count < names.count {
      remarks.append("labels are not the neurons' names, because some are the same; ids are")
      names = ids
    }
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

  /// Makes groups, biases and ends of what the nodes say.
  private mutating func settleNodes() throws {
    network.blocks = try blocks()
    network.biases = biases()
    network.frozenBiases = nodes.flatMap(\.frozenBiases)
    if !network.frozenBiases.contains(true) { network.frozenBiases = [] }
    try checkUnits()
    network.inputs = try ends(\.input, "input")
    network.outputs = try ends(\.output, "output")
  }

  /// The network of a file without attributes, as the nodes that were added describe it.
  ///
  /// - Parameter plain: its neurons are the nodes.
  mutating func describe(_ plain: ExpandedNetwork) throws -> ExpandedNetwork {
    network = plain
    try settleNodes()
    sayUnread()
    return network
  }

  private mutating func say() {
    if undirected > 0 {
      remarks.append("undirected: \(undirected) edges are read in both directions")
    }
    if withoutWeight > 0, options.drawWeights == nil {
      remarks.append(
        "no attribute '\(options.weightAttribute ?? AttributeName.weight)': weight 1 used for \(withoutWeight) edges"
      )
    }
    sayUnread()
  }

  private mutating func sayUnread() {
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

  /// The neurons with an attribute that says their position, or just that they are meant, in the file's order then.
  private func ends(_ end: KeyPath<NodeAttributes, NodeAttributes.End?>, _ name: String) throws
    -> [Int32]?
  {
    let chosen = nodes.indices.compactMap { node in
      nodes[node][keyPath: end].map { (node: Int32(node), position: $0.position) }
    }
    if chosen.isEmpty { return nil }
    let positions = chosen.compactMap(\.position)
    if positions.isEmpty {
      guard !fileOrder.isEmpty else { return chosen.map(\.node) }
      return chosen.map(\.node).sorted { fileOrder[Int($0)] < fileOrder[Int($1)] }
    }
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
