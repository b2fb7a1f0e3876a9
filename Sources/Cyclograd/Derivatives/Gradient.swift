/// The derivatives of a mean loss, or of Σ v a, together with the evidence for them.
public struct Gradient: Sendable {
  /// What was differentiated: the mean loss E over ``sampleCount`` samples (equation 6); for a ``Cotangent`` v the
  /// sum Σ v a over the samples, which may overflow though its derivatives do not.
  public let loss: Double
  /// ∂E/∂p for every parameter p, in the order of ``Parameters/values`` (equation 9); frozen
  /// parameters have theirs too.
  public let parameters: [Double]
  /// ∂E/∂x for every sample (row) and input (column); NaN in rows of samples that were left out.
  public let inputs: Matrix
  /// What is known of each sample's adjoint, or why the sample was left out.
  public let evidence: [SampleEvidence]

  /// The rows that take part: all, unless failures were skipped.
  public var samples: [Int] {
    evidence.indices.filter { evidence[$0].status == .converged }
  }
  /// How many samples take part.
  public var sampleCount: Int { evidence.count { $0.status == .converged } }

  /// Refuses an equilibrium of other samples, and leaves out the samples that were left out of the gradient.
  func part(
    of objective: Objective, _ equilibrium: Equilibrium
  ) throws(CyclogradError) -> (objective: Objective, equilibrium: Equilibrium, rows: [Int]) {
    guard evidence.count == equilibrium.sampleCount,
      parameters.count == equilibrium.network.parameterCount,
      inputs.columns == equilibrium.network.inputCount
    else {
      throw CyclogradError(
        .shapeMismatch,
        "the gradient is of \(evidence.count) samples and \(parameters.count) parameters, but the "
          + "equilibrium has \(equilibrium.sampleCount) and \(equilibrium.network.parameterCount)",
        advice: "give the equilibrium at which the gradient was computed")
    }
    let rows = samples
    guard rows.count < evidence.count else { return (objective, equilibrium, rows) }
    return (objective.selecting(rows), equilibrium.selecting(rows), rows)
  }
}

/// A gradient, or the reasons why there is none.
public struct GradientOutcome: Sendable {
  /// The gradient; `nil` if a sample has failed or, where failures are skipped, if all have, and if the mean overflows.
  public let gradient: Gradient?
  /// What is known of each sample's equilibrium, where it failed, or else of its adjoint.
  public let evidence: [SampleEvidence]
  /// Why there is no gradient although each sample by itself has one: the mean or the sum overflows.
  public let overflow: CyclogradError?

  init(_ gradient: Gradient?, _ evidence: [SampleEvidence], overflow: CyclogradError? = nil) {
    (self.gradient, self.evidence, self.overflow) = (gradient, evidence, overflow)
  }

  /// The gradient.
  ///
  /// - Throws: ``CyclogradError``: `not-converged` with the failed rows, `not-differentiable` where kinks are refused, `overflow` if a mean or a sum overflows
  ///   although each sample is finite.
  public func get() throws(CyclogradError) -> Gradient {
    if let gradient { return gradient }
    if let overflow { throw overflow }
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
    self.init(nil, evidence)
  }
}

extension CyclogradError.Code {
  /// A mean or a sum over samples that overflows, although each sample is finite.
  public static let overflow = CyclogradError.Code(rawValue: "overflow")
}
