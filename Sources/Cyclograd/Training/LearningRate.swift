#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How the learning rate changes in the course of a training: a base, a shape, a warm-up and a
/// reaction to plateaus, multiplied with each other.
public struct LearningRate: Hashable, Sendable {
  /// How it changes from step to step.
  public enum Shape: Hashable, Sendable {
    /// It stays.
    case constant
    /// From the base to `end` in `steps` steps along half a cosine, constant from there on:
    /// end + ½ (base − end) (1 + cos(π t / steps)) (Loshchilov & Hutter 2017, equation 5).
    case cosine(end: Double, steps: Int)
    /// From the base to `end` in `steps` steps in equal ratios, constant from there on: base (end / base)^(t / steps).
    case exponential(end: Double, steps: Int)
    /// Multiplied with `factor` after every `every` steps.
    case step(every: Int, factor: Double)
  }

  /// Reduces the rate when a quantity stops improving.
  public struct Plateau: Hashable, Sendable {
    /// What the rate is multiplied with.
    public var factor: Double
    /// How many validations in a row may fail to improve before that happens.
    public var patience: Int
    /// What counts as an improvement, relative to the best value so far.
    public var threshold: Double
    /// How many validations after a reduction are not counted.
    public var cooldown: Int
    /// The smallest product of all factors.
    public var smallestFactor: Double

    /// Creates the rule.
    public init(
      factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0,
      smallestFactor: Double = 1e-4
    ) {
      self.factor = factor
      self.patience = patience
      self.threshold = threshold
      self.cooldown = cooldown
      self.smallestFactor = smallestFactor
    }
  }

  /// The rate that all is relative to.
  public var base: Double
  /// How it changes from step to step.
  public var shape: Shape
  /// In the first steps the rate grows in proportion to their number: step t of them has
  /// (t + 1) / (warmUp + 1) of what the shape says.
  public var warmUp: Int
  /// What happens when a quantity stops improving.
  public var plateau: Plateau?

  /// Creates a schedule.
  public init(
    _ base: Double, shape: Shape = .constant, warmUp: Int = 0, plateau: Plateau? = nil
  ) {
    self.base = base
    self.shape = shape
    self.warmUp = warmUp
    self.plateau = plateau
  }

  /// The learning rate of a step.
  ///
  /// - Parameters:
  ///   - step: the number of steps before it.
  ///   - state: what is remembered of plateaus.
  public func rate(atStep step: Int, _ state: PlateauState) -> Double {
    var rate = base
    switch shape {
    case .constant: break
    case .cosine(let end, let steps):
      let fraction = Double(min(step, steps)) / Double(steps)
      rate = end + 0.5 * (base - end) * (1 + cos(.pi * fraction))
    case .exponential(let end, let steps):
      rate = base * pow(end / base, Double(min(step, steps)) / Double(steps))
    case .step(let every, let factor): rate *= pow(factor, Double(step / every))
    }
    if step < warmUp { rate *= Double(step + 1) / Double(warmUp + 1) }
    return rate * state.factor
  }

  /// Checks that the numbers have a meaning.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public func validate() throws(CyclogradError) {
    func require(
      _ condition: Bool, _ message: String, _ advice: String
    ) throws(CyclogradError) {
      if !condition { throw CyclogradError(.invalidOption, message, advice: advice) }
    }
    try require(
      base > 0 && base.isFinite, "the learning rate is \(base)", "give a positive number")
    switch shape {
    case .constant: break
    case .cosine(let end, let steps):
      try require(
        end >= 0 && end.isFinite, "the learning rate ends at \(end)", "give at least 0")
      try require(
        steps > 0, "the cosine takes \(steps) steps", "give at least 1")
    case .exponential(let end, let steps):
      try require(
        end > 0 && end.isFinite, "the learning rate ends at \(end)", "give a positive number")
      try require(
        steps > 0, "the rate changes for \(steps) steps", "give at least 1")
    case .step(let every, let factor):
      try require(every > 0, "the rate changes every \(every) steps", "give at least 1")
      try require(
        factor > 0 && factor.isFinite, "the rate is multiplied with \(factor)",
        "give a positive number")
    }
    try require(warmUp >= 0, "the warm-up takes \(warmUp) steps", "give at least 0")
    guard let plateau else { return }
    try require(
      plateau.factor > 0 && plateau.factor < 1,
      "a plateau multiplies the rate with "
        + "\(plateau.factor)", "give a number between 0 and 1")
    try require(
      plateau.patience >= 0 && plateau.cooldown >= 0 && plateau.threshold >= 0
        && plateau.smallestFactor >= 0, "a number of the rule for plateaus is negative",
      "give numbers of at least 0")
  }
}

/// What the rule for plateaus remembers.
public struct PlateauState: Hashable, Sendable {
  /// The product of all reductions.
  public var factor = 1.0
  /// The best value so far, smaller being better; infinite before the first.
  public var best = Double.infinity
  /// How many validations in a row did not improve on it.
  public var waited = 0
  /// How many validations are still not counted.
  public var cooldown = 0

  /// The state before the first validation.
  public init() {}

  /// Takes in a value, smaller being better.
  public mutating func observe(_ value: Double, _ rule: LearningRate.Plateau) {
    let margin = rule.threshold * (best.isFinite ? abs(best) : 0)
    if value < best - margin {
      best = value
      waited = 0
    } else {
      waited += 1
    }
    if cooldown > 0 {
      cooldown -= 1
      waited = 0
    } else if waited > rule.patience {
      factor = max(rule.smallestFactor, factor * rule.factor)
      cooldown = rule.cooldown
      waited = 0
    }
  }
}
