import Cyclograd

extension NetworkFormat {
  static let szekeres = NetworkFormat(
    "szekeres", "the files of Szekeres and Izsák's simulator",
    extensions: [],
    limits: "groups and names, shapes, rules and seeds; inputs come first and outputs last; "
      + "activations that it does not have and the combination max are refused",
    options: [
      .inputs, .outputs, .weights, .logic, .fixwb, .sharedWeights, .sharedBiases, .activation3,
      .parameters, .drawWeights, .seed,
    ],
    reader: { try SzekeresNetwork.network(InputFile.bytes($0), file: $0, $1) },
    writer: { try SzekeresWriter.write($0, $1, $2) })
}

/// Reads networks of Szekeres and Izsák's simulator.
enum SzekeresNetwork {
  static func network(
    _ bytes: [UInt8], file path: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    let graph = try SzekeresGraph.parse(bytes, file: path)
    let parameters = try SzekeresParameters(graph, file: path, options)
    var network = ExpandedNetwork()
    network.sources = (0..<graph.neuronCount).flatMap { neuron in
      repeatElement(Int32(neuron), count: graph.starts[neuron + 1] - graph.starts[neuron])
    }
    network.targets = graph.targets
    network.weights = parameters.weights
    network.frozenWeights = parameters.frozenWeights
    network.weightTies = parameters.weightTies
    network.biases = parameters.biases
    network.frozenBiases = parameters.frozenBiases
    network.biasTies = parameters.biasTies
    if graph.targetUnits.contains(where: { $0 > 0 }) { network.units = graph.targetUnits }
    let activations = try graph.codes.map {
      try ActivationCode.activation($0, meaningOf3: options.activation3, file: path)
    }
    if options.activation3 != nil, !graph.codes.contains(3) {
      throw CyclogradError(
        .invalidOption, "no neuron has activation code 3", at: .init(file: path),
        advice: "leave out --activation-3")
    }
    let ends = try chosenEnds(options, count: graph.neuronCount)
    network.blocks = blocks(graph, activations, ends)
    try refuseDuplicates(graph, path)
    return try network.imported(from: path, remarks: parameters.remarks, options: options)
  }

  /// How far the inputs reach and where the outputs begin, if they are said and stand there.
  private static func chosenEnds(
    _ options: ImportOptions, count: Int
  ) throws -> (inputs: Int, outputs: Int) {
    func neurons(
      _ text: String?, _ option: String, _ plain: NeuronSelection.PlainNumber
    ) throws -> [Int32] {
      try text.map {
        try NeuronSelection(text: $0, option: option).neurons(
          count: count, hasOwnNames: false, names: { [] }, plain: plain)
      } ?? []
    }
    let inputs = try neurons(options.inputs, "input-neurons", .first)
    let outputs = try neurons(options.outputs, "output-neurons", .last)
    let isFirst = inputs.elementsEqual(0..<Int32(inputs.count))
    let isLast = outputs.elementsEqual(Int32(count - outputs.count)..<Int32(count))
    return (isFirst ? inputs.count : 0, isLast ? count - outputs.count : count)
  }

  /// Runs of neurons of one kind; inputs and outputs are groups of their own.
  private static func blocks(
    _ graph: SzekeresGraph, _ activations: [Activation], _ ends: (inputs: Int, outputs: Int)
  ) -> [ExpandedNetwork.Block] {
    func part(_ neuron: Int) -> String {
      neuron < ends.inputs ? "x" : neuron >= ends.outputs ? "y" : "h"
    }
    var blocks: [ExpandedNetwork.Block] = []
    var last = ""
    var counts: [String: Int] = [:]
    for neuron in 0..<graph.neuronCount {
      let own = Array(activations[graph.unitStarts[neuron]..<graph.unitStarts[neuron + 1]])
      let part = part(neuron)
      if part == last, let block = blocks.last, block.activations == own {
        blocks[blocks.count - 1].shape[0] += 1
      } else {
        let number = counts[part, default: 0]
        counts[part] = number + 1
        blocks.append(
          .init(name: number == 0 ? part : "\(part)\(number)", shape: [1], activations: own))
        last = part
      }
    }
    return blocks
  }

  private static func refuseDuplicates(_ graph: SzekeresGraph, _ path: String) throws {
    for neuron in 0..<graph.neuronCount {
      let edges = graph.starts[neuron]..<graph.starts[neuron + 1]
      let places = Set(edges.map { Int(graph.targets[$0]) << 32 | Int(graph.targetUnits[$0]) })
      guard places.count < edges.count else { continue }
      throw CyclogradError(
        .malformedFile, "two edges lead from neuron \(neuron + 1) to the same unit",
        at: .init(file: path), advice: "keep one of them")
    }
  }
}
