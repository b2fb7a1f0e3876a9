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
    var weights = Self.gather(parameters.values, edgeParameter)
    if let factors { for edge in weights.indices { weights[edge] *= factors.edges[edge] } }
    return weights
  }

  /// The bias of each unit, in condensation order.
  func biases(_ parameters: Parameters) -> [Double] {
    guard let factors else { return Self.gather(parameters.values, biasParameter) }
    return zip(biasParameter, factors.biases).map { parameters.values[Int($0)] * $1 }
  }

  /// values[places[i]], without looking at every place whether it is one: those of a network are.
  private static func gather(_ values: [Double], _ places: [Int32]) -> [Double] {
    values.withUnsafeBufferPointer { values in
      [Double](unsafeUninitializedCapacity: places.count) { result, count in
        for (i, place) in places.enumerated() { result[i] = values[Int(place)] }
        count = places.count
      }
    }
  }

  /// The parameter of an edge, by the edge's place in W.
  func parameter(ofEdge edge: Int) -> Int { edgeParameter.map { Int($0[edge]) } ?? edge }

  /// ∂w/∂p of an edge, by its place in W.
  func factor(ofEdge edge: Int) -> Double { factors?.edges[edge] ?? 1 }

  /// ∂b/∂p of a unit.
  func factor(ofBias unit: Int) -> Double { factors?.biases[unit] ?? 1 }
}
