/// By which vectors v the trace Σ vᵀJv and the squared norm Σ ‖Jv‖² of a Jacobian are had.
public struct ProbeVectors: Hashable, Sendable {
  /// What random vectors are drawn from. Both have E vvᵀ = I, so that estimates are right in the mean.
  public enum Distribution: String, Hashable, Sendable, CaseIterable {
    /// ±1 with equal probabilities: the smallest variance, 2 (‖sym J‖² − Σ J_ii²) of the trace (Hutchinson 1990).
    case rademacher
    /// Standard normal.
    case gaussian
  }

  /// How many random vectors a sample has in each step; 0: all unit vectors, which give exact numbers; `nil`: these for up
  /// to eight dimensions, else one random vector.
  public var count: Int?
  /// What they are drawn from.
  public var distribution: Distribution

  /// As many random vectors.
  public static func random(_ count: Int, _ distribution: Distribution = .rademacher)
    -> ProbeVectors
  {
    ProbeVectors(count: count, distribution: distribution)
  }
  /// All unit vectors.
  public static let exact = ProbeVectors(count: 0, distribution: .rademacher)
  /// Unit vectors for up to eight dimensions, else one random vector.
  public static let automatic = ProbeVectors(count: nil, distribution: .rademacher)

  /// Such as `exact`, or `2 gaussian probes`.
  var text: String {
    switch count {
    case nil: "\(distribution.rawValue) probes"
    case 0: "exact"
    case let count?: "\(count) \(distribution.rawValue) probes"
    }
  }

  /// - Throws: ``CyclogradError`` `invalid-option` for a negative number.
  func validate(for subject: String) throws(CyclogradError) {
    guard (0...1_000_000).contains(count ?? 0) else {
      throw CyclogradError(
        .invalidOption, "\(count ?? 0) probes", at: .init(subject: subject),
        advice: "give a number from 1, or exact")
    }
  }

  /// The number of vectors of a sample in so many dimensions, and what sums over them are multiplied with.
  func extent(dimension: Int) -> (count: Int, factor: Double, isExact: Bool) {
    switch count {
    case 0?: (dimension, 1, true)
    case nil where dimension <= 8: (dimension, 1, true)
    case let count: (count ?? 1, 1 / Double(count ?? 1), false)
    }
  }
}

/// The vectors of one step: they depend on the seed, the step, the sample's number and their own, and on nothing else.
struct ProbeDraw {
  private let random: CounterRandom
  private let distribution: ProbeVectors.Distribution

  init(_ probes: ProbeVectors, seed: UInt64, step: Int) {
    random = CounterRandom(seed: seed, purpose: .probe, index: step)
    distribution = probes.distribution
  }

  /// Component `word` of the stream: (sample · probes + probe) · dimension + i.
  func component(_ word: Int) -> Double {
    switch distribution {
    case .rademacher: random.word(word) >> 63 == 0 ? 1 : -1
    case .gaussian: random.normal(word)
    }
  }
}
