import Cyclograd

extension NetworkFormat {
  static let edgeList = NetworkFormat(
    "edge-list", "edges as rows of text: source, target, weight",
    extensions: ["csv", "tsv", "edgelist", "edges"],
    limits: MatrixNetwork.limits + "; named neurons without an edge",
    options: [
      .activation, .inputs, .outputs, .bias, .neurons, .weightAttribute, .indexBase, .ids, .header,
      .duplicates, .parameters, .drawWeights, .seed, .signColumn, .sign,
    ],
    reader: { path, options in
      try EdgeListReader.network(InputFile.content(path), file: path, options)
    },
    writer: { imported, path, _ in try EdgeListWriter.write(imported, path) })
}

/// Writes edges as rows; neurons by name, where they have names, or by number.
enum EdgeListWriter {
  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let network = try imported.expanded()
    try network.requireSingleUnits(format: "edge list", file: path)
    let separator = separator(path)
    let names = try network.names?.map { try quoted($0, path) }
    try AtomicFile.write(to: path) { file in
      // So that neurons after the last one with an edge come back.
      if names == nil { try file.write("# neurons: \(network.neuronCount)\n") }
      try file.write(["source", "target", "weight\n"].joined(separator: separator))
      for edge in network.targets.indices {
        for (place, neuron) in [network.sources[edge], network.targets[edge]].enumerated() {
          if place > 0 { try file.write(separator) }
          if let names {
            try file.write(names[Int(neuron)])
          } else {
            try file.write(number: Int(neuron))
          }
        }
        try file.write(separator)
        try file.write(number: network.weights[edge])
        try file.write("\n")
      }
    }
    var dropped: [String] = []
    if let all = network.names {
      let seen = Set(network.sources).union(network.targets)
      let unseen = all.indices.filter { !seen.contains(Int32($0)) }
      if let first = unseen.first {
        dropped.append(
          "\(unseen.count) neurons dropped, \(all[first]) the first: they have no edge")
      }
    }
    return UnsupportedFeatures(imported, network).allWithNames + dropped
  }

  private static func separator(_ path: String) -> String {
    let name = path.lowercased()
    if name.hasSuffix(".tsv") { return "\t" }
    return name.hasSuffix(".edgelist") || name.hasSuffix(".edges") ? " " : ","
  }

  /// In quotation marks whatever might be read as something else.
  private static func quoted(_ name: String, _ path: String) throws -> String {
    guard !name.utf8.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 }) else {
      throw CyclogradError(
        .invalidValue, "a row cannot hold the name \(Excerpt.quoted(name))", at: .init(file: path),
        advice: "rename it, or write graphml instead")
    }
    let isPlain = name.utf8.allSatisfy {
      48...57 ~= $0 || 65...90 ~= $0 || 97...122 ~= $0 || $0 == UInt8(ascii: "_")
        || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
    }
    if isPlain, name.utf8.contains(where: { $0 > 57 }) { return name }
    return "\"" + name.replacing("\"", with: "\"\"") + "\""
  }
}
