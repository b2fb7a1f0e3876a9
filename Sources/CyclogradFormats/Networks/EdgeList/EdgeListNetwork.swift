import Cyclograd

extension NetworkFormat {
  static let edgeList = NetworkFormat(
    "edge-list", "edges as rows of CSV or TSV: source, target, weight",
    extensions: ["csv", "tsv"],
    limits: MatrixNetwork.limits + "; neurons after the last one that has an edge",
    options: [
      .activation, .inputs, .outputs, .bias, .weightAttribute, .indexBase, .header, .duplicates,
      .parameters,
    ],
    reader: { path, options in
      try EdgeListReader.network(InputFile.content(path), file: path, options)
    },
    writer: { imported, path, _ in try EdgeListWriter.write(imported, path) })
}

/// Writes edges as rows, neurons by number.
enum EdgeListWriter {
  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let network = try imported.expanded()
    try network.requireSingleUnits(format: "edge list", file: path)
    let separator = path.lowercased().hasSuffix(".tsv") ? "\t" : ","
    try AtomicFile.write(to: path) { file in
      try file.write(["source", "target", "weight\n"].joined(separator: separator))
      for edge in network.targets.indices {
        try file.write(number: Int(network.sources[edge]))
        try file.write(separator)
        try file.write(number: Int(network.targets[edge]))
        try file.write(separator)
        try file.write(number: network.weights[edge])
        try file.write("\n")
      }
    }
    let last = max(network.targets.max() ?? -1, network.sources.max() ?? -1)
    let unseen = network.neuronCount - 1 - Int(last)
    return UnsupportedFeatures(imported, network).all
      + (unseen > 0 ? ["\(unseen) neurons dropped: none after neuron \(last) has an edge"] : [])
  }
}
