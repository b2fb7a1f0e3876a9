import Cyclograd

/// Writes Pajek's .net, with attributes as pairs of words behind shape and weight, as NetworkX does.
enum PajekWriter {
  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let network = try imported.expanded()
    let list = try AttributeList(network)
    let names = try network.neuronNames.map { try quoted($0, path) }
    try AtomicFile.write(to: path) { file in
      if !network.name.isEmpty {
        try file.write(
          "*Network \(network.name.map { $0.isNewline ? " " : $0 }.map(String.init).joined())\n")
      }
      try file.write("*Vertices \(names.count)\n")
      for neuron in names.indices {
        let own = try text(list.neuron(neuron), path)
        try file.write("\(neuron + 1) \(names[neuron]) 0.0 0.0 ellipse\(own)\n")
      }
      try file.write("*Arcs\n")
      for edge in network.targets.indices {
        let own = try text(list.edge(edge).filter { $0.name != AttributeName.weight }, path)
        try file.write(
          "\(network.sources[edge] + 1) \(network.targets[edge] + 1) "
            + "\(network.weights[edge].plainText)\(own)\n")
      }
    }
    let unsupported = UnsupportedFeatures(imported, network)
    return [unsupported.rules, unsupported.shapes, unsupported.ties].compactMap { $0 }
  }

  private static func text(
    _ attributes: [(name: String, value: AttributeValue)], _ path: String
  ) throws -> String {
    try attributes.map { " \($0.name) \(try quoted($0.value.word, path))" }.joined()
  }

  private static func quoted(_ text: String, _ path: String) throws -> String {
    let mark = text.contains("\"") ? "'" : "\""
    guard !text.contains(mark), !text.utf8.contains(where: { $0 < 32 }) else {
      throw CyclogradError(
        .invalidValue, "a Pajek file cannot hold \(Excerpt.quoted(text))", at: .init(file: path),
        advice: "rename it, or write graphml instead")
    }
    return mark + text + mark
  }
}
