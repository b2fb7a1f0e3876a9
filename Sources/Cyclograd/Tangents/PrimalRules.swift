/// The edges and biases of a compiled network as rules that copies can share, parameter by parameter.
struct PrimalRules {
  /// Edges between two groups that are alike.
  struct Block: Hashable {
    var from: Int
    var to: Int
    var unit: Int
    /// The parameter of all of them; `nil` where each has its own.
    var tie: Int32?
    /// What parameters are multiplied with.
    var factor: Double
    var isTrainable: Bool
    var isSourceReached: Bool
    var isTargetReached: Bool
  }

  /// The edges of a block, target by target.
  struct Edges {
    var rows: [Int32] = []
    var columns: [Int32] = []
    var parameters: [Int32] = []
  }

  private(set) var blocks: [(block: Block, edges: Edges)] = []
  /// For each group and unit the parameters of the biases.
  private(set) var biases: [[[Int32]]] = []
  /// For each group and unit what these are multiplied with.
  private(set) var biasFactors: [[Double]] = []

  init(_ network: Network, isReached: [Bool]) {
    let layout = network.layout
    let parameters = network.parameterLayout
    var uses = [Int32](repeating: 0, count: network.parameterCount)
    for p in parameters.weights { uses[Int(p)] = min(2, uses[Int(p)] + 1) }
    var known: [Block: Int] = [:]
    var neuron = 0
    for (group, entry) in layout.entries.enumerated() {
      var ofUnits = [[Int32]](repeating: [], count: entry.unitsPerNeuron)
      for index in 0..<entry.size {
        for unit in 0..<entry.unitsPerNeuron {
          let row = entry.firstUnit + index * entry.unitsPerNeuron + unit
          ofUnits[unit].append(parameters.biases[row])
          for e in parameters.rowStarts[row]..<parameters.rowStarts[row + 1] {
            let source = Int(parameters.columns[e])
            let place = layout.locate(neuron: source)
            let p = parameters.weights[e]
            let block = Block(
              from: place.group, to: group, unit: unit, tie: uses[Int(p)] > 1 ? p : nil,
              factor: parameters.weightFactors.isEmpty ? 1 : parameters.weightFactors[e],
              isTrainable: network.isTrainable(parameter: Int(p)),
              isSourceReached: isReached[source], isTargetReached: isReached[neuron])
            let number = known[block] ?? blocks.count
            if number == blocks.count {
              known[block] = number
              blocks.append((block, Edges()))
            }
            blocks[number].edges.rows.append(Int32(index))
            blocks[number].edges.columns.append(Int32(place.index))
            blocks[number].edges.parameters.append(p)
          }
        }
        neuron += 1
      }
      biases.append(ofUnits)
      biasFactors.append(
        (0..<entry.unitsPerNeuron).map {
          parameters.biasFactors.isEmpty ? 1 : parameters.biasFactors[entry.firstUnit + $0]
        })
    }
  }
}

extension Network {
  /// Which neurons, in file order, change with the seeds.
  ///
  /// - Parameter seeds: in file order.
  func reached(from seeds: [Int]) -> [Bool] {
    var result = [Bool](repeating: false, count: neuronCount)
    var open: [Int32] = []
    func reach(_ k: Int32) {
      let neuron = Int(fileNeuron[Int(k)])
      guard !result[neuron] else { return }
      result[neuron] = true
      open.append(k)
      let entry = layout.entries[layout.locate(neuron: neuron).group]
      guard entry.group.units[0].activation == .softmax else { return }
      for other in entry.firstNeuron..<entry.firstNeuron + entry.size where !result[other] {
        result[other] = true
        open.append(position[other])
      }
    }
    for seed in seeds { reach(position[seed]) }
    let transpose = transpose
    while let k = open.popLast() {
      for e in transpose.edges(of: Int(k)) {
        reach(neuronOfUnit[transpose.targetUnit(of: e, from: Int(k))])
      }
    }
    return result
  }
}
