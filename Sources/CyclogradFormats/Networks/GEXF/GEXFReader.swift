import Cyclograd

/// Reads GEXF, versions 1.1 to 1.3, from <https://gexf.net>.
enum GEXFReader {
  static func read(_ path: String, _ options: ImportOptions) throws -> ImportedNetwork {
    try network(InputFile.bytes(path), file: path, options)
  }

  static func network(
    _ bytes: [UInt8], file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    var elements = GEXFElements()
    try elements.read(bytes, file: file)
    return try elements.network(file: file, options)
  }
}

/// What the elements of a GEXF file mean.
private struct GEXFElements: XMLElements {
  static let root = "gexf"

  private enum Direction { case directed, undirected }

  private struct Column {
    var name: String
    var type: GraphMLType
    var fallback: AttributeValue?
  }

  private struct Edge {
    var source: String
    var target: String
    var direction: Direction
    var attributes: Attributes
    var line: Int
  }

  /// The columns of nodes and of edges, by their ids.
  private var columns: [String: [String: Column]] = ["node": [:], "edge": [:]]
  private var columnClass = "node"
  private var openColumn: String?
  private var hasGraph = false
  private var hasTimes = false
  private var direction = Direction.undirected
  private var name = ""
  private var description = ""
  private var index: [String: Int32] = [:]
  private var nodes: [(id: String, label: String?, attributes: Attributes, line: Int)] = []
  private var edges: [Edge] = []

  private func malformed(_ message: String, advice: String? = nil) -> CyclogradError {
    CyclogradError(.malformedFile, message, advice: advice)
  }

  mutating func start(
    _ name: String, in parent: String, _ attributes: [String: String], line: Int
  ) throws -> XMLContent {
    switch (name, parent) {
    case ("meta", "gexf"), ("nodes", "graph"), ("edges", "graph"), ("attvalues", "node"),
      ("attvalues", "edge"):
      break
    case ("description", "meta"), ("default", "attribute"): return .text
    case ("graph", "gexf"): try startGraph(attributes)
    case ("attributes", "graph"):
      columnClass = attributes["class"] ?? "node"
      guard columns[columnClass] != nil else {
        throw malformed("attributes of the class \(Excerpt.quoted(columnClass))")
      }
    case ("attribute", "attributes"): try startColumn(attributes)
    case ("node", "nodes"): try startNode(attributes, line: line)
    case ("edge", "edges"): try startEdge(attributes, line: line)
    case ("nodes", "node"), ("node", "node"), ("edges", "node"):
      throw malformed(
        "nodes inside a node",
        advice: "networks have no hierarchy; flatten it, as Gephi does on export")
    case ("attvalue", "attvalues"):
      try addValue(attributes, line: line)
    case ("spells", _):
      hasTimes = true
      return .foreign
    default: return .foreign
    }
    return .elements
  }

  mutating func end(_ name: String, in parent: String, text: String, line: Int) throws {
    switch name {
    case "description": description = text
    case "attribute": openColumn = nil
    case "default":
      guard let id = openColumn, let column = columns[columnClass]?[id] else { return }
      let fallback = try value(text, column)
      columns[columnClass]?[id]?.fallback = fallback
    case "nodes", "edges": valueOwner = nil
    default: break
    }
  }

  /// Whether values belong to the last node or the last edge.
  private var valueOwner: String?

  private mutating func startGraph(_ attributes: [String: String]) throws {
    guard !hasGraph else { throw malformed("a second graph; a network is one graph") }
    hasGraph = true
    hasTimes = attributes["mode"] == "dynamic"
    // NetworkX has the name here.
    name = attributes["name"] ?? ""
    // Without a word, edges have no direction, says the schema.
    direction = try direction(attributes["defaultedgetype"]) ?? .undirected
  }

  private func direction(_ word: String?) throws -> Direction? {
    switch word {
    case nil: nil
    case "directed": .directed
    case "undirected", "mutual": .undirected
    case let word?:
      throw malformed(
        "the type of edges is \(Excerpt.quoted(word)), not directed, undirected or mutual")
    }
  }

  private mutating func startColumn(_ attributes: [String: String]) throws {
    guard let id = attributes["id"] else { throw malformed("<attribute> without an id") }
    let type: GraphMLType =
      switch attributes["type"] {
      case "integer", "short", "byte", "biginteger": .int
      case "long": .long
      case "double", "float", "bigdecimal": .double
      case "boolean": .boolean
      default: .string
      }
    let column = Column(name: attributes["title"] ?? id, type: type)
    guard columns[columnClass]?.updateValue(column, forKey: id) == nil else {
      throw malformed("two attributes have the id \(Excerpt.quoted(id))")
    }
    openColumn = id
  }

  private mutating func startNode(_ attributes: [String: String], line: Int) throws {
    guard let id = attributes["id"] else { throw malformed("<node> without an id") }
    guard index.updateValue(Int32(nodes.count), forKey: id) == nil else {
      throw malformed("two nodes have the id \(Excerpt.quoted(id))")
    }
    noteTimes(attributes)
    let label = attributes["label"].flatMap { $0.isEmpty ? nil : $0 }
    nodes.append((id, label, [:], line))
    valueOwner = "node"
  }

  private mutating func startEdge(_ attributes: [String: String], line: Int) throws {
    guard let source = attributes["source"], let target = attributes["target"] else {
      throw malformed("<edge> without source or target")
    }
    noteTimes(attributes)
    var own: Attributes = [:]
    if let weight = attributes["weight"] {
      own[AttributeName.weight] = try value(
        weight, Column(name: AttributeName.weight, type: .double))
    }
    edges.append(
      Edge(
        source: source, target: target,
        direction: try direction(attributes["type"]) ?? direction, attributes: own, line: line))
    valueOwner = "edge"
  }

  private mutating func noteTimes(_ attributes: [String: String]) {
    if attributes["start"] != nil || attributes["end"] != nil { hasTimes = true }
  }

  private mutating func addValue(_ attributes: [String: String], line: Int) throws {
    guard let owner = valueOwner, let id = attributes["for"] ?? attributes["id"],
      let text = attributes["value"]
    else { throw malformed("<attvalue> needs 'for' and 'value'") }
    guard let column = columns[owner]?[id] else {
      throw malformed("<attvalue> is for \(Excerpt.quoted(id)), which is no attribute of \(owner)s")
    }
    let value = try value(text, column)
    let earlier =
      owner == "node"
      ? nodes[nodes.count - 1].attributes.updateValue(value, forKey: column.name)
      : edges[edges.count - 1].attributes.updateValue(value, forKey: column.name)
    guard earlier == nil || earlier == value else {
      throw malformed(
        "the attribute \(Excerpt.quoted(column.name)) is given twice",
        advice: "values that change with time are not read")
    }
  }

  private func value(_ text: String, _ column: Column) throws -> AttributeValue {
    guard let value = column.type.value(text) else {
      throw malformed(
        "\(Excerpt.quoted(text)) is not a \(column.type.rawValue), as attribute "
          + "\(Excerpt.quoted(column.name)) must be")
    }
    return value
  }

  /// The network of the whole file.
  func network(file: String, _ options: ImportOptions) throws -> ImportedNetwork {
    guard hasGraph else {
      throw CyclogradError(.malformedFile, "the file has no graph", at: .init(file: file))
    }
    let (forNodes, forEdges) = (fallbacks("node"), fallbacks("edge"))
    var network = AttributedNetwork(file: file, options: options)
    if hasTimes { network.remark("times at which nodes and edges are there dropped") }
    for node in nodes {
      try network.addNode(
        node.id, label: node.label, node.attributes.merging(forNodes) { own, _ in own },
        line: node.line)
    }
    for edge in edges {
      let ends = try [edge.source, edge.target].map { name in
        guard let neuron = index[name] else {
          throw CyclogradError(
            .malformedFile, "there is no node \(Excerpt.quoted(name))",
            at: .init(file: file, line: edge.line))
        }
        return neuron
      }
      try network.addEdge(
        from: ends[0], to: ends[1], edge.attributes.merging(forEdges) { own, _ in own },
        isDirected: edge.direction == .directed, line: edge.line)
    }
    return try network.finish(name: name.isEmpty ? description : name)
  }

  private func fallbacks(_ owner: String) -> Attributes {
    var result: Attributes = [:]
    for column in (columns[owner] ?? [:]).values {
      if let fallback = column.fallback { result[column.name] = fallback }
    }
    return result
  }
}
