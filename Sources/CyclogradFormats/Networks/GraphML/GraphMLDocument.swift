import Cyclograd

/// What a GraphML file says, collected while it is parsed.
struct GraphMLDocument {
  /// The declaration of an attribute, and what may have it.
  private struct Key {
    var column: XMLGraph.Column
    var domain: String

    func isFor(_ owner: String) -> Bool { domain == "all" || domain == owner }
  }

  private var keys: [String: Key] = [:]
  private var openKey: String?
  private var hasGraph = false
  private var isDirected = true
  private var graphAttributes: Attributes = [:]
  private var graph = XMLGraph()

  private func malformed(_ message: String, advice: String? = nil) -> CyclogradError {
    XMLGraph.malformed(message, advice: advice)
  }

  mutating func startKey(_ attributes: [String: String]) throws {
    guard let id = attributes["id"] else { throw malformed("<key> without an id") }
    let domain = attributes["for"] ?? "all"
    guard
      ["all", "graph", "graphml", "node", "edge", "hyperedge", "port", "endpoint"]
        .contains(domain)
    else { throw malformed("a key for \(Excerpt.quoted(domain))") }
    let type: AttributeType
    if let word = attributes["attr.type"] {
      guard let known = AttributeType(rawValue: word) else {
        throw malformed(
          "key \(Excerpt.quoted(id)) has the type \(Excerpt.quoted(word))",
          advice: "types are " + AttributeType.allCases.map(\.rawValue).joined(separator: ", "))
      }
      type = known
    } else {
      type = .string
    }
    let key = Key(
      column: .init(name: attributes["attr.name"] ?? id, type: type), domain: domain)
    guard keys.updateValue(key, forKey: id) == nil else {
      throw malformed("two keys have the id \(Excerpt.quoted(id))")
    }
    openKey = id
  }

  mutating func endKey() { openKey = nil }

  mutating func setDefault(_ text: String) throws {
    guard let id = openKey, let column = keys[id]?.column else { return }
    keys[id]?.column.fallback = try column.value(text)
  }

  mutating func startGraph(_ attributes: [String: String]) throws {
    guard !hasGraph else { throw malformed("a second graph; a network is one graph") }
    hasGraph = true
    switch attributes["edgedefault"] {
    case "directed": isDirected = true
    case "undirected": isDirected = false
    case nil: throw malformed("<graph> without edgedefault", advice: "say directed or undirected")
    case let word?: throw malformed("edgedefault is \(Excerpt.quoted(word))")
    }
  }

  mutating func startNode(_ attributes: [String: String], line: Int) throws {
    try graph.addNode(attributes, line: line)
  }

  mutating func startEdge(_ attributes: [String: String], line: Int) throws {
    guard attributes["sourceport"] == nil, attributes["targetport"] == nil else {
      throw malformed("an edge to a port", advice: "edges of a network lead from node to node")
    }
    let isDirected: Bool
    switch attributes["directed"] {
    case "true", "1": isDirected = true
    case "false", "0": isDirected = false
    case nil: isDirected = self.isDirected
    case let word?: throw malformed("directed is \(Excerpt.quoted(word)), not true or false")
    }
    try graph.addEdge(attributes, isDirected: isDirected, line: line)
  }

  mutating func addData(_ id: String, _ text: String, to owner: String) throws {
    guard let key = keys[id] else {
      throw malformed("<data> refers to key \(Excerpt.quoted(id)), which is not declared before it")
    }
    guard key.isFor(owner) else {
      throw malformed("key \(Excerpt.quoted(id)) is for <\(key.domain)>, but is in <\(owner)>")
    }
    if let owner = XMLGraph.Owner(rawValue: owner) {
      return try graph.set(key.column, text, of: owner)
    }
    let earlier = graphAttributes.updateValue(
      try key.column.value(text), forKey: key.column.name)
    guard earlier == nil else {
      throw malformed("the attribute \(Excerpt.quoted(key.column.name)) is given twice")
    }
  }

  /// The network of the whole file.
  func network(file: String, _ options: ImportOptions) throws -> ImportedNetwork {
    guard hasGraph else {
      throw CyclogradError(.malformedFile, "the file has no graph", at: .init(file: file))
    }
    var name = ""
    if case .text(let text)? = graphAttributes["name"] { name = text }
    return try graph.network(file: file, options, name: name) { owner in
      keys.values.filter { $0.isFor(owner.rawValue) }.map(\.column)
    }
  }
}
