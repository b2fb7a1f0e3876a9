/// A cotangent pulled back to inputs and parameters: vᵀ J.
public struct Pullback: Hashable, Sendable {
  /// Σ v ∂a/∂x for every sample (row) and input (column).
  public var inputs: Matrix
  /// Σ v ∂a/∂p, summed over the samples, for every parameter p in the order of ``Parameters/values``.
  public var parameters: [Double]
}

extension Equilibrium {
  /// The derivatives of Σ v a for a cotangent v, vᵀ J, in reverse mode: the transpose of ``jvp(_:threads:kinks:)``.
  ///
  /// A sample costs one factorization of each cyclic component, unless the equilibrium carries it from an earlier
  /// call, and one solve.
  /// ``Simulator/gradient(outputDerivatives:at:)`` gives the same by a backend's adjoint solver, with evidence.
  ///
  /// - Parameters:
  ///   - cotangent: v.
  ///   - threads: how many samples are treated at once.
  /// - Returns: derivatives by each sample's inputs and by parameters, the latter *summed* over the samples.
  /// - Throws: ``CyclogradError``: `shape-mismatch` or `invalid-value` for a cotangent that does not fit;
  ///   `not-converged` if no equilibrium was found for a sample, or the derivative does not exist there or cannot be
  ///   had by a factorization.
  /// - Complexity: a factorization for each sample, or sweeps where a component is so large that these cost far less, and
  ///   O(samples · edges).
  public func vjp(
    _ cotangent: Cotangent, threads: Int = 1, kinks: KinkPolicy = .branch
  ) throws -> Pullback {
    try cotangent.check(samples: sampleCount, network)
    let source = cotangent.source(network)
    let adjoints = try derivatives(threads, kinks, systems: 1) { worker, sample in
      var g = [Double](repeating: 0, count: network.neuronCount)
      for (k, value) in zip(source.neurons, source.values[row: sample]) { g[Int(k)] += value }
      return try worker.backward(g)
    }
    var d = [Double](repeating: 0, count: network.unitCount * sampleCount)
    for (sample, values) in adjoints.enumerated() {
      for (s, value) in values.enumerated() { d[s * sampleCount + sample] = value }
    }
    let assembly = GradientAssembly(
      network: network, batch: sampleCount, factor: 1, threads: threads)
    var inputs = Matrix(rows: sampleCount, columns: network.inputCount)
    for (column, s) in network.inputUnits.enumerated() {
      for sample in 0..<sampleCount { inputs[sample, column] = d[Int(s) * sampleCount + sample] }
    }
    return Pullback(
      inputs: inputs, parameters: try assembly.parameters(d: d, activations: activations))
  }
}
