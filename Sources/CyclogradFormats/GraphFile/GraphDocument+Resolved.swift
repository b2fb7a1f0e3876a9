import Cyclograd

extension GraphDocument {
  /// The document with every file of weights, biases or edges replaced by what is in it.
  ///
  /// The names of files are relative to ``folder``. Matrices must have one row for each target
  /// neuron and one column for each source neuron. Floats of fewer than 64 bits are widened, which
  /// changes none of them, and ``remarks`` say so. What else must fit, such as the length of a
  /// list, is found out when the graph is compiled.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` with the line of the graph file and, if a file was read
  ///   and found wrong, with the line of that file in the message.
  public func resolved() throws -> GraphDocument { try resolved(keepingShards: false) }

  /// The same, with the edges that lie in shards left where they are, if they are to be kept there.
  func resolved(keepingShards: Bool) throws -> GraphDocument {
    var graph = graph
    var shards: [Int: ShardedMatrix] = [:]
    var widened = WidenedArrays()
    let sizes = Dictionary(graph.groups.map { ($0.name, $0.size) }, uniquingKeysWith: { a, _ in a })
    for group in graph.groups.indices {
      if case .file(let name)? = graph.groups[group].neuronNames {
        let reader = reader(places.names[group], part: .group(group))
        let names = try reader.names(name, count: graph.groups[group].size)
        graph.groups[group].neuronNames = .list(names)
      }
      for unit in graph.groups[group].units.indices {
        guard case .file(let name, let array) = graph.groups[group].units[unit].bias.initial
        else { continue }
        let reader = reader(places.biases[.init(group, unit)], part: .group(group))
        let tying = graph.groups[group].units[unit].bias.tying
        let values = try reader.biases(
          name, array, count: tying == .none ? graph.groups[group].size : nil, &widened)
        graph.groups[group].units[unit].bias.initial = .list(values)
      }
    }
    for index in graph.connections.indices {
      var connection = graph.connections[index]
      let shape = ParameterFile.Shape(
        targets: sizes[connection.to], sources: sizes[connection.from])
      if case .file(let name) = connection.pattern {
        let reader = reader(places.patterns[index], part: .connection(index))
        if keepingShards, ParameterFile.isSharded(name) {
          shards[index] = try reader.shards(name, shape)
        } else {
          connection.pattern = .entries(try reader.edges(name, shape))
        }
      }
      if case .file(let name, let array) = connection.weight.initial {
        let reader = reader(places.weights[index], part: .connection(index))
        connection.weight.initial = try reader.weights(
          name, array, shape, of: connection, &widened)
      }
      graph.connections[index] = connection
    }
    var document = replacing(graph)
    document.remarks = widened.remarks
    document.shards = shards
    return document
  }

  private func reader(
    _ place: CyclogradError.Location?, part: GraphPart
  ) -> ParameterFile {
    ParameterFile(folder: folder, place: place ?? places.location(of: part))
  }
}
