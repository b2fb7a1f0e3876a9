import Testing

@testable import Cyclograd

@Suite("A team on a busy machine")
struct TeamPaceTests {
  /// Plays `count` works of ten microseconds each, whose waits are given; returns the share of time lost by waiting, and how
  /// many works were shared.
  private func play(
    _ count: Int, waiting: (Int) -> UInt64
  ) -> (lost: Double, shared: Int) {
    var pace = TeamPace()
    var (now, lost) = (UInt64(1), UInt64(0))
    var shared = 0
    for _ in 0..<count {
      guard now >= pace.aloneUntil else {
        now += 20_000
        continue
      }
      let waited = waiting(shared)
      now += 10_000 + waited
      lost += waited
      shared += 1
      pace.record(pieces: 4, worked: 10_000, waited: waited, now: now)
    }
    return (Double(lost) / Double(now), shared)
  }

  @Test("Where helpers come in time, all work is shared")
  func quiet() {
    #expect(play(10_000) { _ in 5_000 }.shared == 10_000)
    // A wait for one long piece is no delay.
    #expect(play(10_000) { $0 % 10 == 0 ? 90_000 : 0 }.shared == 10_000)
  }

  @Test("Where they never do, delays take a small share of the time")
  func busy() {
    let found = play(100_000) { _ in 4_000_000 }
    #expect(found.lost < 0.05)
    #expect(found.shared > 1)
  }

  @Test("After a quiet while a single delay costs a short time alone")
  func recovers() {
    var pace = TeamPace()
    for _ in 0..<20 { pace.record(pieces: 1, worked: 1000, waited: 1_000_000, now: 10) }
    #expect(pace.aloneUntil > 10 + 63 * 990_000 && pace.aloneUntil <= 10 + 64 * 1_000_000)
    for _ in 0..<100 { pace.record(pieces: 1, worked: 1_000_000, waited: 0, now: 20) }
    pace.record(pieces: 1, worked: 1000, waited: 1_000_000, now: 30)
    #expect(pace.aloneUntil > 30 + 3 * 1_000_000 && pace.aloneUntil <= 30 + 4 * 1_000_000)
  }
}
