import Cyclograd

extension ExpandedNetwork {
  /// Adds what the options say about the network, and makes a graph of it.
  func imported(
    from file: String, remarks: [String], options: ImportOptions
  ) throws -> ImportedNetwork {
    var network = self
    var remarks = remarks
    if let path = options.neurons {
      remarks += try network.describe(
        by: NeuronTable(path), base: options.indexBase ?? 0, options)
    }
    try network.complete(with: options, file: file)
    guard network.neuronCount > 0 else {
      throw CyclogradError(
        .invalidGraph, "the network has no neurons", at: .init(file: file),
        advice: "a network needs one at least")
    }
    var lacks: Set<ImportedNetwork.Need> = []
    if network.blocks.contains(where: \.isActivationUnknown) { lacks.insert(.activation) }
    if network.inputs == nil { lacks.insert(.inputs) }
    if network.outputs == nil { lacks.insert(.outputs) }
    let drawn = network.weights.count { $0.isNaN }
    try network.draw(drawn, options, file)
    if drawn > 0 {
      remarks.append(
        "\(drawn) of \(network.edgeCount) edges have no weight in the file: drawn from "
          + "\(network.drawing.lawText), seed \(network.seed)")
    }
    return ImportedNetwork(
      graph: network.graph(), remarks: remarks, lacks: lacks, file: file)
  }

  private mutating func complete(with options: ImportOptions, file: String) throws {
    if let activation = options.activation {
      guard blocks.contains(where: \.isActivationUnknown) else {
        throw CyclogradError(
          .invalidOption, "the file says the activation of every neuron", at: .init(file: file),
          advice: "leave out --activation")
      }
      for index in blocks.indices where blocks[index].isActivationUnknown {
        blocks[index].activations = [activation]
        blocks[index].isActivationUnknown = false
      }
    }
    if let path = options.bias { try readBiases(path, file) }
    if let text = options.inputs {
      try refuse(inputs, .inputs, file)
      let names = { [self] in neuronNames }
      inputs = try NeuronSelection(text: text, option: "input-neurons")
        .neurons(
          count: neuronCount, hasOwnNames: self.names != nil, names: names, plain: .first)
    }
    if let text = options.outputs {
      try refuse(outputs, .outputs, file)
      let names = { [self] in neuronNames }
      outputs = try NeuronSelection(text: text, option: "output-neurons")
        .neurons(
          count: neuronCount, hasOwnNames: self.names != nil, names: names, plain: .last)
    }
  }

  /// Takes what the options say of the weights that the file does not give.
  private mutating func draw(_ count: Int, _ options: ImportOptions, _ file: String) throws {
    guard count > 0 || options.drawWeights == nil && options.seed == nil else {
      throw CyclogradError(
        .invalidOption,
        options.drawWeights == nil
          ? "--seed without --draw-weights: nothing is drawn"
          : "the file gives the weight of every edge", at: .init(file: file),
        advice: options.drawWeights == nil
          ? "leave it out" : "leave out --draw-weights; a rule of a graph file can replace weights")
    }
    drawing = options.drawWeights ?? drawing
    seed = options.seed ?? seed
  }

  private func refuse(_ neurons: [Int32]?, _ need: ImportedNetwork.Need, _ file: String) throws {
    guard neurons != nil else { return }
    throw CyclogradError(
      .invalidOption, "the file says which neurons are \(need.rawValue)", at: .init(file: file),
      advice: "leave out \(need.option)")
  }

  private mutating func readBiases(_ path: String, _ file: String) throws {
    guard biases.isEmpty else {
      throw CyclogradError(
        .invalidOption, "the file has biases already", at: .init(file: file),
        advice: "leave out --bias")
    }
    if let number = Double(path) {
      guard number.isFinite else {
        throw CyclogradError(
          .invalidValue, "the bias is \(Excerpt.quoted(path)), which is not a finite number",
          at: .init(file: file),
          advice: "give --bias a finite number, or the name of a file; ./\(path) is a file")
      }
      biases = [Double](repeating: number, count: unitCount)
      return
    }
    let table = try DataFile.read(path)
    // One row below a header follows the neurons' names, as samples do.
    let isNamed = table.columnNames != nil && table.matrix.rows == 1 && unitCount == neuronCount
    let values =
      try isNamed
      ? table.columns(named: neuronNames, file: path).elements : table.matrix.elements
    guard values.count == unitCount else {
      throw CyclogradError(
        .shapeMismatch, "\(values.count) biases for a network of \(unitCount) units",
        at: .init(file: path), advice: "give one number for each, in the order of the neurons")
    }
    biases = values
  }
}
