import Synchronization
import TestSupport
import Testing

@testable import Cyclograd

/// Takes groups and pieces in another order each time, one after the other, and counts them.
private final class ShufflingExecutor: Executor {
  let threads: Int
  private let random = Mutex(TestRandom(1))
  private let counted = Atomic<Int>(0)

  init(threads: Int) { self.threads = threads }

  var count: Int { counted.load(ordering: .relaxed) }

  private func order(_ count: Int) -> [Int] {
    counted.wrappingAdd(count, ordering: .relaxed)
    return random.withLock { random in (0..<count).shuffled(using: &random) }
  }

  func forEachGroup(
    _ count: Int, _ body: @Sendable (_ slot: Int, _ index: Int) throws -> Void
  ) throws {
    for (place, index) in order(count).enumerated() { try body(place % threads, index) }
  }

  func forEachPiece(_ count: Int, threads: Int, _ body: (_ piece: Int) -> Void) {
    for piece in order(count) { body(piece) }
  }
}

@Suite("Another executor may do the pieces, in any order", .tags(.slow), .unlessFast)
struct ExecutorTests {
  /// A component that is swept in pieces and blocks, and some acyclic neurons.
  private static func problem(samples: Int) throws -> Problem {
    try Problem(
      Graph("pieces", seed: 4) {
        Group("x", size: 3, role: .input)
        Group("h", size: 3000, activation: .tanh, bias: .uniform(-0.3...0.3))
        Group("y", size: 2, role: .output)
        Connection("x", to: "h", .inDegree(1), weight: .normal(1))
        Connection("h", to: "h", .inDegree(6), self: false, weight: .uniform(-0.3...0.3))
        Connection("h", to: "y", .inDegree(20), weight: .normal(0.3))
      }, samples: samples)
  }

  private static func run(
    _ problem: Problem, _ backend: String, _ executor: any Executor
  ) throws -> (states: Matrix, gradient: Gradient) {
    let simulator = try Simulator(
      problem.network, backend: .named(backend), executor: executor)
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    return (
      equilibrium.states,
      try simulator.gradient(
        of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
    )
  }

  @Test(
    "Serial, on threads and in a shuffled order it comes to the same bits",
    arguments: ["automatic", "iterative"], [1, 5, 21])
  func order(backend: String, samples: Int) throws {
    let problem = try Self.problem(samples: samples)
    let serial = try Self.run(problem, backend, ThreadExecutor(threads: 1))
    let shuffling = ShufflingExecutor(threads: 3)
    for executor in [ThreadExecutor(threads: 3), shuffling] as [any Executor] {
      let other = try Self.run(problem, backend, executor)
      #expect(other.states == serial.states)
      #expect(other.gradient.parameters == serial.gradient.parameters)
      #expect(other.gradient.inputs == serial.gradient.inputs)
      #expect(other.gradient.evidence == serial.gradient.evidence)
    }
    #expect(shuffling.count > samples / 16)
  }
}
