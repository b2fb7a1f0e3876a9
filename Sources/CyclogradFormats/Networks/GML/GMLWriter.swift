import Cyclograd

/// Writes GML that NetworkX and igraph read.
enum GMLWriter {
  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let network = try imported.expanded()
    let list = try AttributeList(network)
    let names = network.neuronNames
    // Parallel edges lead to different units of one neuron.
    let isMulti = !network.units.isEmpty
    try AtomicFile.write(to: path) { file in
      try file.write("graph [\n  directed 1\n")
      if isMulti { try file.write("  multigraph 1\n") }
      if !network.name.isEmpty { try file.write("  name \(GMLText.quoted(network.name))\n") }
      for neuron in names.indices {
        try file.write(
          "  node [\n    id \(neuron)\n    label \(GMLText.quoted(names[neuron]))\n"
            + text(list.neuron(neuron)) + "  ]\n")
      }
      for edge in network.targets.indices {
        let key = isMulti ? "    key \(network.unit(edge))\n" : ""
        try file.write(
          "  edge [\n    source \(network.sources[edge])\n    target \(network.targets[edge])\n\(key)"
            + text(list.edge(edge)) + "  ]\n")
      }
      try file.write("]\n")
    }
    let unsupported = UnsupportedFeatures(imported, network)
    return [unsupported.rules, unsupported.shapes, unsupported.ties].compactMap { $0 }
  }

  private static func text(_ attributes: [(name: String, value: AttributeValue)]) -> String {
    attributes.map { name, value in
      let text =
        switch value {
        case .text(let text), .other(let text): GMLText.quoted(text)
        case .boolean(let truth): truth ? "1" : "0"
        case .number(let number): GMLText.number(number)
        }
      return "    \(name) \(text)\n"
    }.joined()
  }
}
