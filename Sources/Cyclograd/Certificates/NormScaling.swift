/// Factors that give the matrices of cyclic components a wanted norm, without changing what a network computes.
///
/// With a = S a′, S = diag(s), the network with S⁻¹ W S and S⁻¹ (b + x̂) in place of W and b + x̂ is the same one where
/// activations are positively homogeneous, f(c z) = c f(z) for c > 0. The factors are s = (I − M/κ)⁻¹ 1 for M = Γ|W|, so that
/// M s = κ (s − 1) < κ s (El Ghaoui, Gu, Travacca, Askari & Tsai 2021, (2.7), for a norm other than 1).
public struct NormScaling: Sendable {
  /// s of every neuron in file order; 1 outside cyclic components.
  public let factors: [Double]
  /// An upper bound, rounding included, of the largest sum of a row of Γ|S⁻¹ W S| within a cyclic component.
  public let norm: Double

  /// Finds the factors.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - parameters: its weights.
  ///   - norm: κ, positive; it has to exceed λ_PF(Γ|W|) of every cyclic component.
  /// - Throws: ``CyclogradError``: `not-applicable` where an activation of a cyclic component is not positively homogeneous,
  ///   or λ_PF(Γ|W|) is not proved to be below κ; `invalid-option` for a norm that is not positive.
  /// - Complexity: up to 20,000 products with the matrix of a component.
  public init(
    _ network: Network, _ parameters: Parameters, norm: Double
  ) throws(CyclogradError) {
    guard norm > 0, norm.isFinite else {
      throw CyclogradError(
        .invalidOption, "the wanted norm is \(norm)", advice: "give a positive number, such as 0.95"
      )
    }
    try network.check(parameters)
    let weights = network.weights(parameters)
    var factors = [Double](repeating: 1, count: network.neuronCount)
    var largest = 0.0
    for stage in network.stages where stage.isCyclic {
      let (s, bound) = try Self.factors(network, weights, stage, norm)
      for (k, factor) in zip(stage.neurons, s) {
        factors[Int(network.fileNeuron[Int(k)])] = factor
      }
      largest = max(largest, bound)
    }
    self.factors = factors
    self.norm = largest
  }

  private static func factors(
    _ network: Network, _ weights: [Double], _ stage: Network.Stage, _ norm: Double
  ) throws(CyclogradError) -> ([Double], Double) {
    let place = network.name(atPosition: Int(stage.neurons.lowerBound))
    let subject = "the component of \(place)"
    for run in network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)] {
      let group = network.layout.entries[Int(run.group)].group
      guard group.isPositivelyHomogeneous else {
        throw CyclogradError(
          .notApplicable,
          "group \(group.name) is not positively homogeneous: f(c z) is not c f(z) for "
            + group.units.map(\.activation.name).joined(separator: ", "),
          at: .init(subject: subject),
          advice: "only relu, leaky-relu and identity, also as maxima, can be scaled")
      }
    }
    let matrix: ComparisonMatrix
    do throws(NoCertificate) {
      matrix = try ComparisonMatrix(network, weights: weights, stage: stage)
    } catch {
      throw CyclogradError(
        .notApplicable, error.reason, at: .init(subject: subject), advice: "scale another network")
    }
    var s = [Double](repeating: 1, count: matrix.count)
    let limit = max(100, min(20_000, 3_000_000_000 / max(1, matrix.work)))
    // Any s with M s ≤ κ s will do, so one that has not settled within the limit is tried as well.
    for _ in 0..<limit {
      let next = matrix.estimate(s).map { 1 + $0 / norm }
      let change = zip(next, s).map { abs($0 - $1) / $0 }.max() ?? 0
      s = next
      if change < 1e-15 || s.contains(where: { $0 > 1e100 }) { break }
    }
    if let bound = Self.bound(matrix, s), bound <= norm { return (s, bound) }
    let interval = PerronFrobeniusInterval(matrix)
    throw CyclogradError(
      .notApplicable,
      interval.lower >= norm
        ? "the Perron-Frobenius eigenvalue is at least \(interval.lower), so no scaling gives the norm \(norm)"
        : "no scaling was found that gives the norm \(norm) for certain",
      at: .init(subject: subject),
      advice: interval.upper.isFinite
        ? "ask for a norm above \(interval.upper)" : "ask for a larger norm")
  }

  /// An upper bound of max (M s)ₖ/sₖ, also for the scaled weights as they are rounded.
  private static func bound(_ matrix: ComparisonMatrix, _ s: [Double]) -> Double? {
    guard s.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    let image = matrix.times(s, sum: Rounding.sumUp, product: Rounding.productUp)
    let largest = zip(image, s).map { Rounding.quotientUp($0, $1) }.max() ?? 0
    // Each scaled weight is rounded twice.
    let bound = Rounding.productUp(largest, 1 + 0x1p-50)
    return bound.isFinite ? bound : nil
  }
}
