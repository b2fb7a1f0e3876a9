import Cyclograd
import TestSupport
import Testing

@Suite(
  "What a simulator has computed before does not change what it computes next", .tags(.slow),
  .unlessFast)
struct SampleHistoryTests {
  typealias Independence = SampleIndependenceTests

  /// A comparison of four samples, at least two of which have an equilibrium; `nil` for some seeds.
  static func comparison(_ seed: UInt64, _ backend: String) throws -> SampleComparison? {
    let comparison = try SampleComparison(
      EngineNetworks.make(seed), .named(backend), samples: 4,
      options: SolverOptions(maximumIterations: 100, listsComponents: seed % 2 == 0))
    return comparison.solved.count < 2 ? nil : comparison
  }

  @Test("One sample, another, and the first again", arguments: Independence.usual)
  func sequence(backend: String) throws {
    var differences = Differences()
    for seed in 400..<420 as Range<UInt64> {
      guard var comparison = try Self.comparison(seed, backend) else { continue }
      let simulator = try comparison.simulator()
      for rows in [[0], [1], [0], [0, 1, 2, 3], [2], [3, 2], [0]] {
        try comparison.check(rows, simulator, " in a sequence")
      }
      differences += comparison.differences
    }
    differences.expectNone()
  }

  @Test("The gradient at an equilibrium after others were found", arguments: Independence.usual)
  func gradientLater(backend: String) throws {
    var differences = Differences()
    for seed in 420..<440 as Range<UInt64> {
      guard var comparison = try Self.comparison(seed, backend) else { continue }
      let simulator = try comparison.simulator()
      let solved = comparison.solved
      let first = try comparison.equilibrium([solved[0]], simulator)
      let second = try comparison.equilibrium([solved[1]], simulator)
      let all = try comparison.equilibrium(solved, simulator)
      guard first.isConverged, second.isConverged, all.isConverged else { continue }
      for (rows, equilibrium) in [([solved[0]], first), (solved, all), ([solved[1]], second)] {
        try comparison.checkAdjoints(rows, at: equilibrium, simulator, ", later")
        try comparison.checkAdjoints(
          rows, at: equilibrium, comparison.simulator(), ", by another simulator")
      }
      // The part of one sample is that sample.
      for (place, row) in solved.enumerated() {
        try comparison.checkAdjoints([row], at: all[place], simulator, ", as a part of a batch")
      }
      differences += comparison.differences
    }
    differences.expectNone()
  }

  @Test("After other parameters, and after a call that failed", arguments: Independence.usual)
  func otherParameters(backend: String) throws {
    var differences = Differences()
    for seed in 440..<450 as Range<UInt64> {
      guard var comparison = try Self.comparison(seed, backend) else { continue }
      let simulator = try comparison.simulator()
      let inputs = Matrix(comparison.inputs)
      for factor in [0.5, 1e200] {
        var parameters = comparison.parameters
        for index in parameters.values.indices { parameters.values[index] *= factor }
        let other = try simulator.equilibrium(parameters, inputs: inputs)
        if other.isConverged {
          _ = try comparison.differentiate([0, 1, 2, 3], at: other, simulator)
        }
        try comparison.check([0], simulator, " after parameters × \(factor)")
        try comparison.check([0, 1, 2, 3], simulator, " after parameters × \(factor)")
      }
      differences += comparison.differences
    }
    differences.expectNone()
  }
}
