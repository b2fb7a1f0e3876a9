import Cyclograd

/// Writes what `networkx.node_link_graph` reads.
enum NodeLinkWriter {
  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let network = try imported.expanded()
    let list = try AttributeList(network)
    let names = network.neuronNames.map(QuotedText.text)
    // Parallel edges lead to different units of one neuron.
    let isMulti = !network.units.isEmpty
    try AtomicFile.write(to: path) { file in
      try file.write("{\"directed\": true, \"multigraph\": \(isMulti), \"graph\": {")
      if !network.name.isEmpty { try file.write("\"name\": \(QuotedText.text(network.name))") }
      try file.write("},\n\"nodes\": [")
      for neuron in names.indices {
        try file.write(neuron == 0 ? "\n" : ",\n")
        try file.write("{\"id\": \(names[neuron])\(try text(list.neuron(neuron)))}")
      }
      try file.write("],\n\"edges\": [")
      for edge in network.targets.indices {
        try file.write(edge == 0 ? "\n" : ",\n")
        let (source, target) = (Int(network.sources[edge]), Int(network.targets[edge]))
        let key = isMulti ? ", \"key\": \(network.unit(edge))" : ""
        try file.write(
          "{\"source\": \(names[source]), \"target\": \(names[target])\(key)"
            + "\(try text(list.edge(edge)))}")
      }
      try file.write("]}\n")
    }
    let unsupported = UnsupportedFeatures(imported, network)
    return [unsupported.rules, unsupported.shapes, unsupported.ties].compactMap { $0 }
  }

  private static func text(_ attributes: [(name: String, value: AttributeValue)]) throws -> String {
    attributes.map { name, value in
      switch value {
      case .text(let text), .other(let text): ", \"\(name)\": \(QuotedText.text(text))"
      case .boolean(let truth): ", \"\(name)\": \(truth)"
      case .number(let number):
        ", \"\(name)\": " + number.plainText
      }
    }.joined()
  }
}

extension Double {
  /// The shortest text, without a fraction where there is none.
  var plainText: String {
    if case .literal(let text) = FlowValue.number(self) { text } else { description }
  }
}
