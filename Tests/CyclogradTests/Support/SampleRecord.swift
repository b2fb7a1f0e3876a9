import Cyclograd

/// What is known of one sample: its equilibrium, and its adjoint where it has one.
struct SampleRecord {
  var states: [Double]
  var activations: [Double]
  var outputs: [Double]
  var evidence: SampleEvidence
  /// The evidence of the adjoint, where there is an equilibrium.
  var adjointEvidence: SampleEvidence?
  /// ∂E/∂x of the sample alone, where it has an adjoint.
  var adjoint: [Double]?

  /// The samples of a batch.
  static func all(_ batch: Equilibrium) -> [SampleRecord] {
    let (states, activations) = (batch.states, batch.neuronActivations)
    let outputs = batch.outputs
    return (0..<batch.sampleCount).map { row in
      SampleRecord(
        states: Array(states[row: row]), activations: Array(activations[row: row]),
        outputs: Array(outputs[row: row]), evidence: batch.evidence[row])
    }
  }

  /// The first thing in which the equilibrium differs from that of the sample alone.
  func difference(from alone: SampleRecord, in network: Network) -> String? {
    Self.difference(evidence, alone.evidence)
      ?? Self.difference("z of", network.unitNames, states, alone.states)
      ?? Self.difference("a of neuron number", nil, activations, alone.activations)
      ?? Self.difference("the output", network.outputNames, outputs, alone.outputs)
  }

  static func difference(_ first: SampleEvidence, _ second: SampleEvidence) -> String? {
    func compare<Value: Equatable>(
      _ name: String, _ member: KeyPath<SampleEvidence, Value>
    ) -> String? {
      let (x, y) = (first[keyPath: member], second[keyPath: member])
      return x == y ? nil : "\(name) is \(x), alone \(y)"
    }
    return compare("the status", \.status) ?? compare("the detail", \.detail)
      ?? compare("the number of iterations", \.iterations)
      ?? (isSame(first.residual, second.residual)
        ? nil : "the residual is \(first.residual), alone \(second.residual)")
      ?? compare("the linear system", \.linearSystem) ?? componentDifference(first, second)
  }

  private static func componentDifference(
    _ first: SampleEvidence, _ second: SampleEvidence
  ) -> String? {
    guard first.components.count == second.components.count else {
      return "there are \(first.components.count) components, alone \(second.components.count)"
    }
    for (x, y) in zip(first.components, second.components) where x != y {
      return "the component of \(y.neuron) has \(x.outcome), alone \(y.outcome)"
    }
    return nil
  }

  static func difference(
    _ name: String, _ units: [String]?, _ first: [Double], _ second: [Double],
    other: String = "alone"
  ) -> String? {
    for (index, (x, y)) in zip(first, second).enumerated() where !isSame(x, y) {
      return "\(name) \(units?[index] ?? "\(index)") is \(x), \(other) \(y)"
    }
    return nil
  }

  /// The same to the last bit; one NaN is like another.
  static func isSame(_ x: Double, _ y: Double) -> Bool {
    x.bitPattern == y.bitPattern || x.isNaN && y.isNaN
  }
}
