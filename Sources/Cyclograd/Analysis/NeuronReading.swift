/// What is known of every neuron at one sample, in condensation order, as ``NetworkTopology`` numbers them.
public struct NeuronReading: Sendable {
  /// a of each neuron.
  public let activations: [Double]
  /// The slope of the first unit's activation at its z; neurons of several units, and softmax groups, have
  /// no single slope: NaN.
  public let slopes: [Double]
  /// z of each neuron's first unit.
  public let inputs: [Double]
  /// ∂(Σ outputs)/∂a of each neuron: how the sum of the outputs answers where the neuron's activation is pushed,
  /// all cycles included; `nil` where the derivative does not exist, or the sample has no equilibrium.
  public let sensitivities: [Double]?

  /// Reads one sample of an equilibrium, converged or not.
  ///
  /// - Parameter hasSensitivities: whether ``sensitivities`` are found.
  /// - Complexity: O(edges), and a factorization of each cyclic component for the sensitivities.
  public init(_ equilibrium: Equilibrium, sample: Int = 0, hasSensitivities: Bool = true) {
    let network = equilibrium.network
    let reading = SampleReading(equilibrium, sample: sample)
    activations = reading.activation
    inputs = (0..<network.neuronCount).map { neuron in
      equilibrium.z[Int(network.unitStarts[neuron]) * equilibrium.sampleCount + sample]
    }
    let groups = NetworkTopology(network).groupOfNeuron
    slopes = (0..<network.neuronCount).map { neuron in
      guard case .single = network.evaluations[groups[neuron]] else { return .nan }
      return reading.slope[Int(network.unitStarts[neuron])]
    }
    guard hasSensitivities, equilibrium.evidence[sample].status == .converged else {
      sensitivities = nil
      return
    }
    var source = [Double](repeating: 0, count: network.neuronCount)
    for neuron in network.outputNeurons { source[Int(neuron)] += 1 }
    let adjoints = try? equilibrium[sample].derivatives(1, .branch) { [source] worker, _ in
      try worker.backward(source)
    }
    sensitivities = adjoints?.first.map { adjoint in
      var result = source
      for unit in 0..<network.unitCount {
        for edge in network.inEdges(of: unit) {
          result[network.sourceNeuron(of: edge, into: unit)] +=
            reading.weights[edge] * adjoint[unit]
        }
      }
      return result
    }
  }
}

extension NetworkTopology {
  /// Calls `body` for every edge with its weight: the neuron that it leaves, and the neuron that it enters, in
  /// condensation order.
  public func forEachWeight(
    _ parameters: Parameters, _ body: (_ source: Int, _ target: Int, _ weight: Double) -> Void
  ) {
    let weights = network.weights(parameters)
    for unit in 0..<network.unitCount {
      for edge in network.inEdges(of: unit) {
        body(
          network.sourceNeuron(of: edge, into: unit), Int(network.neuronOfUnit[unit]),
          weights[edge])
      }
    }
  }

  /// The bias of each neuron's first unit, in condensation order.
  public func biases(_ parameters: Parameters) -> [Double] {
    let biases = network.biases(parameters)
    return (0..<network.neuronCount).map { biases[Int(network.unitStarts[$0])] }
  }
}
