/// The derivatives of a mean loss, together with the evidence for them.
public struct Gradient: Sendable {
  /// The mean loss E over the samples (equation 6).
  public let loss: Double
  /// ∂E/∂p for every parameter p, in the order of ``Parameters/values`` (equation 9); frozen
  /// parameters have theirs too.
  public let parameters: [Double]
  /// ∂E/∂x for every sample (row) and input (column).
  public let inputs: Matrix
  /// What is known of each sample's adjoint.
  public let evidence: [SampleEvidence]
}

/// A gradient, or the reasons why there is none.
public struct GradientOutcome: Sendable {
  /// The gradient; `nil` unless every sample has an equilibrium and an adjoint.
  public let gradient: Gradient?
  /// What is known of each sample's equilibrium, where it failed, or else of its adjoint.
  public let evidence: [SampleEvidence]

  /// The gradient.
  ///
  /// - Throws: ``CyclogradError`` with the failed rows and the code `not-converged`, or `not-differentiable`
  ///   where kinks are refused.
  public func get() throws(CyclogradError) -> Gradient {
    if let gradient { return gradient }
    try evidence.requireConverged("gradient")
    throw CyclogradError(.notConverged, "there are no samples to differentiate")
  }
}

extension GradientOutcome {
  /// None, because samples have neurons on kinks, and these are refused.
  init(refusing kinks: [Int], at equilibrium: Equilibrium) {
    var evidence = equilibrium.evidence
    for (sample, count) in kinks.enumerated() where count > 0 {
      evidence[sample].status = .notDifferentiable
      evidence[sample].detail = KinkPolicy.refusal(count)
      evidence[sample].kinks = count
    }
    self.init(gradient: nil, evidence: evidence)
  }
}
