public import Cyclograd

/// A network with other weights that computes the same, whose cyclic components have a wanted norm.
public struct ScaledNetwork: Sendable {
  /// The network.
  public let graph: Graph
  /// The factors, and the norm that they give.
  public let scaling: NormScaling
  /// What has changed besides numbers, for people.
  public let remarks: [String]

  /// Scales a network.
  ///
  /// Inputs and outputs on cycles are led through identity neurons of their own, which undo the scaling. Shared
  /// parameters stay shared, each weight times the quotient of its factors.
  ///
  /// - Parameters:
  ///   - graph: the network.
  ///   - norm: the wanted norm; see ``Cyclograd/NormScaling``.
  ///   - file: what errors call it.
  /// - Throws: ``Cyclograd/CyclogradError`` as ``Cyclograd/NormScaling/init(_:_:norm:)``, and where the graph does not compile.
  public init(_ graph: Graph, norm: Double, file: String = "graph") throws {
    let (network, parameters) = try graph.compile(locate: { _ in .init(file: file) })
    let scaling = try NormScaling(network, parameters, norm: norm)
    self.scaling = scaling
    var expanded = try ExpandedNetwork(expanding: graph, locate: { _ in .init(file: file) })
    expanded.scale(by: scaling.factors)
    var remarks: [String] = []
    let ends = expanded.undo(scaling.factors)
    if ends > 0 {
      remarks.append("\(ends) inputs and outputs on cycles are led through neurons of their own")
    }
    self.graph = expanded.graph()
    self.remarks = remarks
  }
}

extension ExpandedNetwork {
  /// W ← S⁻¹ W S, b ← S⁻¹ b.
  fileprivate mutating func scale(by s: [Double]) {
    // A tied weight keeps its parameter and gets another factor.
    if tieValues.isEmpty,
      weightTies.contains(where: { $0 >= 0 }) || biasTies.contains(where: { $0 >= 0 })
    {
      takeTieValues()
    }
    for edge in targets.indices {
      let factor = s[Int(sources[edge])] / s[Int(targets[edge])]
      weights[edge] *= factor
      if !weightTies.isEmpty, weightTies[edge] >= 0 {
        weightFactors[edge] *= factor
      }
    }
    guard !biases.isEmpty else { return }
    var unit = 0
    var neuron = 0
    for block in blocks {
      for _ in 0..<block.size {
        for _ in block.activations {
          biases[unit] /= s[neuron]
          if !biasTies.isEmpty, biasTies[unit] >= 0 {
            biasFactors[unit] /= s[neuron]
          }
          unit += 1
        }
        neuron += 1
      }
    }
  }

  private mutating func takeTieValues() {
    let count = Int(max(weightTies.max() ?? -1, biasTies.max() ?? -1)) + 1
    tieValues = [Double](repeating: 0, count: count)
    for (tie, value) in zip(weightTies, weights) where tie >= 0 { tieValues[Int(tie)] = value }
    for (tie, value) in zip(biasTies, biases) where tie >= 0 { tieValues[Int(tie)] = value }
    weightFactors = [Double](repeating: 1, count: weights.count)
    biasFactors = [Double](repeating: 1, count: biases.count)
  }

  /// Gives scaled inputs and outputs neurons that undo it; how many.
  fileprivate mutating func undo(_ s: [Double]) -> Int {
    var names = neuronNames
    var taken = Set(blocks.map(\.name))
    if biases.isEmpty { biases = [Double](repeating: 0, count: unitCount) }
    var ends = 0
    func free(_ name: String) -> String {
      var name = name
      while !taken.insert(name).inserted { name += "-" }
      return name
    }
    func chosen(_ list: [Int32]?) -> [Int] {
      (list ?? []).indices.filter { s[Int(list?[$0] ?? 0)] != 1 }
    }
    func extend(_ name: String, _ count: Int) -> Int32 {
      let first = Int32(neuronCount)
      let name = free(name)
      blocks.append(.init(name: name, shape: [count], activations: [.identity]))
      names += (0..<count).map { "\(name).\($0)" }
      if frozenBiases.isEmpty { frozenBiases = [Bool](repeating: false, count: biases.count) }
      if !biasTies.isEmpty { biasTies += [Int32](repeating: -1, count: count) }
      if !biasFactors.isEmpty { biasFactors += [Double](repeating: 1, count: count) }
      biases += [Double](repeating: 0, count: count)
      frozenBiases += [Bool](repeating: true, count: count)
      ends += count
      return first
    }
    func connect(_ from: Int32, _ to: Int32, _ weight: Double) {
      if frozenWeights.isEmpty { frozenWeights = [Bool](repeating: false, count: weights.count) }
      sources.append(from)
      targets.append(to)
      weights.append(weight)
      frozenWeights.append(true)
      if !units.isEmpty { units.append(0) }
      if !weightTies.isEmpty { weightTies.append(-1) }
      if !weightFactors.isEmpty { weightFactors.append(1) }
    }
    let (scaledInputs, scaledOutputs) = (chosen(inputs), chosen(outputs))
    if !scaledInputs.isEmpty {
      let first = extend("u", scaledInputs.count)
      for (index, place) in scaledInputs.enumerated() {
        let neuron = inputs?[place] ?? 0
        connect(first + Int32(index), neuron, 1 / s[Int(neuron)])
        inputs?[place] = first + Int32(index)
      }
    }
    if !scaledOutputs.isEmpty {
      let first = extend("y", scaledOutputs.count)
      for (index, place) in scaledOutputs.enumerated() {
        let neuron = outputs?[place] ?? 0
        connect(neuron, first + Int32(index), s[Int(neuron)])
        outputs?[place] = first + Int32(index)
      }
    }
    if self.names != nil || ends > 0 && names != Self.ownNames(blocks) { self.names = names }
    return ends
  }
}
