import Cyclograd

/// Writes GraphML.
enum GraphMLWriter {
  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let network = try imported.expanded()
    let list = try AttributeList(network)
    let names = try network.neuronNames.map { try escaped($0, path) }
    let keys = keys(network)
    try AtomicFile.write(to: path) { file in
      try file.write(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
        <key id="name" for="graph" attr.name="name" attr.type="string"/>

        """)
      for key in keys {
        try file.write(
          "<key id=\"\(key.owner)_\(key.name)\" for=\"\(key.owner)\" attr.name=\"\(key.name)\" "
            + "attr.type=\"\(key.type.rawValue)\"/>\n")
      }
      try file.write("<graph edgedefault=\"directed\">\n")
      if !network.name.isEmpty {
        try file.write("<data key=\"name\">\(try escaped(network.name, path))</data>\n")
      }
      for neuron in names.indices {
        let data = try text(list.neuron(neuron), "node", path)
        try file.write("<node id=\"\(names[neuron])\">\(data)</node>\n")
      }
      for edge in network.targets.indices {
        let (source, target) = (Int(network.sources[edge]), Int(network.targets[edge]))
        try file.write(
          "<edge source=\"\(names[source])\" target=\"\(names[target])\">"
            + "\(try text(list.edge(edge), "edge", path))</edge>\n")
      }
      try file.write("</graph>\n</graphml>\n")
    }
    let unsupported = UnsupportedFeatures(imported, network)
    return [unsupported.rules, unsupported.shapes, unsupported.ties].compactMap { $0 }
  }

  private typealias Key = (name: String, owner: String, type: GraphMLType)

  /// The attributes that the network's neurons and edges may have.
  private static func keys(_ network: ExpandedNetwork) -> [Key] {
    let units = network.blocks.map(\.activations.count).max() ?? 1
    var keys: [Key] = [
      (AttributeName.group, "node", .string), (AttributeName.input, "node", .int),
      (AttributeName.output, "node", .int), (AttributeName.combine, "node", .string),
      (AttributeName.timeConstant, "node", .double),
      (AttributeName.weight, "edge", .double), (AttributeName.unit, "edge", .int),
      (AttributeName.trainable, "edge", .boolean),
    ]
    for unit in 0..<units {
      keys += [
        (AttributeName.numbered(AttributeName.activation, unit), "node", .string),
        (AttributeName.numbered(AttributeName.bias, unit), "node", .double),
        (AttributeName.numbered(AttributeName.biasTrainable, unit), "node", .boolean),
      ]
    }
    return keys
  }

  private static func text(
    _ attributes: [(name: String, value: AttributeValue)], _ owner: String, _ path: String
  ) throws -> String {
    try attributes.map { name, value in
      let text =
        switch value {
        case .text(let text), .other(let text): try escaped(text, path)
        case .boolean(let truth): String(truth)
        case .number(let number): number.plainText
        }
      return "<data key=\"\(owner)_\(name)\">\(text)</data>"
    }.joined()
  }

  private static func escaped(_ text: String, _ path: String) throws -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += "&#\(scalar.value);"
      case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}":
        throw CyclogradError(
          .invalidValue, "XML cannot hold the control character in \(Excerpt.quoted(text))",
          at: .init(file: path), advice: "rename it, or write networkx instead")
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
