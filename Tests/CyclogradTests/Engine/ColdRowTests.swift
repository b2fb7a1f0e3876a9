import Testing

@testable import Cyclograd

@Suite("Rows of NaN in a start have no start")
struct ColdRowTests {
  @Test(
    "They begin at a = 0, beside others that do not",
    .tags(.slow), .unlessFast, arguments: ["automatic", "edge-list", "direct"])
  func mixed(_ backend: String) throws {
    for seed in 0..<10 as Range<UInt64> {
      let problem = try Problem(RandomGraphs.make(.wild, seed: seed), samples: 3, seed: seed)
      let simulator = try problem.simulator(backend)
      var random = TestRandom(seed)
      let units = problem.network.unitCount
      let warm = random.vector(units, -2, 2)
      let cold = [Double](repeating: .nan, count: units)
      let mixed = try simulator.equilibrium(
        problem.parameters, inputs: problem.inputMatrix, start: Matrix([cold, warm, cold]))
      let fresh = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      let moved = try simulator.equilibrium(
        problem.parameters, inputs: problem.inputMatrix, start: Matrix([warm, warm, warm]))
      for (row, expected) in [fresh, moved, fresh].enumerated() {
        #expect(
          mixed.states[row: row].map(\.bitPattern) == expected.states[row: row].map(\.bitPattern))
        #expect(mixed.evidence[row].status == expected.evidence[row].status)
      }
    }
  }

  @Test func aRowThatIsHalfNaNIsRefused() throws {
    let problem = try Problem(RandomGraphs.make(.tame, seed: 4), samples: 1, seed: 4)
    var start = [Double](repeating: 0, count: problem.network.unitCount)
    guard start.count > 1 else { return }
    start[0] = .nan
    let simulator = try problem.simulator("automatic")
    #expect(throws: CyclogradError.self) {
      try simulator.equilibrium(
        problem.parameters, inputs: problem.inputMatrix, start: Matrix([start]))
    }
  }
}
