import Cyclograd

/// Reads graph files, and the modules in them.
struct GraphReader {
  static let partKeys = ["groups", "connections", "edges", "instances", "repeat"]
  private static let moduleKeys = partKeys + ["modules", "seed", "inputs", "outputs"]

  /// Parts in the order of the file: lists of its own, and instances.
  private enum Chunk {
    case own(Graph, FilePlaces)
    case instance(Instance, FilePlaces)
    case layer(Int)
  }

  private let scope: ModuleScope
  private let root: Element
  private var chunks: [Chunk] = []
  /// What stands before the next instance.
  private var graph: Graph
  private var places: FilePlaces
  private var instances: [String: Instance] = [:]
  private var tied: Set<String> = []
  private var layers = LayerResolver()
  private var partCount = 0
  private let partLimit = MachineMemory.available() / Self.bytesPerPart

  private init(_ root: Element, scope: ModuleScope) {
    self.scope = scope
    self.root = root
    graph = Graph(name: "")
    places = FilePlaces(file: root.source.text.name, graph: root.location)
  }

  /// Reads the top level of a graph file.
  static func read(
    _ root: Element, files: ModuleFiles
  ) throws -> (Graph, FilePlaces) {
    guard root.isMapping else {
      throw root.failure(
        "a graph file must be a mapping, not \(root.kind)",
        advice: "it begins with \"format: \(Keywords.format)\"")
    }
    try DocumentKind.graph.check(root)
    let fields = try root.fields("the graph file", keys: ["format", "name"] + moduleKeys)
    try checkFormat(fields)
    return try read(fields, scope: ModuleScope(files: files))
  }

  /// Reads a module that is defined in place.
  static func module(_ element: Element, scope: ModuleScope) throws -> (Graph, FilePlaces) {
    try read(element.fields("a module", keys: moduleKeys), scope: scope)
  }

  private static func read(
    _ fields: Fields, scope: ModuleScope
  ) throws -> (Graph, FilePlaces) {
    for (name, definition) in try fields["modules"]?.entries("'modules'") ?? [] {
      try scope.define(name, definition)
    }
    var reader = GraphReader(fields.owner, scope: scope)
    try reader.readParts(fields)
    try scope.readUnused()
    return try reader.assembled(fields)
  }

  private mutating func readParts(_ fields: Fields) throws {
    var previous: String?
    for item in try fields["groups"]?.list("'groups'") ?? [] {
      partCount += 1
      guard !item.has("layer") else {
        let layer = try LayerReader(item, previous: previous)
        previous = layer.name
        closeChunk()
        chunks.append(.layer(layers.append(layer)))
        continue
      }
      let group = try GroupReader.group(item, files: &places)
      previous = group.name
      graph.groups.append(group)
      places.groups.append(.init(item.location))
    }
    for item in try fields["connections"]?.list("'connections'") ?? [] {
      graph.connections.append(try EdgeReader.connection(item, files: &places))
      places.connections.append(.init(item.location))
      partCount += 1
    }
    for item in try fields["edges"]?.list("'edges'") ?? [] {
      graph.edges.append(try EdgeReader.edge(item))
      places.edges.append(.init(item.location))
      partCount += 1
    }
    for item in try fields["instances"]?.list("'instances'") ?? [] { try addInstance(item) }
    for item in try fields["repeat"]?.list("'repeat'") ?? [] {
      let copies = try RepeatReader(item)
      try require(copies.partCount(), at: item)
      for value in copies.values { try readParts(copies.copy(value)) }
      if copies.values.isEmpty {
        // Nothing of it is there, but its mistakes are.
        var unused = self
        try unused.readParts(copies.copy(copies.values.lowerBound))
      }
    }
  }

  private mutating func addInstance(_ element: Element) throws {
    let what = "an instance"
    let fields = try element.fields(what, keys: ["name", "module", "tied", "seed"])
    let nameElement = try fields.required("name", of: what)
    let name = try GroupReader.groupName(nameElement)
    guard !name.contains(".") else {
      throw nameElement.failure("the name of an instance has no dots: '\(name.shortened)'")
    }
    guard instances[name] == nil else {
      throw nameElement.failure("another instance has the name '\(name.shortened)'")
    }
    let first = try fields["tied"].map { element in
      let other = try element.text("the name of an instance")
      guard let instance = instances[other] else {
        throw element.failure(
          "there is no instance '\(other.shortened)' before this one",
          advice: Suggestion.advice(other, among: instances.keys.sorted()))
      }
      return instance
    }
    guard let definition = fields["module"] ?? fields["tied"] else {
      throw element.failure("an instance needs a 'module', or another instance after 'tied'")
    }
    if let first, let seed = fields["seed"] {
      throw seed.failure("a tied instance begins as '\(first.name)' does; it has no seed")
    }
    let module: ModuleScope.Module
    if let first, fields["module"] == nil {
      module = ModuleScope.Module(graph: first.module, places: nil)
    } else {
      module = try scope.module(definition)
    }
    if let first, first.module != module.graph {
      throw definition.failure(
        "instance '\(first.name)', to which it is tied, is of another module")
    }
    let parts =
      module.graph.groups.count + module.graph.connections.count
      + module.graph.edges.count
    try require(parts, at: element)
    partCount += parts
    let seed = try fields["seed"]?.integer("the seed", in: 0...UInt64.max)
    let instance = first?.tied(name) ?? Instance(name, of: module.graph, seed: seed)
    instances[name] = instance
    if let owner = instance.tiedTo { tied.insert(owner) }
    var modulePlaces = module.places ?? FilePlaces(file: places.file, graph: element.location)
    if module.places == nil { modulePlaces.fill(module.graph, with: element.location) }
    closeChunk()
    chunks.append(.instance(instance, modulePlaces))
  }

  private mutating func closeChunk() {
    if !graph.groups.isEmpty || !graph.connections.isEmpty || !graph.edges.isEmpty {
      chunks.append(.own(graph, places))
    }
    graph = Graph(name: "")
    places = FilePlaces(file: places.file, graph: root.location)
  }

  /// Makes the layers, whose sources may be parts of instances.
  private mutating func resolveLayers(_ ofInstances: [String: Graph]) throws {
    guard !layers.readers.isEmpty else { return }
    var known: [String: Group] = [:]
    for chunk in chunks {
      switch chunk {
      case .own(let graph, _):
        for group in graph.groups { known[group.name] = group }
      case .instance(let instance, _):
        for group in ofInstances[instance.name]?.groups ?? [] { known[group.name] = group }
      case .layer: break
      }
    }
    for (name, instance) in instances where known[name] == nil {
      known[name] = instance.outputGroup.flatMap { known[$0] }
    }
    try layers.resolve(known)
  }

  /// Refuses more parts than there is memory for, before they are made.
  private func require(_ parts: Int, at element: Element) throws {
    let (total, overflow) = partCount.addingReportingOverflow(parts)
    guard !overflow, total <= partLimit else {
      throw element.failure(
        "with it the graph has \(overflow ? "too many" : "\(total)") groups, connections and edges; "
          + "there is memory for \(partLimit)", code: .tooLarge,
        advice: "make fewer copies")
    }
  }

  /// What a group, a connection or a single edge takes, with its name and its place.
  private static let bytesPerPart = 600

  private mutating func assembled(_ fields: Fields) throws -> (Graph, FilePlaces) {
    closeChunk()
    let ofInstances = instances.mapValues { $0.graph(isTiedTo: tied.contains($0.name)) }
    try resolveLayers(ofInstances)
    var result = Graph(name: try fields["name"]?.text("the name") ?? "")
    var allPlaces = FilePlaces(file: places.file, graph: root.location)
    result.seed = try fields["seed"]?.integer("the seed", in: 0...UInt64.max) ?? 0
    for chunk in chunks {
      switch chunk {
      case .own(let graph, let places):
        result.append(graph)
        allPlaces.append(places)
      case .instance(let instance, let places):
        if let graph = ofInstances[instance.name] { result.append(graph) }
        allPlaces.append(places)
      case .layer(let number):
        let layer = layers.layers[number]
        let location = layers.readers[number].element.location
        let graph = Graph(name: "", groups: layer.groups, connections: layer.connections)
        var layerPlaces = FilePlaces(file: places.file, graph: location)
        layerPlaces.fill(graph, with: location)
        result.append(graph)
        allPlaces.append(layerPlaces)
      }
    }
    result.inputs = try fields["inputs"].map { try EdgeReader.neurons($0, "'inputs'") }
    result.outputs = try fields["outputs"].map { try EdgeReader.neurons($0, "'outputs'") }
    allPlaces.inputs = fields["inputs"].map { .init($0.location) }
    allPlaces.outputs = fields["outputs"].map { .init($0.location) }
    result.resolvePorts(of: Array(instances.values), layers.layers)
    return (result, allPlaces)
  }

  private static func checkFormat(_ fields: Fields) throws {
    guard let format = fields["format"] else {
      throw fields.owner.failure(
        "the graph file does not say its format",
        advice: "begin it with \"format: \(Keywords.format)\"")
    }
    let version = try format.text("the format")
    guard version == Keywords.format else {
      throw format.failure(
        "unknown format '\(version.shortened)'",
        advice: "this version reads \(Keywords.format)")
    }
  }
}
