import Cyclograd

/// What a GraphML file says, collected while it is parsed.
struct GraphMLDocument {
  /// The declaration of an attribute.
  struct Key {
    var name: String
    var type: GraphMLType
    var domain: String
    var fallback: AttributeValue?
  }

  private struct Edge {
    var source: String
    var target: String
    var isDirected: Bool
    var attributes: Attributes
    var line: Int
  }

  private var keys: [String: Key] = [:]
  private var openKey: String?
  private var hasGraph = false
  private var isDirected = true
  private var graphAttributes: Attributes = [:]
  private var index: [String: Int32] = [:]
  private var nodes: [(name: String, attributes: Attributes, line: Int)] = []
  private var edges: [Edge] = []

  private func malformed(_ message: String, advice: String? = nil) -> CyclogradError {
    CyclogradError(.malformedFile, message, advice: advice)
  }

  mutating func startKey(_ attributes: [String: String]) throws {
    guard let id = attributes["id"] else { throw malformed("<key> without an id") }
    let domain = attributes["for"] ?? "all"
    guard
      ["all", "graph", "graphml", "node", "edge", "hyperedge", "port", "endpoint"]
        .contains(domain)
    else { throw malformed("a key for \(Excerpt.quoted(domain))") }
    let type: GraphMLType
    if let word = attributes["attr.type"] {
      guard let known = GraphMLType(rawValue: word) else {
        throw malformed(
          "key \(Excerpt.quoted(id)) has the type \(Excerpt.quoted(word))",
          advice: "types are " + GraphMLType.allCases.map(\.rawValue).joined(separator: ", "))
      }
      type = known
    } else {
      type = .string
    }
    let key = Key(name: attributes["attr.name"] ?? id, type: type, domain: domain)
    guard keys.updateValue(key, forKey: id) == nil else {
      throw malformed("two keys have the id \(Excerpt.quoted(id))")
    }
    openKey = id
  }

  mutating func endKey() { openKey = nil }

  mutating func setDefault(_ text: String, line: Int) throws {
    guard let id = openKey, var key = keys[id] else { return }
    key.fallback = try value(text, key)
    keys[id] = key
  }

  mutating func startGraph(_ attributes: [String: String], line: Int) throws {
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
    guard let id = attributes["id"] else { throw malformed("<node> without an id") }
    guard index.updateValue(Int32(nodes.count), forKey: id) == nil else {
      throw malformed("two nodes have the id \(Excerpt.quoted(id))")
    }
    nodes.append((id, [:], line))
  }

  mutating func startEdge(_ attributes: [String: String], line: Int) throws {
    guard let source = attributes["source"], let target = attributes["target"] else {
      throw malformed("<edge> without source or target")
    }
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
    edges.append(
      Edge(source: source, target: target, isDirected: isDirected, attributes: [:], line: line))
  }

  mutating func addData(_ id: String, _ text: String, to owner: String, line: Int) throws {
    guard let key = keys[id] else {
      throw malformed("<data> refers to key \(Excerpt.quoted(id)), which is not declared before it")
    }
    guard key.domain == "all" || key.domain == owner else {
      throw malformed("key \(Excerpt.quoted(id)) is for <\(key.domain)>, but is in <\(owner)>")
    }
    let value = try value(text, key)
    let earlier: AttributeValue?
    switch owner {
    case "node":
      earlier = nodes[nodes.count - 1].attributes.updateValue(value, forKey: key.name)
    case "edge":
      earlier = edges[edges.count - 1].attributes.updateValue(value, forKey: key.name)
    default: earlier = graphAttributes.updateValue(value, forKey: key.name)
    }
    guard earlier == nil else {
      throw malformed("the attribute \(Excerpt.quoted(key.name)) is given twice")
    }
  }

  private func value(_ text: String, _ key: Key) throws -> AttributeValue {
    guard let value = key.type.value(text) else {
      throw malformed(
        "\(Excerpt.quoted(text)) is not a \(key.type.rawValue), as attribute "
          + "\(Excerpt.quoted(key.name)) must be")
    }
    return value
  }

  /// The network of the whole file; edges may come before their nodes.
  func network(file: String, _ options: ImportOptions) throws -> ImportedNetwork {
    guard hasGraph else {
      throw CyclogradError(.malformedFile, "the file has no graph", at: .init(file: file))
    }
    let (forNodes, forEdges) = (fallbacks("node"), fallbacks("edge"))
    var network = AttributedNetwork(file: file, options: options)
    for node in nodes {
      try network.addNode(
        node.name, node.attributes.merging(forNodes) { own, _ in own }, line: node.line)
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
        isDirected: edge.isDirected, line: edge.line)
    }
    var name = ""
    if case .text(let text)? = graphAttributes["name"] { name = text }
    return try network.finish(name: name)
  }

  private func fallbacks(_ owner: String) -> Attributes {
    var result: Attributes = [:]
    for key in keys.values where key.domain == "all" || key.domain == owner {
      if let fallback = key.fallback { result[key.name] = fallback }
    }
    return result
  }
}

/// The types that GraphML gives attributes.
enum GraphMLType: String, CaseIterable {
  case boolean, int, long, float, double, string

  /// The value that a text stands for; `nil` if it is of another type.
  func value(_ text: String) -> AttributeValue? {
    if self == .string { return .text(text) }
    var word = Substring(text)
    while word.first?.isWhitespace == true { word.removeFirst() }
    while word.last?.isWhitespace == true { word.removeLast() }
    switch self {
    case .boolean:
      switch word.lowercased() {
      case "true", "1": return .boolean(true)
      case "false", "0": return .boolean(false)
      default: return nil
      }
    case .int, .long: return Int64(word).map { .number(Double($0)) }
    case .float, .double, .string:
      var bytes = Array(word.utf8)
      let number = bytes.withUnsafeMutableBufferPointer {
        DecimalScanner.number(UnsafeBufferPointer($0))
      }
      return number.map { .number($0) }
    }
  }
}
