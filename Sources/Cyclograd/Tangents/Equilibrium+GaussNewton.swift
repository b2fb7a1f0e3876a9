extension Equilibrium {
  /// The Gauss–Newton approximation Jᵀ H_E J of a mean loss's Hessian, which for cross entropies is Fisher's information, times
  /// a direction of the parameters. It is positive semidefinite where the loss is convex.
  ///
  /// It needs no tangent network: a change of the outputs in forward mode, the loss's own second derivatives, and an adjoint.
  ///
  /// - Parameters:
  ///   - loss: the loss; its own second derivatives have to be known.
  ///   - targets: what the loss takes.
  ///   - direction: a number for each parameter.
  ///   - threads: how many samples are treated at once.
  /// - Throws: ``CyclogradError``: `shape-mismatch` for a direction that does not fit, `invalid-option` for a loss without
  ///   second derivatives, `not-converged` for samples without an equilibrium or derivatives.
  /// - Complexity: a factorization of each cyclic component and sample, once, and two solves.
  public func gaussNewtonProduct(
    of loss: any Loss, targets: Matrix, along direction: [Double], threads: Int = 1
  ) throws -> [Double] {
    let prepared = try loss.prepare(
      targets, samples: sampleCount, outputs: network.outputCount)
    return try gaussNewtonProduct(
      of: loss, prepared: prepared, along: direction, threads: threads)
  }

  /// The same for targets that the loss has prepared.
  func gaussNewtonProduct(
    of loss: any Loss, prepared: Matrix, along direction: [Double], threads: Int
  ) throws -> [Double] {
    let hessian = try loss.secondDerivatives()
    let change = try jvp(Tangent(parameters: direction), threads: threads)
    let outputs = outputs
    var cotangent = change
    for row in 0..<sampleCount {
      let product = hessian(
        Array(change[row: row]), Array(outputs[row: row]), Array(prepared[row: row]))
      for (j, value) in product.enumerated() { cotangent[row, j] = value / Double(sampleCount) }
    }
    return try vjp(.outputs(cotangent), threads: threads).parameters
  }
}

extension Loss {
  /// The product with the Hessian by direction, outputs and targets.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` where it is not known.
  func secondDerivatives() throws(CyclogradError) -> ([Double], [Double], [Double]) -> [Double] {
    guard let product = asTwiceDifferentiable else {
      throw CyclogradError(
        .invalidOption, "the second derivatives of the loss \(name) are not known",
        advice: "let it conform to TwiceDifferentiableLoss")
    }
    return product
  }
}
