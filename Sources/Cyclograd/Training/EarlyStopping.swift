/// Ends a training when the quantity that is monitored stops improving (Prechelt 1998).
public struct EarlyStopping: Hashable, Sendable {
  /// How many validations in a row may fail to improve; one more ends the training. Without validations epochs are counted, by
  /// their training loss.
  public var patience: Int
  /// What counts as an improvement, relative to the best value so far.
  public var threshold: Double

  /// Creates the rule.
  public init(patience: Int = 10, threshold: Double = 0) {
    self.patience = patience
    self.threshold = threshold
  }

  /// Checks that the numbers have a meaning.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public func validate() throws(CyclogradError) {
    guard patience >= 0, threshold >= 0, threshold.isFinite else {
      throw CyclogradError(
        .invalidOption,
        "early stopping has the patience \(patience) and the threshold \(threshold)",
        advice: "give numbers of at least 0")
    }
  }

  /// What is remembered of the monitored quantity.
  public struct State: Hashable, Sendable {
    /// The value to improve on, smaller being better; infinite before the first.
    public var best = Double.infinity
    /// How many values in a row did not improve on it.
    public var waited = 0

    /// The state before the first value.
    public init() {}

    /// Takes in a value; one that is not finite is no improvement.
    mutating func observe(_ value: Double, threshold: Double) {
      let margin = threshold * (best.isFinite ? abs(best) : 0)
      if value < best - margin {
        best = value
        waited = 0
      } else {
        waited += 1
      }
    }
  }
}
