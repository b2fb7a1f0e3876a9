import Cyclograd

extension NetworkFormat {
  static let gml = NetworkFormat(
    "gml", "GML, as NetworkX, igraph and Gephi write it", extensions: ["gml"],
    limits: "rules and seeds, shapes of groups, ties", options: AttributedNetwork.options,
    reader: { try GMLReader.read($0, $1) },
    writer: { imported, path, _ in try GMLWriter.write(imported, path) })
}
