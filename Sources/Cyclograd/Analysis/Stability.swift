/// Whether an equilibrium comes back after a small disturbance, by two criteria.
///
/// Both follow from the eigenvalues λ of D Wᵀ at the equilibrium. Plain iteration z ← W f(z) + b + x̂ comes back where the
/// largest |λ| is below 1. The rate model dz/dt = −z + W f(z) + b + x̂, whose equilibria are the same, comes back where
/// the largest real part is below 1: λ − 1 are the eigenvalues of its linearization. The first implies the
/// second, not the other way round: strong inhibition, say λ = −3, makes iteration oscillate and the rate model quick.
public struct Stability: Hashable, Sendable {
  /// The largest |λ|: the criterion of iteration.
  public var radius: SpectralRadius
  /// The largest real part: the criterion of the rate model.
  public var abscissa: SpectralAbscissa
}

/// The largest real part of an eigenvalue of D Wᵀ at a state.
public struct SpectralAbscissa: Hashable, Sendable {
  /// The largest real part.
  public var value: Double
  /// Whether it is an estimate by Arnoldi's method, because a component has too many neurons for dense algebra.
  public var isEstimate: Bool
  /// Whether not even one eigenvalue was found to the method's tolerance, so that ``value`` may be off by some hundredths.
  public var isRough = false

  /// Whether the rate model dz/dt = −z + W f(z) + b + x̂ is stable there, as far as ``value`` is right; `nil` where it is
  /// rough, and so near 1 that it says nothing.
  public var isStable: Bool? { SpectralRadius.verdict(value, isRough: isRough) }
}

extension Equilibrium {
  /// The stability of every sample's equilibrium; NaN where a sample has none.
  ///
  /// - Parameter threads: how many samples are treated at once.
  /// - Complexity: a cyclic component of n neurons costs O(n³) up to ``SpectralRadius/largestDense`` neurons, and at most
  ///   some 1000 products beyond.
  public func stabilities(threads: Int = 1) throws -> [Stability] {
    let differentials = Differentials(self, workers: threads)
    return try differentials.map { worker, sample in
      guard evidence[sample].status == .converged else {
        return Stability(
          radius: .init(value: .nan, isEstimate: false),
          abscissa: .init(value: .nan, isEstimate: false))
      }
      return try worker.at(sample) {
        // Units outside cycles, and those beyond one for each neuron, have the eigenvalue 0.
        let cyclic = worker.workspaces.reduce(0) { $0 + $1.neuronCount }
        var result = Stability(
          radius: .init(value: 0, isEstimate: false),
          abscissa: .init(value: network.unitCount > cyclic ? 0 : -.infinity, isEstimate: false))
        for workspace in worker.workspaces {
          let part = try workspace.stability()
          result.radius.include(part.radius)
          result.abscissa.value = max(result.abscissa.value, part.abscissa.value)
          result.abscissa.isEstimate = result.abscissa.isEstimate || part.abscissa.isEstimate
          result.abscissa.isRough = result.abscissa.isRough || part.abscissa.isRough
        }
        return result
      }
    }
  }
}
