/// When ``AlgorithmOne`` stops.
public enum StoppingRule: String, Hashable, Sendable, CaseIterable {
  /// By what makes a state converged everywhere: see ``SampleEvidence/residual``.
  case common
  /// As printed in Szekeres & Izsák 2024: when no z changes by more than the tolerance. The status follows the common
  /// criterion all the same.
  case printed
}

/// When to stop.
public struct SolverOptions: Hashable, Sendable {
  /// What ``SampleEvidence/residual`` may be at most: a backward error, relative to the terms of each unit's sum, and in
  /// adjoints relative to the largest derivative.
  public var tolerance: Double
  /// The most iterations; `nil` leaves it to the solver: 10,000 for iterations over edges, 200 for
  /// Newton's method.
  public var maximumIterations: Int?
  /// How many threads may work at once. Results do not depend on it.
  public var threads: Int
  /// Whether evidence lists every cyclic component.
  public var listsComponents: Bool

  /// What becomes of gradients where a neuron stands on a kink of its activation.
  public var kinks: KinkPolicy
  /// When Algorithm 1 stops; other solvers have no other rule than the common one.
  public var stopping: StoppingRule

  /// Creates options; the defaults are those of the command.
  public init(
    tolerance: Double = 1e-10, maximumIterations: Int? = nil, threads: Int = 1,
    listsComponents: Bool = false, kinks: KinkPolicy = .branch,
    stopping: StoppingRule = .common
  ) {
    self.tolerance = tolerance
    self.maximumIterations = maximumIterations
    self.threads = threads
    self.listsComponents = listsComponents
    self.kinks = kinks
    self.stopping = stopping
  }

  /// Checks that the options have a meaning.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public func validate() throws(CyclogradError) {
    guard tolerance > 0, tolerance < 1 else {
      throw CyclogradError(
        .invalidOption, "the tolerance \(tolerance) is not between 0 and 1",
        advice: "give something like 1e-10")
    }
    if let maximumIterations, maximumIterations < 1 {
      throw CyclogradError(
        .invalidOption, "the largest number of iterations is \(maximumIterations)",
        advice: "give at least 1")
    }
    guard threads >= 1 else {
      throw CyclogradError(
        .invalidOption, "the number of threads is \(threads)", advice: "give at least 1")
    }
  }
}
