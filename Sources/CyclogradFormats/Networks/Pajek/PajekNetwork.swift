import Cyclograd

extension NetworkFormat {
  static let pajek = NetworkFormat(
    "pajek", "Pajek's .net and .mat: vertices, arcs, edges, lists and matrices",
    extensions: ["net", "paj"],
    limits: "rules and seeds, shapes of groups, ties", options: AttributedNetwork.options,
    reader: { try PajekReader.read($0, $1) },
    writer: { imported, path, _ in try PajekWriter.write(imported, path) })
}
