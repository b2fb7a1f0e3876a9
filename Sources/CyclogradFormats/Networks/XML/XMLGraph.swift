import Cyclograd

/// Nodes and edges of a graph in XML, collected while it is parsed; edges may come before their nodes.
struct XMLGraph {
  /// The declaration of an attribute.
  struct Column {
    var name: String
    var type: AttributeType
    /// What nodes or edges have that do not say it.
    var fallback: AttributeValue?

    /// What a text says.
    ///
    /// - Throws: ``Cyclograd/CyclogradError`` if it is of another type.
    func value(_ text: String) throws -> AttributeValue {
      guard let value = type.value(text) else {
        throw XMLGraph.malformed(
          "\(Excerpt.quoted(text)) is not a \(type.rawValue), as attribute \(Excerpt.quoted(name)) must be"
        )
      }
      return value
    }
  }

  enum Owner: String { case node, edge }

  private struct Edge {
    var source: String
    var target: String
    var isDirected: Bool
    var attributes: Attributes
    var line: Int
  }

  private var index: [String: Int32] = [:]
  private var nodes: [(id: String, label: String?, attributes: Attributes, line: Int)] = []
  private var edges: [Edge] = []

  /// What is wrong with the document; the parser adds the place.
  static func malformed(_ message: String, advice: String? = nil) -> CyclogradError {
    CyclogradError(.malformedFile, message, advice: advice)
  }

  mutating func addNode(_ attributes: [String: String], line: Int) throws {
    guard let id = attributes["id"] else { throw Self.malformed("<node> without an id") }
    guard index.updateValue(Int32(nodes.count), forKey: id) == nil else {
      throw Self.malformed("two nodes have the id \(Excerpt.quoted(id))")
    }
    nodes.append((id, nil, [:], line))
  }

  /// Names the last node for people.
  mutating func label(_ text: String) { nodes[nodes.count - 1].label = text }

  mutating func addEdge(
    _ attributes: [String: String], isDirected: Bool, _ own: Attributes = [:], line: Int
  ) throws {
    guard let source = attributes["source"], let target = attributes["target"] else {
      throw Self.malformed("<edge> without source or target")
    }
    edges.append(
      Edge(source: source, target: target, isDirected: isDirected, attributes: own, line: line))
  }

  /// Gives the last node or edge a value.
  ///
  /// - Parameter mayRepeat: whether the same value may be said once more.
  mutating func set(
    _ column: Column, _ text: String, of owner: Owner, mayRepeat: Bool = false
  ) throws {
    let value = try column.value(text)
    let earlier =
      switch owner {
      case .node: nodes[nodes.count - 1].attributes.updateValue(value, forKey: column.name)
      case .edge: edges[edges.count - 1].attributes.updateValue(value, forKey: column.name)
      }
    guard earlier == nil || mayRepeat && earlier == value else {
      throw Self.malformed(
        "the attribute \(Excerpt.quoted(column.name)) is given twice",
        advice: mayRepeat ? "values that change with time are not read" : nil)
    }
  }

  /// The network of all that was collected.
  ///
  /// - Parameters:
  ///   - columns: the declared attributes of nodes, or of edges.
  ///   - remarks: what else is to be said of the file.
  func network(
    file: String, _ options: ImportOptions, name: String, remarks: [String] = [],
    columns: (Owner) -> [Column]
  ) throws -> ImportedNetwork {
    func fallbacks(_ owner: Owner) -> Attributes {
      var result: Attributes = [:]
      for column in columns(owner) {
        if let fallback = column.fallback { result[column.name] = fallback }
      }
      return result
    }
    let (forNodes, forEdges) = (fallbacks(.node), fallbacks(.edge))
    var network = AttributedNetwork(file: file, options: options)
    for remark in remarks { network.remark(remark) }
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
        isDirected: edge.isDirected, line: edge.line)
    }
    return try network.finish(name: name)
  }
}
