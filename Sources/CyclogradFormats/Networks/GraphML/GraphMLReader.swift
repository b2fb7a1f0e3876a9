import Cyclograd

/// Reads GraphML.
enum GraphMLReader: NetworkReader {
  static func network(
    _ bytes: [UInt8], file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    var elements = GraphMLElements()
    try elements.read(bytes, file: file)
    return try elements.document.network(file: file, options)
  }
}

/// What the elements of a GraphML file mean.
private struct GraphMLElements: XMLElements {
  static let root = "graphml"
  private(set) var document = GraphMLDocument()
  private var key: String?

  private func malformed(_ message: String, advice: String? = nil) -> CyclogradError {
    CyclogradError(.malformedFile, message, advice: advice)
  }

  mutating func start(
    _ name: String, in parent: String, _ attributes: [String: String], line: Int
  ) throws -> XMLContent {
    switch (name, parent) {
    case ("key", "graphml"): try document.startKey(attributes)
    case ("default", "key"): return .text
    case ("graph", "graphml"): try document.startGraph(attributes)
    case ("graph", _):
      throw malformed(
        "a graph inside a node or an edge", advice: "networks have no nested graphs; flatten it")
    case ("node", "graph"): try document.startNode(attributes, line: line)
    case ("edge", "graph"): try document.startEdge(attributes, line: line)
    case ("hyperedge", _):
      throw malformed(
        "a hyperedge", advice: "an edge of a network has one source and one target")
    case ("port", _):
      throw malformed("a port", advice: "edges of a network lead from node to node")
    case ("data", "graphml"), ("data", "graph"), ("data", "node"), ("data", "edge"):
      guard let id = attributes["key"] else { throw malformed("<data> without a key") }
      key = id
      return .text
    default: return .foreign
    }
    return .elements
  }

  mutating func end(_ name: String, in parent: String, text: String, line: Int) throws {
    switch name {
    case "key": document.endKey()
    case "default": try document.setDefault(text)
    case "data": try document.addData(key ?? "", text, to: parent)
    default: break
    }
  }
}
