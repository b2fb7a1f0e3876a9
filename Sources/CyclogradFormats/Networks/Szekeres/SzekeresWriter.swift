import Cyclograd

/// Writes networks for Szekeres and Izsák's simulator.
enum SzekeresWriter {
  static func write(
    _ imported: ImportedNetwork, _ path: String, _ options: ExportOptions
  ) throws -> [String] {
    try imported.require([.activation, .inputs, .outputs], for: "the simulator")
    var network = try imported.expanded()
    let factors = network.removeFactors()
    let order = try NeuronOrder(network, path)
    let files = try SzekeresText(network, order, options.activation3, path)
    let stem = path.hasSuffix(".dat") ? String(path.dropLast(4)) : path
    var remarks: [String] = []
    for (name, text) in files.companions {
      let companion = "\(stem).\(name).dat"
      try AtomicFile.write(to: companion) { try $0.write(text) }
      remarks.append("written as well: \(companion)")
    }
    try AtomicFile.write(to: path) { try $0.write(files.graph) }
    let unsupported = UnsupportedFeatures(imported, network)
    if order.isChanged { remarks.append("neurons reordered: inputs first, outputs last") }
    return [
      unsupported.rules, unsupported.groups, unsupported.names, unsupported.times, factors,
    ].compactMap { $0 } + remarks
  }
}

/// The simulator's order of neurons: inputs, then the others, then outputs.
struct NeuronOrder {
  /// The neuron at each place.
  let neurons: [Int32]
  /// The place of each neuron.
  let places: [Int32]
  /// The first unit of each neuron.
  let unitStarts: [Int]
  let isChanged: Bool

  init(_ network: ExpandedNetwork, _ path: String) throws {
    let inputs = network.inputs ?? []
    let outputs = network.outputs ?? []
    let ends = Set(inputs + outputs)
    guard ends.count == inputs.count + outputs.count else {
      throw CyclogradError(
        .invalidGraph, "a neuron is an input and an output, which the simulator cannot have",
        at: .init(file: path), advice: "add a neuron that passes its value on")
    }
    let all = (0..<Int32(network.neuronCount))
    neurons = inputs + all.filter { !ends.contains($0) } + outputs
    var places = [Int32](repeating: 0, count: neurons.count)
    for (place, neuron) in neurons.enumerated() { places[Int(neuron)] = Int32(place) }
    self.places = places
    isChanged = !neurons.elementsEqual(all)
    var starts = [0]
    for block in network.blocks {
      for _ in 0..<block.size { starts.append((starts.last ?? 0) + block.activations.count) }
    }
    unitStarts = starts
  }
}

/// The texts of the simulator's files.
struct SzekeresText {
  private(set) var graph = ""
  private(set) var companions: [(name: String, text: String)] = []

  init(
    _ network: ExpandedNetwork, _ order: NeuronOrder, _ meaningOf3: Activation?, _ path: String
  ) throws {
    let codes = try network.blocks.map { block in
      guard block.combine == .product || block.activations.count == 1 else {
        throw CyclogradError(
          .invalidGraph, "group \(block.name) combines its units by \(block.combine.rawValue)",
          at: .init(file: path), advice: "the simulator has products only")
      }
      return try block.activations.map {
        String(try ActivationCode.code(for: $0, meaningOf3: meaningOf3, file: path))
      }.joined(separator: " ")
    }
    let blockOf = network.blocks.enumerated().flatMap { repeatElement($0, count: $1.size) }
    var outgoing = [[Int]](repeating: [], count: order.neurons.count)
    for edge in network.targets.indices { outgoing[Int(network.sources[edge])].append(edge) }
    var (logic, fixed, weights, biases) = ("", "", "", "")
    for neuron in order.neurons.map({ Int($0) }) {
      let edges = outgoing[neuron].sorted {
        (order.places[Int(network.targets[$0])], network.unit($0))
          < (order.places[Int(network.targets[$1])], network.unit($1))
      }
      outgoing[neuron] = edges
      let units = order.unitStarts[neuron]..<order.unitStarts[neuron + 1]
      graph += "\(edges.count) ### "
      for edge in edges {
        graph += "\(order.places[Int(network.targets[edge])] + 1) \(network.unit(edge) + 1); "
      }
      graph += "### \(units.count) ### \(codes[blockOf[neuron]])\n"
      let frozenEdges = edges.map { !network.frozenWeights.isEmpty && network.frozenWeights[$0] }
      let frozenUnits = units.map { !network.frozenBiases.isEmpty && network.frozenBiases[$0] }
      func line(_ left: [String], _ right: [String]) -> String {
        (left + ["###"] + right).joined(separator: " ") + "\n"
      }
      func bias(_ unit: Int) -> Double { network.biases.isEmpty ? 0 : network.biases[unit] }
      logic += line(frozenEdges.map { $0 ? "0" : "1" }, frozenUnits.map { $0 ? "0" : "1" })
      fixed += line(
        zip(edges, frozenEdges).filter(\.1).map { FileWriter.text(of: network.weights[$0.0]) },
        zip(units, frozenUnits).filter(\.1).map { FileWriter.text(of: bias($0.0)) })
      weights += edges.map { FileWriter.text(of: network.weights[$0]) + " " }.joined() + "\n"
      biases += units.map { FileWriter.text(of: bias($0)) + " " }.joined() + "\n"
    }
    // Threshold, mean and deviation belong to the use of a network; these leave its answers alone.
    companions = [
      ("logic", logic), ("fixwb", fixed), ("weights", weights + "\n" + biases + "0.0 0.0 1.0\n"),
      (
        "shared_w",
        Self.ties(network.weightTies) { edge in
          "\(order.places[Int(network.sources[edge])] + 1) "
            + "\(order.places[Int(network.targets[edge])] + 1) \(network.unit(edge) + 1)"
        }
      ),
      (
        "shared_b",
        Self.ties(network.biasTies) { unit in
          let neuron = order.unitStarts.partitioningIndex { $0 > unit } - 1
          return "\(order.places[neuron] + 1) \(unit - order.unitStarts[neuron] + 1)"
        }
      ),
    ]
  }

  private static func ties(_ ties: [Int32], _ text: (Int) -> String) -> String {
    let members = Dictionary(grouping: ties.indices.filter { ties[$0] >= 0 }) { ties[$0] }
    return members.sorted { $0.key < $1.key }.map { _, places in
      "\(places.count) ### " + places.map { text($0) + "; " }.joined() + "\n"
    }.joined()
  }
}

extension ExpandedNetwork {
  /// The unit to which an edge leads.
  func unit(_ edge: Int) -> Int { units.isEmpty ? 0 : Int(units[edge]) }
}
