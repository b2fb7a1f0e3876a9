import Synchronization

/// What each of some cuts does to the outputs of samples whose equilibrium is known.
///
/// Each cut is applied by itself to the intact network, and its equilibrium is found from the intact one by
/// ``Simulator/update(_:setting:inputs:)``. Where states change by more than ``smallChange``, the weights are taken
/// to 0 in steps such that none of them changes states by more: so the equilibrium of the cut network is either the one
/// that continues the intact network's, or there is none that does.
public struct LesionStudy: Sendable {
  /// How the equilibrium of a cut network is related to the one of the intact network.
  public enum Relation: String, Sendable {
    /// It continues the intact network's: states change by little at a time as the weights go to 0.
    case continued
    /// Another equilibrium was reached: the one that continues the intact network's vanished on the way, or was left.
    case another
    /// None was found.
    case none
  }

  /// One cut of one sample.
  public struct Outcome: Sendable {
    /// The outputs after the cut; NaN where no equilibrium was found.
    public var outputs: [Double]
    /// Where they come from.
    public var relation: Relation
    /// The residual of the state; see ``SampleEvidence/residual``.
    public var residual: Double
  }

  /// How much states may change at once, relative to max(1, |z|), for an equilibrium to count as the same.
  public static let smallChange = 0.25
  /// The smallest step in which weights go to 0, as a part of them.
  static let smallestStep = 1.0 / 1024

  /// The intact network's outputs, one row a sample.
  public let intact: Matrix
  /// By cut, then by sample.
  public let outcomes: [[Outcome]]

  /// Applies each cut to each sample.
  ///
  /// - Parameters:
  ///   - lesions: the cuts.
  ///   - equilibrium: of the intact network, at which every sample has converged.
  ///   - simulator: of the same network.
  ///   - progress: is called after each cut, from any thread.
  /// - Throws: ``CyclogradError`` where a sample has not converged, and where ``CancellationToken/current`` ends it.
  /// - Complexity: for each cut the edges of the neurons that it moves; where it moves all, some sweeps.
  public init(
    _ lesions: [Lesion], at equilibrium: Equilibrium, with simulator: Simulator,
    progress: @Sendable () -> Void = {}
  ) throws {
    _ = try equilibrium.requireConverged()
    var options = simulator.options
    let threads = options.threads
    options.threads = 1
    let single = try Simulator(simulator.network, backend: simulator.backend, options: options)
    let samples = (0..<equilibrium.sampleCount).map { equilibrium[$0] }
    let results = Mutex([[Outcome]](repeating: [], count: lesions.count))
    // Other threads do not see the caller's token by themselves.
    let cancellation = CancellationToken.current
    try Parallel.forEach(lesions.count, threads: threads) { _, index in
      try cancellation?.check()
      let outcomes = try CancellationToken.$current.withValue(cancellation) {
        try samples.map { try Self.apply(lesions[index], to: $0, single) }
      }
      results.withLock { $0[index] = outcomes }
      progress()
    }
    intact = equilibrium.outputs
    outcomes = results.withLock { $0 }
  }

  private static func apply(
    _ lesion: Lesion, to intact: Equilibrium, _ simulator: Simulator
  ) throws -> Outcome {
    var cut = try weaken(lesion, intact, leaving: 0, from: intact, simulator)
    var relation = Relation.none
    if cut.isConverged {
      if change(from: intact, to: cut) <= smallChange {
        relation = .continued
      } else if let continued = try follow(lesion, intact, simulator) {
        relation = .continued
        cut = continued
      } else {
        relation = .another
      }
    } else if let continued = try follow(lesion, intact, simulator) {
      relation = .continued
      cut = continued
    }
    return Outcome(
      outputs: Array(cut.outputs[row: 0]), relation: relation, residual: cut.evidence[0].residual)
  }

  /// The equilibrium at which this part of the cut weights is left, from a state that is near.
  private static func weaken(
    _ lesion: Lesion, _ intact: Equilibrium, leaving rest: Double, from state: Equilibrium,
    _ simulator: Simulator
  ) throws -> Equilibrium {
    var result = state
    var values: [Int: Double] = [:]
    for weight in lesion.weights { values[weight] = rest * intact.parameters.values[weight] }
    try simulator.update(&result, setting: values)
    return result
  }

  /// Takes the cut weights to 0 in steps that change states by little; `nil` where that does not succeed.
  private static func follow(
    _ lesion: Lesion, _ intact: Equilibrium, _ simulator: Simulator
  ) throws -> Equilibrium? {
    var state = intact
    var done = 0.0
    var step = 0.25
    while done < 1 {
      let next = min(1, done + step)
      let candidate = try weaken(lesion, intact, leaving: 1 - next, from: state, simulator)
      if candidate.isConverged, change(from: state, to: candidate) <= smallChange {
        state = candidate
        done = next
        step *= 2
      } else {
        step /= 2
        if step < smallestStep { return nil }
      }
    }
    return state
  }

  /// The largest change of a state, relative to max(1, |z|).
  private static func change(from old: Equilibrium, to new: Equilibrium) -> Double {
    var largest = 0.0
    for (x, y) in zip(old.z, new.z) {
      largest = max(largest, abs(x - y) / max(1, abs(x), abs(y)))
    }
    return largest
  }
}
