import Cyclograd

extension NetworkFormat {
  static let gexf = NetworkFormat(
    "gexf", "GEXF, as Gephi and NetworkX write it", extensions: ["gexf"],
    limits: "rules and seeds, shapes of groups, ties", options: AttributedNetwork.options,
    reader: { try GEXFReader.read($0, $1) },
    writer: { imported, path, _ in try GEXFWriter.write(imported, path) })
}
