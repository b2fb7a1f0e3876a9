/// What is known of the condition of a linear system.
public enum ConditionEvidence: Hashable, Sendable {
  /// An estimate of its condition number, from below.
  case estimate(Double)
  /// Nothing was found out: the answer solves the system, but if it is the only one is not known.
  case unknown

  /// How many decimal digits of a solution are left in double precision; `nil` where that is not known.
  public var digits: Int? {
    guard case .estimate(let condition) = self else { return nil }
    // Infinity and what is not a number leave nothing of a solution.
    guard condition.isFinite else { return 0 }
    return max(0, 15 - Int((logarithm(max(1, condition)) / logarithm(10)).rounded(.up)))
  }

  /// Whether a person should be told: few digits are left, or nothing is known.
  public var isRemarkable: Bool { digits.map { $0 <= 6 } ?? true }

  /// The worse of two.
  func merged(with other: ConditionEvidence) -> ConditionEvidence {
    guard case .estimate(let a) = self, case .estimate(let b) = other else { return .unknown }
    return .estimate(max(a, b))
  }
}
