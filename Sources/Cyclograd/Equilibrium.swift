/// The states of a batch of samples, together with the evidence for them.
///
/// A state is a fixed point z = W f(z) + b + x̂ for each sample whose evidence says `converged`.
/// For the others the best that was found is kept, and outputs are NaN.
public struct Equilibrium: Sendable {
  /// The network.
  public let network: Network
  /// The weights and biases that the states belong to.
  public internal(set) var parameters: Parameters {
    didSet { weights = nil }
  }
  /// The samples, one row each.
  public internal(set) var inputs: Matrix
  /// What is known of each sample.
  public internal(set) var evidence: [SampleEvidence]
  /// z, unit-major: the samples of one unit lie together. Units are in condensation order.
  var z: [Double]
  /// a, neuron-major, in condensation order.
  var activations: [Double]
  /// W's values in CSR order, where they were gathered from the parameters.
  var weights: [Double]?
  /// What was factored to differentiate it; copies share it.
  let factors = KeptFactors()

  /// The number of samples.
  public var sampleCount: Int { inputs.rows }

  /// Whether every sample converged.
  public var isConverged: Bool { evidence.allSatisfy { $0.status == .converged } }

  /// The activations of the output neurons, one row a sample; NaN where a sample failed.
  ///
  /// - Complexity: O(samples · outputs).
  public var outputs: Matrix {
    let count = sampleCount
    var result = Matrix(rows: count, columns: network.outputCount, repeating: .nan)
    for sample in 0..<count where evidence[sample].status == .converged {
      for (j, k) in network.outputNeurons.enumerated() {
        result[sample, j] = activations[Int(k) * count + sample]
      }
    }
    return result
  }

  /// The pre-activations of all units in file order (neurons, then units), one row a sample.
  ///
  /// - Complexity: O(samples · units).
  public var states: Matrix {
    let count = sampleCount
    let order = network.unitsInFileOrder
    var result = Matrix(rows: count, columns: order.count)
    for (column, s) in order.enumerated() {
      for sample in 0..<count { result[sample, column] = z[Int(s) * count + sample] }
    }
    return result
  }

  /// The activations of all neurons in file order, one row a sample.
  ///
  /// - Complexity: O(samples · neurons).
  public var neuronActivations: Matrix {
    let count = sampleCount
    var result = Matrix(rows: count, columns: network.neuronCount)
    for neuron in 0..<network.neuronCount {
      let k = Int(network.position[neuron])
      for sample in 0..<count { result[sample, neuron] = activations[k * count + sample] }
    }
    return result
  }

  /// The part of one sample.
  ///
  /// - Complexity: O(units).
  public subscript(sample: Int) -> Equilibrium { selecting([sample]) }

  /// This equilibrium, if every sample converged.
  ///
  /// - Throws: ``CyclogradError`` with the code `not-converged` and the failed rows.
  public func requireConverged() throws(CyclogradError) -> Equilibrium {
    try evidence.requireConverged("equilibrium")
    return self
  }

  /// Refuses the states of one network for another, whose vectors have other lengths.
  package func require(_ network: Network) throws(CyclogradError) {
    guard self.network === network else {
      throw CyclogradError(
        .invalidOption, "the equilibrium belongs to another network",
        advice: "take one of the same network, by a simulator of it")
    }
  }
}

extension [SampleEvidence] {
  package func requireConverged(_ what: String) throws(CyclogradError) {
    let failed = indices.filter { self[$0].status != .converged }
    guard let first = failed.first else { return }
    let rows = failed.prefix(8).map(String.init).joined(separator: ", ")
    let detail = self[first].detail.map { ": \($0)" } ?? ""
    throw CyclogradError(
      self[first].status == .notDifferentiable ? .notDifferentiable : .notConverged,
      "no \(what) was found for \(failed.count) of \(count) samples "
        + "(\(self[first].status.rawValue)\(detail))",
      at: .init(
        subject: "\(failed.count == 1 ? "row" : "rows") \(rows)\(failed.count > 8 ? ", …" : "")"),
      advice: self[first].status.advice)
  }
}
