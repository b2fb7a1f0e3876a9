import Cyclograd
import Foundation

/// Which events of a training are logged where not all of them are wanted.
struct LogPace {
  /// In seconds; `nil` for every event.
  let interval: Double?
  private let clock = ContinuousClock()
  private var lastStep: ContinuousClock.Instant?
  private var lastEpoch: ContinuousClock.Instant?

  init(interval: Double?) { self.interval = interval }

  /// Whether an event is to be logged: validations always, and steps in which samples fail.
  mutating func isDue(_ event: TrainingEvent) -> Bool {
    switch event {
    case .validation, .fit, .rewiring: true
    case .descent: isDue(&lastEpoch)
    case .step(let report): isDue(&lastStep) || !report.skipped.isEmpty
    case .epoch: isDue(&lastEpoch)
    }
  }

  private func isDue(_ last: inout ContinuousClock.Instant?) -> Bool {
    guard let interval else { return true }
    let now = clock.now
    if let last, now - last < .seconds(interval) { return false }
    last = now
    return true
  }

  /// The time now, in UTC, such as 2026-03-01T12:00:00.123Z.
  static var timestamp: String {
    Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
