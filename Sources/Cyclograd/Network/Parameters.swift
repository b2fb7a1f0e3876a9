/// The weights and biases of a network, tied ones once: first the weights, then the biases.
///
/// Optimizers work on ``values`` directly; everything else goes through the network, which knows
/// the parameter of each edge and unit.
public struct Parameters: Hashable, Sendable {
  /// The numbers; ``Network/parameterCount`` of them.
  public var values: [Double]

  /// Creates parameters from numbers.
  public init(_ values: [Double]) { self.values = values }
}

/// Where in the graph a parameter acts.
public struct ParameterUse: Hashable, Sendable {
  /// The source neuron's name; `nil` for a bias.
  public var source: String?
  /// The target neuron's name.
  public var target: String
  /// The unit of the target.
  public var unit: Int
  /// Which of the parameters.
  public var parameter: Int
  /// What the parameter is multiplied with here; 1 except in ties with a factor.
  public var factor: Double
}

extension Network {
  /// Whether parameters are multiplied with factors where they serve as weights or biases.
  package var hasFactors: Bool { factors != nil }

  /// Calls `body` for every edge, then for every bias, in file order: targets, then their units,
  /// then the sources.
  public func forEachParameterUse(
    _ body: (ParameterUse) throws -> Void
  ) rethrows {
    let names = neuronNames
    var row: [(source: Int32, edge: Int)] = []
    for neuron in 0..<neuronCount {
      let k = Int(position[neuron])
      for s in Int(unitStarts[k])..<Int(unitStarts[k + 1]) {
        row.removeAll(keepingCapacity: true)
        for e in inEdges(of: s) {
          row.append((fileNeuron[sourceNeuron(of: e, into: s)], e))
        }
        row.sort { $0.source < $1.source }
        for (source, edge) in row {
          try body(
            ParameterUse(
              source: names[Int(source)], target: names[neuron], unit: s - Int(unitStarts[k]),
              parameter: parameter(ofEdge: edge), factor: factor(ofEdge: edge)))
        }
      }
    }
    for neuron in 0..<neuronCount {
      let k = Int(position[neuron])
      for s in Int(unitStarts[k])..<Int(unitStarts[k + 1]) {
        try body(
          ParameterUse(
            source: nil, target: names[neuron], unit: s - Int(unitStarts[k]),
            parameter: Int(biasParameter[s]), factor: factor(ofBias: s)))
      }
    }
  }

  /// Refuses parameters of another number, and such as are not finite.
  ///
  /// - Throws: ``CyclogradError`` `shape-mismatch` or `invalid-value`, with the name of the edge or the unit.
  package func check(_ parameters: Parameters) throws(CyclogradError) {
    guard parameters.values.count == parameterCount else {
      throw CyclogradError(
        .shapeMismatch,
        "\(parameters.values.count) parameters for a network that has \(parameterCount)",
        advice: "use the parameters that compile() gave with this network")
    }
    let hasNonFinite = parameters.values.withUnsafeBufferPointer { values in
      values.baseAddress.map { BatchSolver.hasNonFinite($0, values.count) } ?? false
    }
    guard !hasNonFinite else {
      let index = parameters.values.firstIndex { !$0.isFinite } ?? 0
      throw CyclogradError(
        .invalidValue, "parameter \(index) is \(parameters.values[index])",
        at: .init(subject: describe(parameter: index)), advice: "all must be finite numbers")
    }
  }

  /// The first place where a parameter acts, for messages.
  func describe(parameter: Int) -> String {
    var result = "parameter \(parameter)"
    if parameter < weightParameterCount {
      for s in 0..<unitCount {
        for e in inEdges(of: s)
        where self.parameter(ofEdge: e) == parameter {
          result =
            "weight of \(name(atPosition: sourceNeuron(of: e, into: s))) to "
            + name(atPosition: Int(neuronOfUnit[s]))
          return result
        }
      }
    } else if let s = biasParameter.firstIndex(of: Int32(parameter)) {
      result = "bias of \(name(atPosition: Int(neuronOfUnit[s])))"
    }
    return result
  }
}
