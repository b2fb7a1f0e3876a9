import Cyclograd
import Foundation

/// Reads what `networkx.node_link_data` gives.
struct NodeLinkReader {
  private let file: String
  private let root: [String: Any]

  static func read(_ path: String, _ options: ImportOptions) throws -> ImportedNetwork {
    try network(JSONTree.read(path), file: path, options)
  }

  static func network(
    _ tree: Any, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    guard let root = tree as? [String: Any] else {
      throw CyclogradError(
        .malformedFile, "the file is not a JSON object", at: .init(file: file),
        advice: "write it with networkx.node_link_data and json.dump")
    }
    return try NodeLinkReader(file: file, root: root).read(options)
  }

  private func read(_ options: ImportOptions) throws -> ImportedNetwork {
    var network = AttributedNetwork(file: file, options: options)
    var index: [NodeID: Int32] = [:]
    for (number, item) in try list("nodes").enumerated() {
      let subject = "nodes[\(number)]"
      guard var node = item as? [String: Any] else {
        throw failure("a node must be an object", subject)
      }
      guard let value = node.removeValue(forKey: "id") else {
        throw failure("the node has no 'id'", subject)
      }
      let id = try id(value, subject)
      guard index.updateValue(Int32(number), forKey: id) == nil else {
        throw failure("another node has the id \(Excerpt.quoted(id.text))", subject)
      }
      try network.addNode(id.text, node.mapValues(JSONTree.attribute))
    }
    try readEdges(index, &network)
    let name = (root["graph"] as? [String: Any])?["name"] as? String
    return try network.finish(name: name ?? "")
  }

  private func readEdges(_ index: [NodeID: Int32], _ network: inout AttributedNetwork) throws {
    let isDirected = try flag("directed") ?? false
    let isMulti = try flag("multigraph") ?? true
    let key = try edgeKey()
    for (number, item) in try list(key).enumerated() {
      let subject = "\(key)[\(number)]"
      guard var edge = item as? [String: Any] else {
        throw failure("an edge must be an object", subject)
      }
      let ends = try ["source", "target"].map { name in
        guard let value = edge.removeValue(forKey: name) else {
          throw failure("the edge has no '\(name)'", subject)
        }
        let id = try id(value, subject)
        guard let neuron = index[id] else {
          throw failure("there is no node \(Excerpt.quoted(id.text))", subject)
        }
        return neuron
      }
      // Only tells parallel edges apart.
      if isMulti { edge["key"] = nil }
      try network.addEdge(
        from: ends[0], to: ends[1], edge.mapValues(JSONTree.attribute), isDirected: isDirected)
    }
  }

  private func edgeKey() throws -> String {
    switch (root["edges"] != nil, root["links"] != nil) {
    case (true, false): return "edges"
    case (false, true): return "links"
    case (true, true):
      throw failure("the file has 'edges' and 'links'; only one of them may be there")
    case (false, false):
      throw failure("the file has neither 'edges' nor 'links', so its edges are unknown")
    }
  }

  private func list(_ key: String) throws -> [Any] {
    guard let value = root[key] else { throw failure("the file has no '\(key)'") }
    guard let list = value as? [Any] else { throw failure("'\(key)' must be a list") }
    return list
  }

  private func flag(_ key: String) throws -> Bool? {
    guard let value = root[key] else { return nil }
    guard let number = value as? NSNumber, JSONTree.isBoolean(number) else {
      throw failure("'\(key)' must be true or false")
    }
    return number.boolValue
  }

  /// A node's id: any scalar. 1 and "1" are different nodes, 1 and 1.0 are the same, as in Python.
  private struct NodeID: Hashable {
    var value: AttributeValue
    var text: String

    static func == (a: NodeID, b: NodeID) -> Bool { a.value == b.value }
    func hash(into hasher: inout Hasher) { hasher.combine(value) }
  }

  private func id(_ value: Any, _ subject: String) throws -> NodeID {
    let attribute = JSONTree.attribute(value)
    switch attribute {
    case .text(let text): return NodeID(value: attribute, text: text)
    case .boolean(let truth): return NodeID(value: attribute, text: truth ? "True" : "False")
    case .number(let number):
      // A large integer is more than a double can tell from its neighbours.
      let text = (value as? NSNumber)?.stringValue ?? String(number)
      return number.magnitude < 0x1p53
        ? NodeID(value: attribute, text: text) : NodeID(value: .other(text), text: text)
    case .other(let kind):
      guard kind == "null" else {
        throw failure(
          "the id of a node is \(kind), not a text, number, truth value or null", subject)
      }
      return NodeID(value: attribute, text: "None")
    }
  }

  private func failure(_ message: String, _ subject: String? = nil) -> CyclogradError {
    CyclogradError(
      .malformedFile, message, at: .init(file: file, subject: subject),
      advice: "node-link JSON is what networkx.node_link_data writes")
  }
}
