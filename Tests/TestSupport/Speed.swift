import Foundation
public import Testing

extension Tag {
  /// Takes more than half a second in a debug build. Goes with ``Testing/Trait/unlessFast``.
  @Tag public static var slow: Self
  /// Tries so many cases that it is run in release only. Goes with ``Testing/Trait/ifExhaustive``.
  @Tag public static var exhaustive: Self
}

extension Trait where Self == ConditionTrait {
  /// Leaves the test out where the environment variable `CYCLOGRAD_FAST` is set.
  public static var unlessFast: Self {
    .disabled(if: isSet("CYCLOGRAD_FAST"), "slow; unset CYCLOGRAD_FAST to run it")
  }

  /// Runs the test only where the environment variable `CYCLOGRAD_EXHAUSTIVE` is set.
  public static var ifExhaustive: Self {
    .enabled(if: isSet("CYCLOGRAD_EXHAUSTIVE"), "set CYCLOGRAD_EXHAUSTIVE to run it")
  }
}

private func isSet(_ variable: String) -> Bool {
  ProcessInfo.processInfo.environment[variable].map { !$0.isEmpty } ?? false
}
