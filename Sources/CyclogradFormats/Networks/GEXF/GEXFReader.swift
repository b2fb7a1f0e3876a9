import Cyclograd

/// Reads GEXF, versions 1.1 to 1.3, from <https://gexf.net>.
enum GEXFReader: NetworkReader {
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

  /// The columns of nodes and of edges, by their ids.
  private var columns: [XMLGraph.Owner: [String: XMLGraph.Column]] = [.node: [:], .edge: [:]]
  private var columnClass = XMLGraph.Owner.node
  private var openColumn: String?
  private var hasGraph = false
  private var hasTimes = false
  private var isDirected = false
  private var name = ""
  private var description = ""
  private var graph = XMLGraph()

  private func malformed(_ message: String, advice: String? = nil) -> CyclogradError {
    XMLGraph.malformed(message, advice: advice)
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
      let word = attributes["class"] ?? "node"
      guard let owner = XMLGraph.Owner(rawValue: word) else {
        throw malformed("attributes of the class \(Excerpt.quoted(word))")
      }
      columnClass = owner
    case ("attribute", "attributes"): try startColumn(attributes)
    case ("node", "nodes"): try startNode(attributes, line: line)
    case ("edge", "edges"): try startEdge(attributes, line: line)
    case ("nodes", "node"), ("node", "node"), ("edges", "node"):
      throw malformed(
        "nodes inside a node",
        advice: "networks have no hierarchy; flatten it, as Gephi does on export")
    case ("attvalue", "attvalues"):
      try addValue(attributes)
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
      let fallback = try column.value(text)
      columns[columnClass]?[id]?.fallback = fallback
    case "nodes", "edges": valueOwner = nil
    default: break
    }
  }

  /// Whether values belong to the last node or the last edge.
  private var valueOwner: XMLGraph.Owner?

  private mutating func startGraph(_ attributes: [String: String]) throws {
    guard !hasGraph else { throw malformed("a second graph; a network is one graph") }
    hasGraph = true
    hasTimes = attributes["mode"] == "dynamic"
    // NetworkX has the name here.
    name = attributes["name"] ?? ""
    // Without a word, edges have no direction, says the schema.
    isDirected = try isDirected(attributes["defaultedgetype"]) ?? false
  }

  private func isDirected(_ word: String?) throws -> Bool? {
    switch word {
    case nil: nil
    case "directed": true
    case "undirected", "mutual": false
    case let word?:
      throw malformed(
        "the type of edges is \(Excerpt.quoted(word)), not directed, undirected or mutual")
    }
  }

  private mutating func startColumn(_ attributes: [String: String]) throws {
    guard let id = attributes["id"] else { throw malformed("<attribute> without an id") }
    let type: AttributeType =
      switch attributes["type"] {
      case "integer", "short", "byte", "biginteger": .int
      case "long": .long
      case "double", "float", "bigdecimal": .double
      case "boolean": .boolean
      default: .string
      }
    let column = XMLGraph.Column(name: attributes["title"] ?? id, type: type)
    guard columns[columnClass]?.updateValue(column, forKey: id) == nil else {
      throw malformed("two attributes have the id \(Excerpt.quoted(id))")
    }
    openColumn = id
  }

  private mutating func startNode(_ attributes: [String: String], line: Int) throws {
    try graph.addNode(attributes, line: line)
    noteTimes(attributes)
    if let label = attributes["label"], !label.isEmpty { graph.label(label) }
    valueOwner = .node
  }

  private mutating func startEdge(_ attributes: [String: String], line: Int) throws {
    noteTimes(attributes)
    var own: Attributes = [:]
    if let weight = attributes["weight"] {
      own[AttributeName.weight] = try XMLGraph.Column(name: AttributeName.weight, type: .double)
        .value(weight)
    }
    try graph.addEdge(
      attributes, isDirected: try isDirected(attributes["type"]) ?? isDirected, own, line: line)
    valueOwner = .edge
  }

  private mutating func noteTimes(_ attributes: [String: String]) {
    if attributes["start"] != nil || attributes["end"] != nil { hasTimes = true }
  }

  private mutating func addValue(_ attributes: [String: String]) throws {
    guard let owner = valueOwner, let id = attributes["for"] ?? attributes["id"],
      let text = attributes["value"]
    else { throw malformed("<attvalue> needs 'for' and 'value'") }
    guard let column = columns[owner]?[id] else {
      throw malformed(
        "<attvalue> is for \(Excerpt.quoted(id)), which is no attribute of \(owner.rawValue)s")
    }
    try graph.set(column, text, of: owner, mayRepeat: true)
  }

  /// The network of the whole file.
  func network(file: String, _ options: ImportOptions) throws -> ImportedNetwork {
    guard hasGraph else {
      throw CyclogradError(.malformedFile, "the file has no graph", at: .init(file: file))
    }
    return try graph.network(
      file: file, options, name: name.isEmpty ? description : name,
      remarks: hasTimes ? ["times at which nodes and edges are there dropped"] : []
    ) { Array((columns[$0] ?? [:]).values) }
  }
}
