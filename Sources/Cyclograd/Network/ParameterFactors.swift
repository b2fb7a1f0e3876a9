/// What each edge's and each unit's parameter is multiplied with, where ties have factors.
struct ParameterFactors: Hashable, Sendable {
  /// In the order of W's entries.
  var edges: [Double]
  /// In the order of the units.
  var biases: [Double]
}

extension Network {
  /// W's values in CSR order.
  func weights(_ parameters: Parameters) -> [Double] {
    // Without ties the weights are the first parameters, so the array itself will do.
    guard let edgeParameter, !edgeParameter.isEmpty else { return parameters.values }
    guard let factors else { return edgeParameter.map { parameters.values[Int($0)] } }
    return zip(edgeParameter, factors.edges).map { parameters.values[Int($0)] * $1 }
  }

  /// The bias of each unit, in condensation order.
  func biases(_ parameters: Parameters) -> [Double] {
    guard let factors else { return biasParameter.map { parameters.values[Int($0)] } }
    return zip(biasParameter, factors.biases).map { parameters.values[Int($0)] * $1 }
  }

  /// The parameter of an edge, by the edge's place in W.
  func parameter(ofEdge edge: Int) -> Int { edgeParameter.map { Int($0[edge]) } ?? edge }

  /// ∂w/∂p of an edge, by its place in W.
  func factor(ofEdge edge: Int) -> Double { factors?.edges[edge] ?? 1 }

  /// ∂b/∂p of a unit.
  func factor(ofBias unit: Int) -> Double { factors?.biases[unit] ?? 1 }
}
