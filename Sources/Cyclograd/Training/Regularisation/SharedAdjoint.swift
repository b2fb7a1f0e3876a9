import SparseAlgebra

/// Derivatives by activations that the loss and the terms of an objective leave to one adjoint.
///
/// An adjoint takes as long for a sum as for one of its parts. So what is known of ∂E/∂a is put here, and what follows
/// from it for parameters is found at the end, or by a term that takes the adjoint of a larger network, of which the
/// network is a part.
///
/// All is about means over the samples, and derivatives are those of a sample's own values, before the mean is taken.
struct SharedAdjoint {
  /// What is left to do.
  private var source: AdjointSource?
  /// How many steps the adjoints took, over all samples.
  private(set) var iterations = 0

  /// Leaves derivatives to the adjoint.
  ///
  /// - Throws: ``SampleFailures`` for samples with derivatives that are not finite.
  mutating func add(_ part: AdjointSource) throws(SampleFailures) {
    let broken = (0..<part.values.rows).filter { row in
      !part.values[row: row].allSatisfy(\.isFinite)
    }
    guard broken.isEmpty else {
      let reason = SampleEvidence(
        status: .notFinite, detail: "a derivative by an activation is not finite")
      throw SampleFailures(
        evidence: Dictionary(uniqueKeysWithValues: broken.map { ($0, reason) }))
    }
    if source == nil { source = part } else { source?.append(part) }
  }

  /// Hands all that is left to an adjoint that takes it along.
  mutating func take() -> AdjointSource? {
    defer { source = nil }
    return source
  }

  /// Counts the steps of an adjoint.
  mutating func count(_ evidence: [SampleEvidence]) {
    iterations += evidence.reduce(0) { $0 + $1.iterations }
  }

  /// Takes the adjoint of what is left.
  ///
  /// - Throws: ``SampleFailures`` for samples without an adjoint, ``CyclogradError`` `overflow` where the sum overflows.
  /// - Complexity: an adjoint of each sample, if anything is left.
  mutating func finish(
    at step: RegularisedStep, addingGradientTo gradient: inout [Double]
  ) throws {
    guard let source = take() else { return }
    let mean = 1 / Double(step.equilibrium.sampleCount)
    let outcome = try step.simulator.differentiate(
      Objective(sumOf: source, times: mean, step.simulator.network), at: step.equilibrium,
      kind: .exact, skippingFailures: false, trainedOnly: true)
    try outcome.evidence.requireAll()
    count(outcome.evidence)
    gradient.add(try outcome.get().parameters)
  }
}

/// A term of the objective that takes part in a common adjoint.
protocol AdjointSharingTerm: BoundRegulariser {
  /// R, that part of its gradient which needs no further adjoint, and what is left to one.
  func value(
    at step: RegularisedStep, sharing adjoint: inout SharedAdjoint,
    addingGradientTo gradient: inout [Double]
  ) throws -> Double
}

extension AdjointSharingTerm {
  func value(at step: RegularisedStep, addingGradientTo gradient: inout [Double]) throws -> Double {
    var adjoint = SharedAdjoint()
    let value = try value(at: step, sharing: &adjoint, addingGradientTo: &gradient)
    try adjoint.finish(at: step, addingGradientTo: &gradient)
    return value
  }
}

extension [SampleEvidence] {
  /// - Throws: ``SampleFailures`` if not all samples have converged.
  func requireAll() throws(SampleFailures) {
    let failed = indices.filter { self[$0].status != .converged }
    guard failed.isEmpty else {
      throw SampleFailures(
        evidence: Dictionary(uniqueKeysWithValues: failed.map { ($0, self[$0]) }))
    }
  }
}

extension [Double] {
  /// Adds a vector of the same length.
  mutating func add(_ other: [Double]) {
    precondition(other.count == count)
    withUnsafeMutableBufferPointer { sum in
      other.withUnsafeBufferPointer { other in
        for index in sum.indices { sum[index] += other[index] }
      }
    }
  }
}
