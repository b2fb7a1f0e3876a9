import Cyclograd
import TestSupport
import Testing

/// Large components are swept in blocks, over frontiers, by several threads, eight rows at a time: all of it alike for
/// one sample and for many.
@Suite(
  "Samples of large networks do not depend on their neighbours, nor on threads", .tags(.slow),
  .unlessFast)
struct LargeSampleTests {
  struct Case: Sendable, CustomStringConvertible {
    var graph: Graph
    var backends = ["automatic"]
    var description: String { "\(graph.name), \(backends.joined(separator: ", "))" }
  }

  static let cases: [Case] = [
    Case(
      graph: LargeNetworks.scattered(600, degree: 4, gain: 0.9, seed: 1),
      backends: ["automatic", "iterative", "direct"]),
    Case(graph: LargeNetworks.scattered(3000, degree: 7, gain: 0.8, seed: 2)),
    Case(graph: LargeNetworks.scattered(5000, degree: 10, gain: 0.5, seed: 3)),
    Case(graph: LargeNetworks.uneven(3000, gain: 0.6, seed: 4)),
    Case(graph: LargeNetworks.lattice(60, gain: 0.7, seed: 5)),
  ]

  static func differences(_ graph: Graph, _ backend: String, samples: Int) throws -> Differences {
    var comparison = try SampleComparison(
      graph, .named(backend), samples: samples, options: SolverOptions(listsComponents: true))
    let all = Array(0..<samples)
    for (threads, rows) in [(1, all), (2, [0]), (3, [1, 0]), (2, all + all.reversed())] {
      let simulator = try comparison.simulator(threads: threads)
      try comparison.check(rows, simulator, " on \(threads) threads")
    }
    return comparison.differences
  }

  @Test("Components of 600 to 5,000 neurons", arguments: cases)
  func several(_ example: Case) throws {
    var differences = Differences()
    for backend in example.backends {
      differences += try Self.differences(example.graph, backend, samples: 3)
    }
    differences.expectNone()
  }

  @Test(
    "Many large components", .ifExhaustive, .tags(.exhaustive), arguments: [600, 3000, 5000], 0..<6)
  func many(size: Int, seed: UInt64) throws {
    var differences = Differences()
    for (index, gain) in [0.5, 0.7, 0.9, 1, 1.1].enumerated() {
      let graphs = [
        LargeNetworks.scattered(size, degree: 4 + (Int(seed) + index) % 7, gain: gain, seed: seed),
        LargeNetworks.uneven(size, gain: gain, seed: seed),
        LargeNetworks.lattice(size == 600 ? 25 : size == 3000 ? 55 : 71, gain: gain, seed: seed),
      ]
      for graph in graphs {
        let backends =
          ["automatic", "iterative", "edge-list"] + (size == 600 ? ["direct", "klu"] : [])
        for backend in backends {
          differences += try Self.differences(graph, backend, samples: 8)
        }
      }
    }
    differences.expectNone()
  }
}
