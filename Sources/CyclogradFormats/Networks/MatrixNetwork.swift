import Cyclograd

/// Networks as one matrix of weights: rows are targets, columns are sources.
enum MatrixNetwork {
  /// What a matrix says of a network is said by these options instead.
  static let options: Set<ImportOptions.Name> = [
    .activation, .inputs, .outputs, .bias, .neurons, .parameters, .drawWeights, .seed,
  ]

  static let limits =
    "activations, biases, inputs and outputs, groups and names, ties, what is trained, rules and "
    + "seeds; neurons with several units are refused"

  /// The network whose weights are a square matrix.
  static func network(
    _ matrix: CoordinateMatrix, file: String, remarks: [String] = [], options: ImportOptions
  ) throws -> ImportedNetwork {
    guard matrix.rows == matrix.columns else {
      throw CyclogradError(
        .shapeMismatch,
        "a \(matrix.rows) × \(matrix.columns) matrix is not a network: it needs one row and one "
          + "column for each neuron",
        at: .init(file: file),
        advice: "give a square matrix, or use this one for a connection in a graph file")
    }
    var remarks = remarks
    if matrix.values == nil, options.drawWeights == nil {
      remarks.append(
        "a pattern without values: weight 1 used for \(matrix.rowIndices.count) edges; "
          + "--draw-weights draws them")
    }
    return try ExpandedNetwork.plain(
      size: matrix.rows, targets: matrix.rowIndices, sources: matrix.columnIndices,
      weights: matrix.values ?? matrix.rowIndices.map { _ in options.unknownWeight }
    ).imported(from: file, remarks: remarks, options: options)
  }

  /// The weights of a network as a matrix, and what it leaves out.
  static func matrix(
    _ imported: ImportedNetwork, format: String, file: String
  ) throws -> (CoordinateMatrix, [String]) {
    let network = try imported.expanded()
    try network.requireSingleUnits(format: format, file: file)
    let size = network.neuronCount
    let matrix = CoordinateMatrix(
      rows: size, columns: size, rowIndices: network.targets, columnIndices: network.sources,
      values: network.weights)
    return (matrix, UnsupportedFeatures(imported, network).all)
  }
}

extension ImportedNetwork {
  /// The network neuron by neuron and edge by edge.
  func expanded() throws -> ExpandedNetwork {
    var network = try ExpandedNetwork(expanding: graph, locate: location(of:))
    if lacks.contains(.activation) {
      for index in network.blocks.indices { network.blocks[index].isActivationUnknown = true }
    }
    if lacks.contains(.inputs) { network.inputs = nil }
    if lacks.contains(.outputs) { network.outputs = nil }
    return network
  }
}

extension ExpandedNetwork {
  func requireSingleUnits(format: String, file: String) throws {
    guard let block = blocks.first(where: { $0.activations.count > 1 }) else { return }
    throw CyclogradError(
      .invalidGraph,
      "the neurons of group \(block.name) have \(block.activations.count) units, but \(format) "
        + "files have one weight for each pair of neurons",
      at: .init(file: file), advice: "write it as a graph file, graphml, networkx or szekeres")
  }
}
