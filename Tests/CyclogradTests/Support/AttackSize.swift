import Foundation

/// How many random networks certificates are attacked with: CYCLOGRAD_ATTACK, or a few hundred.
enum AttackSize {
  static let networks =
    ProcessInfo.processInfo.environment["CYCLOGRAD_ATTACK"].flatMap { Int($0) } ?? 240
}
