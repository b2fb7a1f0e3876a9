import Cyclograd

/// A network whose neurons can be taken out one by one.
struct ReducibleNetwork {
  /// An edge, and the parameter that it is made of.
  struct Edge {
    var weight: Double
    var tie: Int32 = -1
    var factor = 1.0
    var isFrozen: Bool
  }

  struct Unit {
    var activation: Activation
    var bias: Double
    var biasTie: Int32
    var biasFactor: Double
    var isBiasFrozen: Bool
    /// By source neurons.
    var row: [Int32: Edge] = [:]
  }

  struct Neuron {
    var block: Int
    var units: Range<Int>
    var isInput = false
    var isOutput = false
    var isAlive = true
  }

  let source: ExpandedNetwork
  let includesTrained: Bool
  private(set) var names: [String]
  private(set) var blocks: [ExpandedNetwork.Block]
  private var neuronsOfBlock: [Range<Int>] = []
  private(set) var neurons: [Neuron] = []
  private(set) var units: [Unit] = []
  private(set) var neuronOfUnit: [Int32] = []
  /// The units that each neuron feeds.
  private(set) var targets: [Set<Int32>] = []
  var steps: [Reduction.Step] = []
  var remarks: [String] = []

  init(_ network: ExpandedNetwork, includesTrained: Bool) {
    source = network
    self.includesTrained = includesTrained
    names = network.neuronNames
    blocks = network.blocks
    for (number, block) in network.blocks.enumerated() {
      neuronsOfBlock.append(neurons.count..<neurons.count + block.size)
      for _ in 0..<block.size {
        let first = units.count
        for activation in block.activations {
          let unit = units.count
          units.append(
            Unit(
              activation: activation, bias: network.bias(ofUnit: unit),
              biasTie: network.biasTies.isEmpty ? -1 : network.biasTies[unit],
              biasFactor: network.biasFactors.isEmpty ? 1 : network.biasFactors[unit],
              isBiasFrozen: network.frozenBiases.isEmpty ? false : network.frozenBiases[unit]))
          neuronOfUnit.append(Int32(neurons.count))
        }
        neurons.append(Neuron(block: number, units: first..<units.count))
      }
    }
    targets = Array(repeating: [], count: neurons.count)
    for edge in network.targets.indices {
      let unit =
        neurons[Int(network.targets[edge])].units.lowerBound
        + (network.units.isEmpty ? 0 : Int(network.units[edge]))
      let from = network.sources[edge]
      units[unit].row[from] = Edge(
        weight: network.weights[edge],
        tie: network.weightTies.isEmpty ? -1 : network.weightTies[edge],
        factor: network.weightFactors.isEmpty ? 1 : network.weightFactors[edge],
        isFrozen: network.frozenWeights.isEmpty ? false : network.frozenWeights[edge])
      targets[Int(from)].insert(Int32(unit))
    }
    for neuron in network.inputs ?? [] { neurons[Int(neuron)].isInput = true }
    for neuron in network.outputs ?? [] { neurons[Int(neuron)].isOutput = true }
  }

  /// Whether a parameter is trained that must stay so.
  var hasTrained: Bool {
    !includesTrained
      && neurons.contains { neuron in
        neuron.isAlive
          && neuron.units.contains { unit in
            !units[unit].isBiasFrozen || units[unit].row.values.contains { !$0.isFrozen }
          }
      }
  }

  func isFixed(_ edge: Edge) -> Bool { edge.isFrozen || includesTrained }
  func isBiasFixed(_ unit: Int) -> Bool { units[unit].isBiasFrozen || includesTrained }
  func isSoftmax(_ k: Int) -> Bool { blocks[neurons[k].block].activations[0] == .softmax }

  /// The neurons whose activations go together: a softmax group, or one by itself.
  func members(_ k: Int) -> [Int] {
    guard isSoftmax(k) else { return [k] }
    return neuronsOfBlock[neurons[k].block].filter { neurons[$0].isAlive }
  }

  // MARK: Changes

  /// Takes a neuron out with all of its edges.
  mutating func remove(_ k: Int, _ reason: Reduction.Reason, _ detail: String = "") {
    clearRows(k)
    for unit in targets[k] { units[Int(unit)].row[Int32(k)] = nil }
    targets[k] = []
    neurons[k].isAlive = false
    steps.append(.init(reason: reason, subject: names[k], detail: detail))
  }

  mutating func clearRows(_ k: Int) {
    for unit in neurons[k].units {
      for from in units[unit].row.keys { targets[Int(from)].remove(Int32(unit)) }
      units[unit].row = [:]
    }
  }

  mutating func removeEdge(from k: Int, to unit: Int) {
    units[unit].row[Int32(k)] = nil
    targets[k].remove(Int32(unit))
  }

  /// Adds a weight to an edge, which may be new.
  mutating func add(_ weight: Double, from k: Int32, to unit: Int, isFrozen: Bool) {
    let old = units[unit].row[k]
    units[unit].row[k] = Edge(
      weight: (old?.weight ?? 0) + weight, isFrozen: isFrozen && (old?.isFrozen ?? true))
    targets[Int(k)].insert(Int32(unit))
  }

  /// Has an edge begin at another neuron.
  mutating func move(_ edge: Edge, to unit: Int, from k: Int) {
    units[unit].row[Int32(k)] = edge
    targets[k].insert(Int32(unit))
  }

  /// Adds to a bias, which is a parameter of its own from then on.
  mutating func addBias(_ value: Double, to unit: Int) {
    guard value != 0 else { return }
    units[unit].bias += value
    guard units[unit].biasTie >= 0 || units[unit].biasFactor != 1 else { return }
    // The biases of a softmax group are of one kind.
    for neuron in members(Int(neuronOfUnit[unit])) {
      for other in neuronOfUnit[unit] == Int32(neuron) ? unit..<unit + 1 : neurons[neuron].units {
        units[other].biasTie = -1
        units[other].biasFactor = 1
      }
    }
  }

  /// Has a neuron of one unit be linear: f(z) = slope · z.
  mutating func makeLinear(_ k: Int, slope: Double = 1) {
    let unit = neurons[k].units.lowerBound
    units[unit].activation = .identity
    guard slope != 1 else { return }
    for from in units[unit].row.keys {
      let edge = units[unit].row[from]!
      units[unit].row[from] = Edge(weight: slope * edge.weight, isFrozen: edge.isFrozen)
    }
    units[unit].bias *= slope
    units[unit].biasTie = -1
    units[unit].biasFactor = 1
  }

  /// New identity neurons behind all others; the number of the first.
  mutating func append(_ name: String, count: Int) -> Int {
    let first = neurons.count
    neuronsOfBlock.append(first..<first + count)
    blocks.append(.init(name: name, shape: [count], activations: [.identity]))
    for index in 0..<count {
      neurons.append(Neuron(block: blocks.count - 1, units: units.count..<units.count + 1))
      neuronOfUnit.append(Int32(first + index))
      units.append(
        Unit(activation: .identity, bias: 0, biasTie: -1, biasFactor: 1, isBiasFrozen: true))
      targets.append([])
      names.append("\(name).\(index)")
    }
    return first
  }

  // MARK: Result

  /// What is left, as a network; or some neurons of it by themselves, all of them outputs.
  func network(of chosen: [Int], asPart: Bool) -> ExpandedNetwork {
    var result = ExpandedNetwork()
    result.name = source.name
    result.seed = source.seed
    var place = [Int32](repeating: -1, count: neurons.count)
    for (index, k) in chosen.enumerated() { place[k] = Int32(index) }
    var taken = Set(blocks.map(\.name))
    var sizes = [Int](repeating: 0, count: blocks.count)
    for neuron in neurons { sizes[neuron.block] += 1 }
    var start = 0
    var parts = [Int](repeating: 0, count: blocks.count)
    func activations(_ k: Int) -> [Activation] { neurons[k].units.map { units[$0].activation } }
    while start < chosen.count {
      let (block, kind) = (neurons[chosen[start]].block, activations(chosen[start]))
      var end = start + 1
      while end < chosen.count, neurons[chosen[end]].block == block,
        activations(chosen[end]) == kind
      { end += 1 }
      var copy = blocks[block]
      if end - start < sizes[block] || kind != copy.activations {
        copy.shape = [end - start]
        copy.activations = kind
        if parts[block] > 0 || end < chosen.count && neurons[chosen[end]].block == block {
          var name = "\(blocks[block].name)-\(parts[block])"
          while !taken.insert(name).inserted { name += "-" }
          copy.name = name
          parts[block] += 1
        }
      }
      result.blocks.append(copy)
      start = end
    }
    result.names = chosen.map { names[$0] }
    for k in chosen {
      for (number, unit) in neurons[k].units.enumerated() {
        let description = units[unit]
        result.biases.append(description.bias)
        result.biasTies.append(description.biasTie)
        result.biasFactors.append(description.biasFactor)
        result.frozenBiases.append(description.isBiasFrozen)
        for (from, edge) in description.row.sorted(by: { $0.key < $1.key }) {
          guard place[Int(from)] >= 0 else { continue }
          result.targets.append(place[k])
          result.sources.append(place[Int(from)])
          result.units.append(Int32(number))
          result.weights.append(edge.weight)
          result.weightTies.append(edge.tie)
          result.weightFactors.append(edge.factor)
          result.frozenWeights.append(edge.isFrozen)
        }
      }
    }
    if result.hasSingleUnits { result.units = [] }
    result.tieValues = source.tieValues
    if source.tieValues.isEmpty {
      result.weightFactors = []
      result.biasFactors = []
    }
    result.inputs = asPart ? [] : source.inputs?.map { place[Int($0)] }
    result.outputs = asPart ? chosen.map { place[$0] } : source.outputs?.map { place[Int($0)] }
    return result
  }

  var expanded: ExpandedNetwork {
    network(of: neurons.indices.filter { neurons[$0].isAlive }, asPart: false)
  }
}

extension ExpandedNetwork {
  /// The bias of a unit, 0 where the file says nothing of biases.
  fileprivate func bias(ofUnit unit: Int) -> Double { biases.isEmpty ? 0 : biases[unit] }
}
