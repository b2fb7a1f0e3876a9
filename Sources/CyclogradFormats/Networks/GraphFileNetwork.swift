import Cyclograd

extension NetworkFormat {
  static let graphFile = NetworkFormat(
    "graph", "graph file: YAML, or JSON if the name ends in .json",
    extensions: ["yaml", "yml", "json"], options: [.inputs, .outputs, .parameters],
    reader: { try GraphFileNetwork.read($0, $1) },
    writer: { imported, path, _ in try GraphFileNetwork.write(imported, path) })
}

/// Networks in graph files; numbers that would fill a graph file go to files beside it.
enum GraphFileNetwork {
  /// With more numbers than this, a graph file is no longer something to read.
  static let inlineLimit = 1000

  static func read(_ path: String, _ options: ImportOptions) throws -> ImportedNetwork {
    // Other parameters, or a scale, need the whole graph.
    let keepsShards = options.keepsShards && options.parameters == nil && options.scale == nil
    let document = try GraphFile.read(path).resolved(keepingShards: keepsShards)
    var imported = ImportedNetwork(
      graph: document.graph, remarks: document.remarks, file: path, document: document)
    for (need, role, list) in [
      (ImportedNetwork.Need.inputs, Group.Role.input, \Graph.inputs),
      (.outputs, .output, \Graph.outputs),
    ] {
      let isSaid =
        imported.graph[keyPath: list] != nil
        || imported.graph.groups.contains { $0.role.contains(role) }
      guard let text = need == .inputs ? options.inputs : options.outputs else {
        // A network without inputs has one equilibrium; without outputs it has no answer.
        if !isSaid, need == .outputs, !imported.graph.groups.isEmpty {
          imported.lacks.insert(need)
        }
        continue
      }
      guard !isSaid else {
        throw CyclogradError(
          .invalidOption, "the graph file says which neurons are \(need.rawValue)",
          at: .init(file: path), advice: "leave out \(need.option)")
      }
      imported.graph[keyPath: list] = try select(text, need, imported.graph)
    }
    return imported
  }

  private static func select(
    _ text: String, _ need: ImportedNetwork.Need, _ graph: Graph
  ) throws -> [NeuronRange] {
    var network = ExpandedNetwork()
    network.blocks = graph.groups.map {
      .init(name: $0.name, shape: $0.shape, activations: [.identity])
    }
    network.names = ExpandedNetwork.names(of: graph.groups)
    let neurons = try NeuronSelection(text: text, option: String(need.option.dropFirst(2))).neurons(
      count: network.neuronCount, hasOwnNames: network.names != nil,
      names: { [network] in network.neuronNames },
      plain: need == .inputs ? .first : .last)
    return NeuronRange.ranges(of: neurons, in: graph.groups)
  }

  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    try imported.require([.activation], for: "a graph file")
    try GraphFile.checkNames(of: imported.graph, in: imported.file)
    var sidecars = SidecarFiles(path, imported.graph)
    var remarks: [String] = []
    let graph = try sidecars.moveOut(of: imported.graph)
    for file in sidecars.written { remarks.append("numbers written to \(file)") }
    try GraphFile.write(graph, to: path)
    return remarks
  }
}
