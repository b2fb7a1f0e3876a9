import Cyclograd

/// Writes GraphML.
enum GraphMLWriter {
  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let network = try imported.expanded()
    let list = try AttributeList(network)
    let names = try network.neuronNames.map { try XMLText.escaped($0, path) }
    let keys = AttributeList.declarations(network)
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
        try file.write("<data key=\"name\">\(try XMLText.escaped(network.name, path))</data>\n")
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

  private static func text(
    _ attributes: [(name: String, value: AttributeValue)], _ owner: String, _ path: String
  ) throws -> String {
    try attributes.map { name, value in
      let text =
        switch value {
        case .text(let text), .other(let text): try XMLText.escaped(text, path)
        case .boolean(let truth): String(truth)
        case .number(let number): number.plainText
        }
      return "<data key=\"\(owner)_\(name)\">\(text)</data>"
    }.joined()
  }
}
