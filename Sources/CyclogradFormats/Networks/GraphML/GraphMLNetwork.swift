import Cyclograd

extension NetworkFormat {
  static let graphML = NetworkFormat(
    "graphml", "GraphML, attributes typed by their keys", extensions: ["graphml"],
    limits: "rules and seeds, shapes of groups, ties",
    options: AttributedNetwork.options,
    reader: { try GraphMLReader.read($0, $1) },
    writer: { imported, path, _ in try GraphMLWriter.write(imported, path) })
}
