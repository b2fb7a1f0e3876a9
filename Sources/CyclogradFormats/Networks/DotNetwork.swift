import Cyclograd

extension NetworkFormat {
  static let dot = NetworkFormat(
    "dot", "DOT, to be drawn by graphviz: groups are clusters", extensions: ["dot", "gv"],
    limits: "cannot be read back", reader: nil,
    writer: { imported, path, _ in try DotWriter.write(imported, path) })
}

/// Writes pictures of networks for graphviz.
enum DotWriter {
  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let network = try imported.expanded()
    let names = network.neuronNames.map(quoted)
    let inputs = Set(network.inputs ?? [])
    let outputs = Set(network.outputs ?? [])
    try AtomicFile.write(to: path) { file in
      try file.write("digraph \(quoted(network.name)) {\n  rankdir=LR;\n")
      var neuron = 0
      for (number, block) in network.blocks.enumerated() {
        let label = "\(block.name): \(try units(block))"
        try file.write("  subgraph cluster_\(number) {\n    label=\(quoted(label));\n")
        for _ in 0..<block.size {
          let isEnd = inputs.contains(Int32(neuron)) || outputs.contains(Int32(neuron))
          try file.write("    \(names[neuron])\(isEnd ? " [shape=box]" : "");\n")
          neuron += 1
        }
        try file.write("  }\n")
      }
      for edge in network.targets.indices {
        let (source, target) = (Int(network.sources[edge]), Int(network.targets[edge]))
        let unit = network.units.isEmpty ? "" : ", headlabel=\"\(network.unit(edge))\""
        try file.write(
          "  \(names[source]) -> \(names[target]) [label=\"\(network.weights[edge].plainText)\"\(unit)];\n"
        )
      }
      try file.write("}\n")
    }
    let unsupported = UnsupportedFeatures(imported, network)
    return [
      unsupported.rules, unsupported.shapes, unsupported.times, unsupported.biases,
      unsupported.training,
      unsupported.ties,
    ].compactMap { $0 }
  }

  private static func units(_ block: ExpandedNetwork.Block) throws -> String {
    if block.isActivationUnknown { return "activation unknown" }
    let names = try block.activations.map { try ActivationText.text($0) }
    return names.count == 1
      ? names[0] : "\(block.combine.rawValue) of \(names.joined(separator: ", "))"
  }

  /// In DOT a quotation mark is the one character that must be escaped; a backslash at the end
  /// would escape the closing one, and others are escapes of graphviz's own.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n", "\r": result += " "
      case "\u{0}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
