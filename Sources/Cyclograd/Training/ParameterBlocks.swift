/// The lengths of the weights between two groups, or of the biases of one, and of their gradient.
public struct BlockNorm: Hashable, Sendable {
  /// Such as `h → y`, or `biases of y`.
  public var name: String
  /// The Euclidean norm of the gradient there.
  public var gradient: Double
  /// The Euclidean norm of the parameters before the update.
  public var parameters: Double

  /// The norms of a block.
  public init(_ name: String, gradient: Double, parameters: Double) {
    (self.name, self.gradient, self.parameters) = (name, gradient, parameters)
  }
}

/// The trainable parameters of a network by where they act: between which groups, or as biases of which.
///
/// What acts in several places belongs to the first of them.
struct ParameterBlocks: Sendable {
  /// Such as `h → y`, or `biases of y`.
  let names: [String]
  private let blockOfParameter: [Int32]

  /// The blocks of the most parameters; smaller ones are put together.
  static let most = 24

  /// Finds the blocks in O(edges) time; they take 4 bytes a parameter.
  init(_ network: Network) {
    var blocks: [Int: Int32] = [:]
    var names: [String] = []
    var sizes: [Int] = []
    var owner = [Int32](repeating: -1, count: network.parameterCount)
    let groupOfNeuron = network.groupOfNeuron
    func take(_ parameter: Int, _ source: Int, _ target: Int) {
      guard owner[parameter] < 0, network.isTrainable(parameter: parameter) else { return }
      let key = (source + 1) * network.groups.count + target
      let block =
        blocks[key]
        ?? {
          let to = network.groups[target].name
          names.append(source < 0 ? "biases of \(to)" : "\(network.groups[source].name) → \(to)")
          sizes.append(0)
          blocks[key] = Int32(names.count - 1)
          return Int32(names.count - 1)
        }()
      owner[parameter] = block
      sizes[Int(block)] += 1
    }
    for unit in 0..<network.unitCount {
      let target = groupOfNeuron[Int(network.neuronOfUnit[unit])]
      for edge in network.inEdges(of: unit) {
        take(
          network.parameter(ofEdge: edge),
          groupOfNeuron[network.sourceNeuron(of: edge, into: unit)],
          target)
      }
      take(Int(network.biasParameter[unit]), -1, target)
    }
    guard names.count > Self.most else {
      (self.names, blockOfParameter) = (names, owner)
      return
    }
    let largest = sizes.indices.sorted { (-sizes[$0], $0) < (-sizes[$1], $1) }
      .prefix(Self.most - 1).sorted()
    var place = [Int32](repeating: Int32(largest.count), count: names.count)
    for (index, block) in largest.enumerated() { place[block] = Int32(index) }
    self.names = largest.map { names[$0] } + ["all others"]
    blockOfParameter = owner.map { $0 < 0 ? $0 : place[Int($0)] }
  }

  /// The Euclidean norm of each block's part of a vector of parameters.
  func norms(of values: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: names.count)
    for (value, block) in zip(values, blockOfParameter) where block >= 0 {
      sums[Int(block)] += value * value
    }
    return sums.map { $0.squareRoot() }
  }
}
