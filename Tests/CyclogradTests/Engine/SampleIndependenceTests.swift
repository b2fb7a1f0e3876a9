import Cyclograd
import TestSupport
import Testing

@Suite(
  "A sample alone, and the same sample among others, get the same values to the last bit",
  .tags(.slow), .unlessFast)
struct SampleIndependenceTests {
  static let usual = ["automatic", "direct", "iterative", "edge-list"]
  /// Every state solver with every adjoint solver.
  static let pairs = GradientBackend.stateSolvers.flatMap { state in
    GradientBackend.adjointSolvers.map { "\(state.name)+\($0.name)" }
  }

  /// Pairs, equal rows, and one larger batch with its permutation, in which a row that costs much because it has no
  /// equilibrium comes once.
  static func batches(_ seed: UInt64, _ comparison: SampleComparison) -> [[Int]] {
    var random = TestRandom(seed &+ 77)
    let solved = comparison.solved
    let size = [3, 8, 17, 3, 8, 17, 8, 64][Int(seed % 8)]
    var rows = Array(comparison.alone.indices)
    while rows.count < size, !solved.isEmpty { rows.append(random.pick(solved)) }
    rows = Array(rows.shuffled(using: &random).prefix(size))
    return [[0, 1], [1, 0], [2, 2], rows] + (solved.isEmpty ? [] : [solved.reversed()])
  }

  /// What differs on one random network.
  static func differences(
    _ seed: UInt64, _ backend: String, limit: Int? = 60
  ) throws -> Differences {
    var comparison = try SampleComparison(
      EngineNetworks.make(seed), .named(backend), samples: 5, isWarm: seed % 3 == 0,
      options: SolverOptions(maximumIterations: limit, listsComponents: seed % 4 != 3))
    let simulator = try comparison.simulator(threads: 1 + Int(seed % 3))
    for rows in batches(seed, comparison) { try comparison.check(rows, simulator) }
    return comparison.differences
  }

  @Test("Small networks of many kinds", arguments: usual)
  func small(backend: String) throws {
    var differences = Differences()
    for seed in 0..<60 { differences += try Self.differences(UInt64(seed), backend) }
    #expect(differences.answers > 120, "only \(differences.answers) of 300 samples have answers")
    differences.expectNone()
  }

  @Test(
    "Each method of factorization",
    arguments: GradientBackend.available.map(\.name).filter { !usual.contains($0) })
  func factorizations(backend: String) throws {
    var differences = Differences()
    for seed in 100..<106 { differences += try Self.differences(UInt64(seed), backend) }
    // CHOLMOD has no part in any but symmetric networks.
    for size in [5, 40, 90] {
      var comparison = try SampleComparison(
        SymmetricNetworks.make(size, seed: 3), .named(backend), samples: 5)
      let simulator = try comparison.simulator()
      for rows in Self.batches(1, comparison) { try comparison.check(rows, simulator) }
      differences += comparison.differences
    }
    differences.expectNone()
  }

  @Test("Each pair of solvers", arguments: pairs)
  func pair(backend: String) throws {
    var differences = Differences()
    for seed in [201, 204] as [UInt64] {
      differences += try Self.differences(seed, backend, limit: 100)
    }
    #expect(differences.answers > 0)
    differences.expectNone()
  }

  @Test("Without a limit of one's own", arguments: ["automatic", "direct"])
  func unlimited(backend: String) throws {
    var differences = Differences()
    // Small ones, as what has no equilibrium is searched for in many ways.
    let seeds = (300..<400 as Range<UInt64>).filter { seed in
      EngineNetworks.make(seed).groups.reduce(0) { $0 + $1.size } <= 12
    }
    for seed in seeds.prefix(8) {
      differences += try Self.differences(seed, backend, limit: nil)
    }
    differences.expectNone()
  }

  // MARK: Exhaustive

  /// Two thousand networks, a hundred for each number.
  @Test("Two thousand networks", .ifExhaustive, .tags(.exhaustive), arguments: 0..<20)
  func thousands(part: Int) throws {
    var differences = Differences()
    for seed in part * 100..<part * 100 + 100 {
      // Every pair on each sixth or so of the networks, everything else on all of them.
      let some = Self.pairs.indices.filter { ($0 + seed) % 7 == 0 }.map { Self.pairs[$0] }
      for backend in GradientBackend.available.map(\.name) + some {
        differences += try Self.differences(
          UInt64(seed) &+ 10_000, backend, limit: seed % 10 == 0 ? nil : 300)
      }
    }
    differences.expectNone()
  }
}
