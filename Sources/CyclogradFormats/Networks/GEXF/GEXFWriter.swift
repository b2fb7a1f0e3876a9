import Cyclograd

/// Writes GEXF 1.2, which Gephi and NetworkX read.
enum GEXFWriter {
  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let network = try imported.expanded()
    let list = try AttributeList(network)
    let names = try network.neuronNames.map { try XMLText.escaped($0, path) }
    try AtomicFile.write(to: path) { file in
      try file.write(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">

        """)
      if !network.name.isEmpty {
        let name = try XMLText.escaped(network.name, path)
        try file.write("<meta><description>\(name)</description></meta>\n")
      }
      try file.write("<graph defaultedgetype=\"directed\" mode=\"static\">\n")
      let keys = AttributeList.declarations(network)
      for owner in ["node", "edge"] {
        try file.write("<attributes class=\"\(owner)\" mode=\"static\">\n")
        // The weight is an attribute of the element itself.
        for key in keys where key.owner == owner && key.name != AttributeName.weight {
          let type = key.type == .int ? "integer" : key.type.rawValue
          try file.write(
            "<attribute id=\"\(key.name)\" title=\"\(key.name)\" type=\"\(type)\"/>\n")
        }
        try file.write("</attributes>\n")
      }
      try file.write("<nodes>\n")
      for (neuron, name) in names.enumerated() {
        let values = try text(list.neuron(neuron), path)
        try file.write("<node id=\"\(name)\" label=\"\(name)\">\(values)</node>\n")
      }
      try file.write("</nodes>\n<edges>\n")
      for edge in network.targets.indices {
        let (source, target) = (Int(network.sources[edge]), Int(network.targets[edge]))
        let values = try text(list.edge(edge).filter { $0.name != AttributeName.weight }, path)
        try file.write(
          "<edge id=\"\(edge)\" source=\"\(names[source])\" target=\"\(names[target])\" "
            + "weight=\"\(network.weights[edge].plainText)\">\(values)</edge>\n")
      }
      try file.write("</edges>\n</graph>\n</gexf>\n")
    }
    let unsupported = UnsupportedFeatures(imported, network)
    return [unsupported.rules, unsupported.shapes, unsupported.ties].compactMap { $0 }
  }

  private static func text(
    _ attributes: [(name: String, value: AttributeValue)], _ path: String
  ) throws -> String {
    if attributes.isEmpty { return "" }
    return "<attvalues>"
      + (try attributes.map { name, value in
        "<attvalue for=\"\(name)\" value=\"\(try XMLText.escaped(value.word, path))\"/>"
      }.joined()) + "</attvalues>"
  }
}
