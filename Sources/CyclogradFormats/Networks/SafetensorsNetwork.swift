package import Cyclograd

extension NetworkFormat {
  static let safetensors = NetworkFormat(
    "safetensors", "a network's parameters; read with --parameters beside the network",
    extensions: ["safetensors"],
    limits: "all but the parameters: the network they belong to must be kept",
    reader: nil,
    writer: { imported, path, _ in
      let (network, parameters) = try imported.graph.compile(locate: imported.location(of:))
      try ParametersFile.write(
        parameters, of: network, transform: imported.transform, to: path)
      return ["only parameters are written; keep the network, and read them with --parameters"]
    })
}

extension ImportedNetwork {
  /// The network with the parameters of a safetensors file in place of its own.
  package func taking(parameters path: String) throws -> ImportedNetwork {
    let (network, old) = try graph.compile(locate: location(of:))
    let parameters = try ParametersFile.read(path, for: network)
    var result = parameters == old ? self : taking(parameters, of: network)
    result.transform = try ParametersFile.transform(path)
    if parameters != old {
      result.remarks.append("the parameters are those of \(path); rules became single edges")
    }
    return result
  }

  /// The same with known parameters of the compiled network.
  package func taking(_ parameters: Parameters, of network: Network) -> ImportedNetwork {
    var result = self
    result.graph = ExpandedNetwork(graph, network, parameters).graph()
    return result
  }
}
