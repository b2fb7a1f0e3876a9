import Foundation
import Testing

@testable import CyclogradBench

@Suite("A race believes nobody whose answer differs")
struct RaceTests {
  final class Runner: Contestant {
    let name: String
    let isPeer: Bool
    private let seconds: Double
    private let value: Double
    private let failsAfter: Int
    private(set) var runs = 0

    init(
      _ name: String, isPeer: Bool = false, seconds: Double, value: Double = 1,
      failsAfter: Int = .max
    ) {
      self.name = name
      self.isPeer = isPeer
      self.seconds = seconds
      self.value = value
      self.failsAfter = failsAfter
    }

    func run() throws -> Timing {
      runs += 1
      if runs > failsAfter { throw Withdrawal(reason: "no more") }
      return Timing(equilibrium: seconds / 4, gradient: seconds * 3 / 4, iterations: [3, 4])
    }

    func answer() throws -> Answer { Answer(vectors: [("states", [value, 2])]) }
  }

  @Test func ratios() {
    let race = Race(
      [
        Runner("own", seconds: 1), Runner("other", seconds: 0.1),
        Runner("slow", isPeer: true, seconds: 8), Runner("fast", isPeer: true, seconds: 5),
        Runner("wrong", isPeer: true, seconds: 0.5, value: 1.1),
        Runner("ends", isPeer: true, seconds: 0.5, failsAfter: 2),
      ], rounds: 3, budget: 100, agreement: 1e-6)
    #expect(race.ratio == 5)
    #expect(race.fastestPeer?.name == "fast")
    #expect(race.own.runs == 3 && race.own.iterations == [3, 4])
    #expect(race.own.equilibrium == 0.25 && race.own.gradient == 0.75)
    #expect(race.results[4].withdrawal?.hasPrefix("its answer differs") == true)
    #expect(race.results[5].withdrawal == "no more" && race.results[5].total == nil)
  }

  @Test func budget() {
    let (slow, fast) = (Runner("slow", seconds: 6), Runner("fast", seconds: 1))
    let race = Race([slow, fast], rounds: 4, budget: 10, agreement: 1)
    #expect(slow.runs == 2 && fast.runs == 5)
    #expect(race.results[0].runs == 1)
    let once = Runner("once", seconds: 30)
    #expect(Race([once], rounds: 4, budget: 10, agreement: 1).own.total == 30)
    #expect(once.runs == 1)
  }

  @Test func answers() {
    let answer = Answer(vectors: [("a", [1, 2]), ("b", [4])])
    #expect(answer.difference(from: answer) == 0)
    #expect(Answer(vectors: [("a", [1, 2]), ("b", [5])]).difference(from: answer) == 0.25)
    for other in [
      Answer(vectors: [("a", [1, 2])]), Answer(vectors: [("a", [1]), ("b", [4])]),
      Answer(vectors: [("a", [.nan, 2]), ("b", [4])]),
    ] {
      #expect(answer.difference(from: other) == .infinity)
      #expect(other.difference(from: answer) == .infinity)
    }
  }

  @Test func statistics() {
    #expect(abs(Statistics.geometricMean([2, 8])! - 4) < 1e-12)
  }
}
