import Cyclograd

/// The attributes with which a network's neurons and edges are written.
struct AttributeList {
  private let network: ExpandedNetwork
  private let block: [Int]
  private let firstUnit: [Int]
  private let activations: [[String]]
  private let input: [Int32: Int]
  private let output: [Int32: Int]
  private let hasBiases: Bool

  init(_ network: ExpandedNetwork) throws {
    self.network = network
    block = network.blocks.enumerated().flatMap { repeatElement($0, count: $1.size) }
    var starts: [Int] = []
    var unit = 0
    for block in network.blocks {
      for _ in 0..<block.size {
        starts.append(unit)
        unit += block.activations.count
      }
    }
    firstUnit = starts
    activations = try network.blocks.map { try $0.activations.map { try ActivationText.text($0) } }
    func positions(_ neurons: [Int32]?) -> [Int32: Int] {
      Dictionary((neurons ?? []).enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    }
    input = positions(network.inputs)
    output = positions(network.outputs)
    hasBiases = network.biases.contains { $0 != 0 }
  }

  func neuron(_ neuron: Int) -> [(name: String, value: AttributeValue)] {
    let block = network.blocks[block[neuron]]
    var list: [(name: String, value: AttributeValue)] = [(AttributeName.group, .text(block.name))]
    let count = block.activations.count
    if count > 1 || block.combine != .product {
      list.append((AttributeName.combine, .text(block.combine.rawValue)))
    }
    if block.timeConstant != 1 {
      list.append((AttributeName.timeConstant, .number(block.timeConstant)))
    }
    for unit in 0..<count {
      func add(_ name: String, _ value: AttributeValue) {
        list.append((AttributeName.numbered(name, unit), value))
      }
      if !block.isActivationUnknown {
        add(AttributeName.activation, .text(activations[self.block[neuron]][unit]))
      }
      let place = firstUnit[neuron] + unit
      if hasBiases { add(AttributeName.bias, .number(network.biases[place])) }
      if !network.frozenBiases.isEmpty, network.frozenBiases[place] {
        add(AttributeName.biasTrainable, .boolean(false))
      }
    }
    if let position = input[Int32(neuron)] {
      list.append((AttributeName.input, .number(Double(position))))
    }
    if let position = output[Int32(neuron)] {
      list.append((AttributeName.output, .number(Double(position))))
    }
    return list
  }

  func edge(_ edge: Int) -> [(name: String, value: AttributeValue)] {
    var list: [(name: String, value: AttributeValue)] = [
      (AttributeName.weight, .number(network.weights[edge]))
    ]
    let unit = network.unit(edge)
    if unit > 0 { list.append((AttributeName.unit, .number(Double(unit)))) }
    if !network.frozenWeights.isEmpty, network.frozenWeights[edge] {
      list.append((AttributeName.trainable, .boolean(false)))
    }
    return list
  }

  /// The declaration of an attribute.
  typealias Declaration = (name: String, owner: String, type: AttributeType)

  /// The attributes that the network's neurons and edges may have.
  static func declarations(_ network: ExpandedNetwork) -> [Declaration] {
    let units = network.blocks.map(\.activations.count).max() ?? 1
    var keys: [Declaration] = [
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
}
