import Cyclograd
import Foundation

/// Contestants on one problem, in turn, so that a busy moment of the machine meets them all.
struct Race {
  /// How one contestant did.
  struct Result: Sendable {
    var name: String
    var isPeer: Bool
    /// Medians; `nil` for one who withdrew.
    var equilibrium: Double?
    var gradient: Double?
    var total: Double?
    var iterations: [Int] = []
    var runs = 0
    /// The largest relative difference from the first contestant's answer.
    var difference: Double?
    /// Why its times do not count.
    var withdrawal: String?
  }

  var results: [Result]

  /// - Parameters:
  ///   - rounds: how often everybody runs, after one run that is not counted.
  ///   - budget: seconds after which a contestant's times so far must do.
  ///   - agreement: the largest difference from the first answer with which times are believed.
  ///   - rest: seconds between contestants. Threads of OpenMP keep a core busy for a while after their work,
  ///     which is not the next one's fault. After a rest, runs that are not long are begun with one that does not
  ///     count.
  init(
    _ contestants: [any Contestant], rounds: Int, budget: Double, agreement: Double,
    rest: Double = 0,
    progress: (String) -> Void = { _ in }
  ) {
    results = contestants.map { Result(name: $0.name, isPeer: $0.isPeer) }
    var timings = [[Timing]](repeating: [], count: contestants.count)
    var spent = [Double](repeating: 0, count: contestants.count)
    var reference: Answer?
    for (index, contestant) in contestants.enumerated() {
      progress("\(contestant.name): warming up")
      do {
        let timing = try contestant.run()
        spent[index] += timing.total
        // One that used its budget in a single run has no other time to show.
        if timing.total > budget { timings[index].append(timing) }
        let answer = try contestant.answer()
        guard let first = reference else {
          reference = answer
          results[index].difference = 0
          continue
        }
        let difference = answer.difference(from: first)
        results[index].difference = difference
        if !(difference <= agreement) {
          results[index].withdrawal = "its answer differs by \(difference)"
        }
      } catch {
        results[index].withdrawal = Self.reason(error)
      }
    }
    for round in 0..<rounds {
      for (index, contestant) in contestants.enumerated()
      where results[index].withdrawal == nil && spent[index] <= budget {
        progress("\(contestant.name): round \(round + 1) of \(rounds)")
        do {
          if rest > 0 {
            Thread.sleep(forTimeInterval: rest)
            if (timings[index].last?.total ?? 0) < Self.longRun { _ = try contestant.run() }
          }
          let timing = try contestant.run()
          spent[index] += timing.total
          timings[index].append(timing)
        } catch {
          results[index].withdrawal = Self.reason(error)
        }
      }
    }
    for index in contestants.indices where results[index].withdrawal == nil {
      results[index].runs = timings[index].count
      results[index].equilibrium = timings[index].compactMap(\.equilibrium).median()
      results[index].gradient = timings[index].compactMap(\.gradient).median()
      results[index].total = timings[index].map(\.total).median()
      results[index].iterations = timings[index].last?.iterations ?? []
    }
  }

  /// Seconds from which on a cold start makes no difference.
  private static let longRun = 0.2

  private static func reason(_ error: any Error) -> String {
    (error as? Withdrawal)?.reason ?? String(describing: error)
  }

  /// The first contestant, the one that the ratios are about.
  var own: Result { results[0] }

  /// The peer with the smallest median.
  var fastestPeer: Result? {
    results.filter { $0.isPeer && $0.total != nil }.min { $0.total! < $1.total! }
  }

  /// How many times faster the first contestant is than the fastest peer.
  var ratio: Double? {
    guard let own = own.total, let peer = fastestPeer?.total else { return nil }
    return peer / own
  }
}
