extension Simulator {
  /// The gradient of a mean loss at an equilibrium.
  ///
  /// - Parameters:
  ///   - loss: what is differentiated.
  ///   - targets: samples × outputs, or what else the loss takes (see ``Loss``).
  ///   - equilibrium: the equilibrium.
  /// - Throws: ``CyclogradError``: `not-converged` if any sample lacks an equilibrium or an
  ///   adjoint; `shape-mismatch` or `invalid-value` for targets that do not fit the loss; `overflow` if the mean
  ///   overflows although each sample is finite.
  /// - Complexity: an adjoint solution for each sample and O(samples · edges).
  public func gradient(
    of loss: any Loss, targets: Matrix, at equilibrium: Equilibrium
  ) throws -> Gradient {
    try differentiate(loss, targets: targets, at: equilibrium).get()
  }

  /// The vector–Jacobian product vᵀ ∂a/∂p for a cotangent v of the outputs: the derivatives of Σ v a, *summed* over
  /// the samples, where a loss is averaged.
  ///
  /// With v = ∂L/∂a of any function L that is computed elsewhere it continues its derivatives into the network.
  ///
  /// - Parameters:
  ///   - v: samples × outputs.
  ///   - equilibrium: the equilibrium.
  /// - Returns: derivatives by parameters, summed over the samples, and by each sample's inputs.
  /// - Throws: ``CyclogradError`` as ``gradient(of:targets:at:)`` does.
  /// - Complexity: an adjoint solution for each sample and O(samples · edges).
  public func gradient(
    outputDerivatives v: Matrix, at equilibrium: Equilibrium
  ) throws -> Gradient {
    try differentiate(.outputs(v), at: equilibrium).get()
  }

  /// The same for a cotangent of all neurons' activations, whether they are outputs or not.
  ///
  /// - Parameters:
  ///   - v: samples × neurons, in file order (as ``Equilibrium/neuronActivations``).
  ///   - equilibrium: the equilibrium.
  /// - Returns: derivatives by parameters, summed over the samples, and by each sample's inputs.
  /// - Throws: ``CyclogradError`` as ``gradient(of:targets:at:)`` does.
  /// - Complexity: an adjoint solution for each sample and O(samples · edges).
  public func gradient(
    neuronDerivatives v: Matrix, at equilibrium: Equilibrium
  ) throws -> Gradient {
    try differentiate(.neurons(v), at: equilibrium).get()
  }

  /// The gradient of a mean loss at an equilibrium, or the reasons why there is none.
  ///
  /// A sample fails if it has no equilibrium, if its loss or a derivative of its loss by an output is not finite, if its
  /// adjoint is not found, or if one of its own derivatives d a overflows. It does so whatever the other samples are.
  ///
  /// - Parameters:
  ///   - loss: what is differentiated.
  ///   - targets: samples × outputs, or what else the loss takes (see ``Loss``).
  ///   - equilibrium: the equilibrium.
  ///   - kind: the exact gradient, or an approximation. The evidence of a semi-gradient is that of its own
  ///     adjoint system. A truncated kind takes nothing from the backend; `converged` says that its sum was
  ///     computed, and the residual tells how far that is from solving the system.
  ///   - skippingFailures: whether samples that fail are left out of the mean. Otherwise there is no gradient if one
  ///     fails.
  ///   - trace: records how the residuals of adjoints fall.
  /// - Throws: ``CyclogradError``: `shape-mismatch` or `invalid-value` for targets that do not fit the loss,
  ///   `invalid-option` for an equilibrium of another network.
  /// - Complexity: an adjoint solution for each sample and O(samples · edges).
  public func differentiate(
    _ loss: any Loss, targets: Matrix, at equilibrium: Equilibrium, kind: GradientKind = .exact,
    skippingFailures: Bool = false, trace: ResidualTrace? = nil
  ) throws -> GradientOutcome {
    try equilibrium.require(network)
    return try differentiate(
      Objective(
        meanOf: loss, targets: targets, samples: equilibrium.sampleCount, network),
      at: equilibrium, kind: kind, skippingFailures: skippingFailures, trace: trace)
  }

  /// The derivatives of Σ v a for a cotangent v, *summed* over the samples, or the reasons why there are none.
  ///
  /// - Parameters:
  ///   - cotangent: v.
  ///   - equilibrium: the equilibrium.
  ///   - kind: exact derivatives, or an approximation.
  ///   - skippingFailures: whether samples that fail are left out of the sum.
  ///   - trace: records how the residuals of adjoints fall.
  /// - Throws: ``CyclogradError``: `shape-mismatch` or `invalid-value` for a cotangent that does not fit,
  ///   `invalid-option` for an equilibrium of another network.
  /// - Complexity: an adjoint solution for each sample and O(samples · edges).
  public func differentiate(
    _ cotangent: Cotangent, at equilibrium: Equilibrium, kind: GradientKind = .exact,
    skippingFailures: Bool = false, trace: ResidualTrace? = nil
  ) throws -> GradientOutcome {
    try equilibrium.require(network)
    return try differentiate(
      Objective(sumOf: cotangent, samples: equilibrium.sampleCount, network), at: equilibrium,
      kind: kind, skippingFailures: skippingFailures, trace: trace)
  }
}
