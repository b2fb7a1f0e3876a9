import Cyclograd

extension NetworkFormat {
  static let graphML = NetworkFormat(
    "graphml", "GraphML, attributes typed by their keys", extensions: ["graphml"],
    limits: "rules and seeds, shapes of groups, ties",
    options: [.activation, .inputs, .outputs, .bias, .weightAttribute, .duplicates, .parameters],
    reader: { try GraphMLReader.read($0, $1) },
    writer: { imported, path, _ in try GraphMLWriter.write(imported, path) })
}
