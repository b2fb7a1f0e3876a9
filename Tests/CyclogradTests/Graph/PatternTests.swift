import Foundation
import Testing

@testable import Cyclograd

@Suite("Connection rules")
struct PatternTests {
  /// The edges of a rule between groups of given sizes, as [target, source], in order.
  static func edges(
    _ pattern: Pattern, from: Int, to: Int, sameGroup: Bool = false, allowsSelf: Bool = true,
    seed: UInt64 = 1, index: Int = 0
  ) throws -> [[Int]] {
    let expander = PatternExpander(
      pattern: pattern, from: Group("a", size: from), to: Group(sameGroup ? "a" : "b", size: to),
      excludesSelf: !allowsSelf,
      stream: CounterRandom(seed: seed, purpose: .pattern, index: index))
    var edges: [[Int]] = []
    try expander.expand { target, source, _ in
      if allowsSelf || target != source { edges.append([target, source]) }
    }
    return edges
  }

  @Test("All to all and one to one")
  func fixed() throws {
    #expect(
      try Self.edges(.all, from: 2, to: 3) == [
        [0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1],
      ])
    #expect(
      try Self.edges(.all, from: 2, to: 2, sameGroup: true, allowsSelf: false) == [
        [0, 1], [1, 0],
      ])
    #expect(try Self.edges(.oneToOne, from: 3, to: 3) == [[0, 0], [1, 1], [2, 2]])
    #expect(throws: PatternProblem.self) { try Self.edges(.oneToOne, from: 3, to: 2) }
  }

  @Test("A fixed in-degree is exact, without duplicates or self-loops", arguments: [true, false])
  func inDegree(allowsSelf: Bool) throws {
    for (size, degree) in [(1, 0), (2, 1), (10, 3), (10, 9), (50, 0), (50, 49), (300, 7)] {
      let edges = try Self.edges(
        .inDegree(degree), from: size, to: size, sameGroup: true, allowsSelf: allowsSelf)
      #expect(edges.count == size * degree)
      #expect(Set(edges).count == edges.count)
      for target in 0..<size {
        let sources = edges[target * degree..<(target + 1) * degree]
        #expect(sources.allSatisfy { $0[0] == target && (0..<size).contains($0[1]) })
        #expect(zip(sources, sources.dropFirst()).allSatisfy { $0[1] < $1[1] })
        if !allowsSelf { #expect(!sources.contains { $0[1] == target }) }
      }
    }
  }

  @Test("All choices of a fixed in-degree are equally likely")
  func inDegreeUniform() throws {
    let targets = 20_000
    let edges = try Self.edges(.inDegree(2), from: 5, to: targets, seed: 9)
    var counts: [[Int]: Int] = [:]
    for target in 0..<targets {
      counts[[edges[2 * target][1], edges[2 * target + 1][1]], default: 0] += 1
    }
    let mean = Double(targets) / 10
    let chiSquare = counts.values.reduce(0) { $0 + pow(Double($1) - mean, 2) / mean }
    #expect(counts.count == 10)
    #expect(chiSquare < 9 + 5 * 18.0.squareRoot())
    // Without self-loops each of the others is equally likely.
    let size = 30
    var others = [Int](repeating: 0, count: size)
    for seed in 0..<400 {
      for edge in try Self.edges(
        .inDegree(4), from: size, to: size, sameGroup: true, allowsSelf: false, seed: UInt64(seed))
      where edge[0] == 12 { others[edge[1]] += 1 }
    }
    #expect(others[12] == 0)
    let expected = 400 * 4 / 29.0
    let spread = others.enumerated().reduce(0.0) {
      $0 + ($1.offset == 12 ? 0 : pow(Double($1.element) - expected, 2) / expected)
    }
    #expect(spread < 28 + 5 * 56.0.squareRoot())
  }

  @Test(
    "A probability gives its share of edges, evenly spread", .tags(.slow), .unlessFast,
    arguments: [1e-6, 1e-5, 9.9e-6, 1e-3, 0.02, 0.3, 0.5, 0.9, 0.999])
  func probability(_ p: Double) throws {
    let (from, to) = p < 1e-4 ? (3000, 2000) : (250, 120)
    let trials = Double(from * to)
    var total = 0.0
    var perCell = [Double](repeating: 0, count: 20)
    let repeats = 8
    for seed in 0..<repeats {
      let edges = try Self.edges(.random(probability: p), from: from, to: to, seed: UInt64(seed))
      #expect(Set(edges).count == edges.count)
      #expect(edges.allSatisfy { (0..<to).contains($0[0]) && (0..<from).contains($0[1]) })
      #expect(
        zip(edges, edges.dropFirst()).allSatisfy { $0[0] * from + $0[1] < $1[0] * from + $1[1] })
      total += Double(edges.count)
      for edge in edges { perCell[edge[1] * 20 / from] += 1 }
    }
    let mean = trials * p * Double(repeats)
    let variance = mean * (1 - p)
    #expect(abs(total - mean) <= 5 * variance.squareRoot() + 1e-9, "\(total) for \(mean)")
    guard mean > 400, from % 20 == 0 else { return }
    let cell = mean / 20
    let chiSquare = perCell.reduce(0) { $0 + pow($1 - cell, 2) / (cell * (1 - p)) }
    #expect(chiSquare < 20 + 5 * 40.0.squareRoot(), "\(perCell)")
  }

  @Test("Probabilities of 0 and 1 are exact")
  func certain() throws {
    #expect(try Self.edges(.random(probability: 0), from: 30, to: 20).isEmpty)
    #expect(
      try Self.edges(.random(probability: 1), from: 30, to: 20)
        == Self.edges(.all, from: 30, to: 20))
    #expect(try Self.edges(.random(probability: .leastNonzeroMagnitude), from: 30, to: 20).isEmpty)
    for bad in [-0.1, 1.1, .nan, .infinity] {
      #expect(throws: PatternProblem.self) {
        try Self.edges(.random(probability: bad), from: 3, to: 2)
      }
    }
  }

  static func uses(_ graph: Graph, to target: String) throws -> [String] {
    let (network, parameters) = try graph.compile()
    var result: [String] = []
    network.forEachParameterUse {
      if let source = $0.source, $0.target.hasPrefix(target) {
        result.append("\(source) \($0.target) \(parameters.values[$0.parameter])")
      }
    }
    return result
  }

  @Test("Patterns and draws are the same when compiled again, whatever else the graph has")
  func stability() throws {
    let graph = Graph("stable", seed: 5) {
      Group("a", size: 20)
      Group("b", size: 10)
      Connection("a", to: "b", .random(probability: 0.3))
      Connection("a", to: "a", .inDegree(3), weight: .normal(1))
    }
    let first = try Self.uses(graph, to: "b")
    #expect(try Self.uses(graph, to: "b") == first)
    #expect(try graph.compile().parameters == graph.compile().parameters)
    var extended = graph
    extended.groups.append(Group("c", size: 4))
    extended.connections.append(Connection("b", to: "c", .random(probability: 0.5)))
    extended.edges.append(Edge(.init("c", 0), to: .init("a", 0)))
    extended.connections[1].pattern = .inDegree(5)
    #expect(try Self.uses(extended, to: "b") == first)
    var reseeded = graph
    reseeded.seed = 6
    #expect(try Self.uses(reseeded, to: "b") != first)
  }

  @Test("Entries give their edges and weights")
  func entries() throws {
    let entries = SparseEntries(rows: [1, 0, 1], columns: [2, 0, 0], values: [0.5, -1, 2])
    let graph = Graph("entries") {
      Group("a", size: 3)
      Group("b", size: 2)
      Connection("a", to: "b", .entries(entries))
    }
    #expect(try Self.uses(graph, to: "b") == ["a.0 b.0 -1.0", "a.0 b.1 2.0", "a.2 b.1 0.5"])
  }

  @Test(
    "Drawn patterns whose weights have one name have the same edges, others have their own",
    arguments: [Pattern.random(probability: 0.3), .inDegree(3)])
  func named(_ pattern: Pattern) throws {
    let graph = Graph("named", seed: 2) {
      Group("h0", size: 12, role: .input)
      for t in 1...3 { Group("h\(t)", size: 12) }
      Connection("h0", to: "h1", pattern, weight: .normal(1).shared("w"))
      Connection("h1", to: "h2", pattern, weight: .normal(1).shared("w"))
      Connection("h2", to: "h3", pattern)
    }
    let layout = try graph.compile().network.parameterLayout
    func edges(_ group: Int) -> [[Int]] {
      var rows: [[Int]] = []
      for row in 12 * group..<12 * group + 12 {
        let columns = layout.columns[layout.rowStarts[row]..<layout.rowStarts[row + 1]]
        rows.append(columns.map { Int($0) - 12 * (group - 1) })
      }
      return rows
    }
    #expect(edges(1) == edges(2) && edges(2) != edges(3))
    #expect(!edges(1).joined().isEmpty)
  }
}
