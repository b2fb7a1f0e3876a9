import Synchronization
import TestSupport
import Testing

@testable import Cyclograd

@Suite("Solving many samples says how far it has come")
struct SampleProgressTests {
  private static func problem(samples: Int) throws -> Problem {
    try Problem(
      Graph("progress", seed: 5) {
        Group("x", size: 2, role: .input)
        Group("h", size: 20, activation: .tanh)
        Group("y", size: 1, role: .output)
        Connection("x", to: "h", weight: .normal(1))
        Connection("h", to: "h", .inDegree(3), weight: .normal(0.2))
        Connection("h", to: "y", weight: .normal(0.3))
      }, samples: samples)
  }

  @Test("Every sample is counted once, by any number of threads", arguments: [1, 3])
  func counts(threads: Int) throws {
    let problem = try Self.problem(samples: 100)
    let states = Mutex<[TaskProgress.State?]>([])
    let progress = TaskProgress { state in states.withLock { $0.append(state) } }
    let simulator = try Simulator(problem.network, options: SolverOptions(threads: threads))
    _ = try TaskProgress.$current.withValue(progress) {
      try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    }
    let seen = states.withLock { $0 }
    #expect(seen.last == .some(nil) && progress.state == nil)
    let counted = seen.compactMap { $0 }
    #expect(counted.allSatisfy { $0.name == "samples" && $0.total == 100 })
    #expect(counted.map(\.done).max() == 100)
  }

  @Test("A task under its own name goes on, and one that counts already is left alone")
  func nested() throws {
    let problem = try Self.problem(samples: 50)
    let simulator = try Simulator(problem.network)
    let progress = TaskProgress()
    try TaskProgress.$current.withValue(progress) {
      progress.begin("mine")
      _ = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      #expect(progress.state?.name == "mine")
      #expect(progress.state?.done == 50 && progress.state?.total == 50)
      progress.begin("parts", of: 3)
      _ = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      #expect(progress.state?.done == 0 && progress.state?.total == 3)
    }
  }
}
