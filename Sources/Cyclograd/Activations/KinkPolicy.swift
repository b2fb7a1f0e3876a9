/// What becomes of derivatives where a neuron stands exactly on a kink of its activation.
///
/// On a kink the activation has two one-sided derivatives, and so has the largest of several units where two are
/// equally large.
public enum KinkPolicy: String, Hashable, Sendable, CaseIterable {
  /// One of the one-sided derivatives is taken: that of z ≤ 0 for `relu`, `leaky-relu` and `elu`, of the constant
  /// for `clamp`, and of the first of a neuron's largest units.
  case branch
  /// There is no derivative.
  case refuse

  /// The policy of a name, for the command line.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option` for an unknown name.
  public static func named(_ name: String) throws(CyclogradError) -> KinkPolicy {
    if let policy = KinkPolicy(rawValue: name) { return policy }
    throw CyclogradError(
      .invalidOption, "there is no way '\(name)' to treat kinks",
      advice: Suggestion.advice(name, among: allCases.map(\.rawValue), listing: "the ways are"))
  }

  /// Why there is no derivative where so many neurons stand on kinks.
  package static func refusal(_ count: Int) -> String {
    count == 1
      ? "1 neuron stands on a kink of its activation"
      : "\(count) neurons stand on kinks of their activations"
  }

  /// What to do where there is no derivative.
  static let advice = "allow kinks, by the option branch, to take the derivative of one branch"
}
