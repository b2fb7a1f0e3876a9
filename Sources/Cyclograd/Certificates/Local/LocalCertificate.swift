import Synchronization

/// What is proved about computed equilibria, each by itself: that one and only one equilibrium lies near a
/// state, and how far away it can be.
///
/// The theorem, its conditions and the treatment of rounding are in Docs/Certificates.md.
public struct LocalCertificate: Sendable {
  /// What is proved about one sample.
  public struct Sample: Sendable {
    /// A bound of |z* − z| over all units; NaN where nothing is proved.
    public var stateError = Double.nan
    /// Exactly one equilibrium has |z* − z| at most this in every unit; infinite where there is no cycle.
    public var isolation = Double.nan
    /// Bounds of |a* − a| of the outputs.
    public var outputErrors: [Double] = []
    /// The Lipschitz constant, below 1, of the map whose fixed point is the equilibrium (Newton–Kantorovich's h,
    /// up to a factor of 2, where rounding does not dominate).
    public var contraction = Double.nan
    /// Why nothing is proved; `nil` where it is.
    public var reason: String?

    /// Whether exactly one equilibrium lies near the state.
    public var isProved: Bool { reason == nil }
    /// The largest error of an output.
    public var outputError: Double { isProved ? outputErrors.max() ?? 0 : .nan }
  }

  /// One for each sample of the equilibrium.
  public let samples: [Sample]

  /// Whether every sample is proved.
  public var isProved: Bool { samples.allSatisfy(\.isProved) }

  /// Tries to prove each sample; those that have not converged are not tried.
  ///
  /// A sample costs O(n · edges) interval operations for each component of n ≤ 1,000 units, and a product with
  /// |W| for larger ones.
  ///
  /// - Parameters:
  ///   - equilibrium: the equilibrium.
  ///   - threads: how many samples are treated at once.
  public init(_ equilibrium: Equilibrium, threads: Int = 1) throws {
    samples = try Self.prove(equilibrium, threads: threads) { sample, proof in
      Self.summary(equilibrium, sample, proof)
    } failed: {
      Sample(reason: $0)
    }
  }

  static func summary(_ equilibrium: Equilibrium, _ sample: Int, _ proof: SampleProof) -> Sample {
    let network = equilibrium.network
    let count = equilibrium.sampleCount
    var result = Sample()
    result.isolation = proof.isolation
    result.contraction = proof.contraction
    result.stateError = 0
    for s in 0..<network.unitCount {
      result.stateError = max(
        result.stateError, proof.enclosure.z[s].distance(to: equilibrium.z[s * count + sample]))
    }
    result.outputErrors = network.outputNeurons.map {
      proof.enclosure.activation[Int($0)].distance(
        to: equilibrium.activations[Int($0) * count + sample])
    }
    guard result.stateError <= result.isolation, result.outputErrors.allSatisfy(\.isFinite) else {
      return Sample(
        reason: "the error bound \(result.stateError) exceeds the radius \(result.isolation) "
          + "within which the equilibrium is the only one")
    }
    return result
  }

  /// Proves each converged sample and hands what was proved to `body`, several at once.
  static func prove<Result: Sendable>(
    _ equilibrium: Equilibrium, threads: Int,
    _ body: @Sendable (_ sample: Int, SampleProof) throws -> Result,
    failed: (_ reason: String) -> Result
  ) throws -> [Result] {
    let network = equilibrium.network
    let weights = network.weights(equilibrium.parameters)
    let biases = network.biases(equilibrium.parameters)
    let components = network.components
    let count = equilibrium.sampleCount
    let workers = max(1, min(threads, count))
    let methods = Methods(
      values: (0..<workers).map { _ in KrawczykMethod(network, weights, components) })
    let results = Mutex([Result?](repeating: nil, count: count))
    let reasons = Mutex([Int: String]())
    let cancellation = CancellationToken.current
    try Parallel.forEach(count, threads: workers) { worker, sample in
      try cancellation?.check()
      guard equilibrium.evidence[sample].status == .converged else { return }
      do {
        let proof = try SampleProof(
          methods.values[worker], biases: biases,
          inputs: equilibrium.inputs[row: sample].map { Interval($0) },
          center: (0..<network.unitCount).map { equilibrium.z[$0 * count + sample] })
        let result = try body(sample, proof)
        results.withLock { $0[sample] = result }
      } catch let error as NoCertificate {
        try cancellation?.check()
        reasons.withLock { $0[sample] = error.reason }
      }
    }
    return results.withLock { $0 }.enumerated().map { sample, result in
      result
        ?? failed(reasons.withLock { $0[sample] } ?? "no equilibrium was found")
    }
  }

  /// Each is used by one thread at a time.
  private struct Methods: @unchecked Sendable {
    var values: [KrawczykMethod]
  }
}
