import Cyclograd

extension NetworkFormat {
  static let networkX = NetworkFormat(
    "networkx", "NetworkX's node-link JSON", extensions: ["json"],
    limits: "rules and seeds, shapes of groups, ties",
    options: AttributedNetwork.options,
    reader: { try NodeLinkReader.read($0, $1) },
    writer: { imported, path, _ in try NodeLinkWriter.write(imported, path) })
}
