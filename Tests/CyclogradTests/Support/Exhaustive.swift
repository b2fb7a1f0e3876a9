import Foundation
import Testing

extension Tag {
  /// Takes many minutes, and runs only where CYCLOGRAD_EXHAUSTIVE is set.
  @Tag static var exhaustive: Self
  /// Takes more than a few seconds.
  @Tag static var slow: Self
}

/// Whether the long runs are wanted.
enum Exhaustive {
  static let isOn = ProcessInfo.processInfo.environment["CYCLOGRAD_EXHAUSTIVE"] != nil
}

extension Trait where Self == ConditionTrait {
  /// Runs a test only where CYCLOGRAD_EXHAUSTIVE is set.
  static var exhaustive: Self { .enabled(if: Exhaustive.isOn, "CYCLOGRAD_EXHAUSTIVE is not set") }
}
