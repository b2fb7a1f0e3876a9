import Cyclograd

/// Reads the top level of a graph file.
enum GraphReader {
  private static let keys = [
    "format", "name", "seed", "groups", "connections", "edges", "inputs", "outputs",
  ]

  static func read(_ root: Element, file: String) throws -> (Graph, FilePlaces) {
    guard root.isMapping else {
      throw root.failure(
        "a graph file must be a mapping, not \(root.kind)",
        advice: "it begins with \"format: \(Keywords.format)\"")
    }
    try DocumentKind.graph.check(root)
    let fields = try root.fields("the graph file", keys: keys)
    try checkFormat(fields)
    var graph = Graph(name: try fields["name"]?.text("the name") ?? "")
    var places = FilePlaces(file: file, graph: root.location)
    graph.seed = try fields["seed"]?.integer("the seed", in: 0...UInt64.max) ?? 0
    for item in try fields["groups"]?.list("'groups'") ?? [] {
      graph.groups.append(try GroupReader.group(item, files: &places))
      places.groups.append(.init(item.location))
    }
    for item in try fields["connections"]?.list("'connections'") ?? [] {
      graph.connections.append(try EdgeReader.connection(item, files: &places))
      places.connections.append(.init(item.location))
    }
    for item in try fields["edges"]?.list("'edges'") ?? [] {
      graph.edges.append(try EdgeReader.edge(item))
      places.edges.append(.init(item.location))
    }
    graph.inputs = try fields["inputs"].map { try EdgeReader.neurons($0, "'inputs'") }
    graph.outputs = try fields["outputs"].map { try EdgeReader.neurons($0, "'outputs'") }
    places.inputs = fields["inputs"].map { .init($0.location) }
    places.outputs = fields["outputs"].map { .init($0.location) }
    return (graph, places)
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
