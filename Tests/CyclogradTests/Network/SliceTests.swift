import TestSupport
import Testing

@testable import Cyclograd

@Suite("A network in slices")
struct SliceTests {
  /// The slices of a graph, as that many processes have them.
  static func slices(_ graph: Graph, parts: Int) throws -> [NetworkSlice] {
    var drafts = try (0..<parts).map { try graph.draft(parts: parts, index: $0) }
    let count = drafts[0].largestFanIn.count
    let largest = (0..<count).map { tie in drafts.map { $0.largestFanIn[tie] }.max() ?? 0 }
    for index in drafts.indices { drafts[index].largestFanIn = largest }
    return drafts.map { $0.slice() }
  }

  /// Puts slices together and compares them with the compiled graph, bit by bit.
  static func check(_ graph: Graph, parts: Int) throws {
    let (network, parameters) = try graph.compile()
    let layout = network.parameterLayout
    let slices = try Self.slices(graph, parts: parts)
    let comment = Comment(rawValue: "\(graph.name), \(parts) parts")
    var starts = [0]
    for slice in slices {
      let base = starts[starts.count - 1]
      starts += slice.rowStarts.dropFirst().map { base + Int($0) }
      #expect(slice.starts.first == 0 && slice.starts.last == network.neuronCount, comment)
      #expect(slice.neurons.count == slice.map.neuronCount, comment)
      #expect(slice.units.count == slice.rowStarts.count - 1, comment)
    }
    #expect(starts == layout.rowStarts, comment)
    #expect(slices.flatMap(\.columns) == layout.columns, comment)
    #expect(
      slices.flatMap { $0.weights($0.parameters) }.map(\.bitPattern)
        == layout.weightValues(parameters).map(\.bitPattern), comment)
    #expect(
      slices.flatMap { $0.biases($0.parameters) }.map(\.bitPattern)
        == layout.biasValues(parameters).map(\.bitPattern), comment)
    let own = slices.reduce(0) { $0 + $1.ownWeightCount + $1.ownBiasCount }
    #expect(own + slices[0].tiedCount == network.parameterCount, comment)
    let frozen = slices.reduce(0) { $0 + $1.frozenOwnCount } + slices[0].frozenTiedCount
    #expect(network.parameterCount - frozen == network.trainableParameterCount, comment)
    for slice in slices {
      #expect(
        slice.parameters.suffix(slice.tiedCount) == slices[0].parameters.suffix(slice.tiedCount))
      #expect(slice.inputNames == network.inputNames && slice.outputNames == network.outputNames)
    }
  }

  /// Every pattern, with and without edges to oneself, with every kind of initial values and ties.
  static let patterns = Graph("patterns", seed: 3) {
    Group("x", shape: [2, 5, 4], role: .input)
    Group("h", shape: [2, 5, 4], activation: .tanh, bias: .uniform(-1...1, scaled: .fanIn))
    Group("k", size: 40, activation: .tanh, bias: .single(.normal(deviation: 1, scaled: .fanIn)))
    Group("p", size: 7, activation: .softmax)
    Group("y", size: 9, role: .output, bias: .normal(0.5))
    Connection("x", to: "h", .neighborhood(Neighborhood(3, 2)), weight: .kernel(.defaultWeight))
    Connection(
      "h", to: "h",
      .neighborhood(Neighborhood(3, 3, dilation: .init(1, 1), boundary: .wrap)), self: false,
      weight: .normal(1, scaled: .fanIn))
    Connection("k", to: "k", .random(probability: 0.2), self: false, weight: .uniform(-1...1))
    Connection("h", to: "k", .inDegree(7))
    Connection("k", to: "h", .oneToOne, weight: .frozen(0.5))
    Connection("k", to: "p", .random(probability: 0.3), weight: .single(.normal(deviation: 1)))
    Connection("p", to: "p", .strictlyLower)
    Connection("p", to: "y", .all, weight: .uniform(-1...1).shared("s"))
    Connection("y", to: "p", .all, weight: .shared("s", factor: -2, transposed: true))
    Connection("y", to: "y", .all, self: false)
    Edge("h.0", to: "k.39", weight: 7)
    Edge("k.3", to: "k.2", weight: .normal(1))
  }

  @Test("Slices put together are the compiled graph, whatever their number", arguments: 1...6)
  func parts(parts: Int) throws {
    try Self.check(Self.patterns, parts: parts)
    for seed in 1...12 {
      try Self.check(RandomGraphs.make(.tame, seed: UInt64(seed)), parts: parts)
    }
  }

  @Test("Matrices in any order give every process its own entries")
  func matrices() throws {
    let entries = SparseEntries(
      rows: [3, 0, 2, 0, 3, 1], columns: [0, 2, 2, 1, 3, 1], values: [1, 2, 3, 4, 5, 6])
    var unweighted = entries
    unweighted.values = nil
    for (pattern, rule) in [
      (entries, ParameterRule.default), (unweighted, .normal(1)), (unweighted, .file("")),
      (entries, .default.shared("m")),
    ] {
      var rule = rule
      if case .file? = rule.initial { rule = ParameterRule(.list([1, 2, 3, 4, 5])) }
      let graph = Graph("matrix") {
        Group("h", size: 4, role: [.input, .output], activation: .tanh)
        Connection(
          "h", to: "h", .entries(pattern),
          self: rule.initial.map { if case .list = $0 { false } else { true } } ?? true,
          weight: rule)
      }
      // Two of the entries are edges to oneself, so the list is too long where these are left out.
      guard (try? graph.compile()) != nil else { continue }
      for parts in 1...5 { try Self.check(graph, parts: parts) }
    }
    let graph = Graph("matrix of values") {
      Group("h", size: 4, role: [.input, .output], activation: .tanh)
      Connection("h", to: "h", .entries(unweighted), weight: ParameterRule(.entries(entries)))
    }
    for parts in 1...5 { try Self.check(graph, parts: parts) }
  }

  @Test("Edges are counted as they are expanded")
  func counts() throws {
    let windows = [
      Neighborhood(3, 3), Neighborhood(2, 3, boundary: .wrap),
      Neighborhood(1, 1, stride: .init(2, 2)),
      Neighborhood(3, 2, offset: .init(0, -1), dilation: .init(2, 1)),
      Neighborhood(3, 3, channels: .oneToOne),
    ]
    let shapes = [[2, 6, 5], [2, 6, 5], [2, 3, 2], [2, 6, 5], [2, 6, 5]]
    for excludesSelf in [false, true] {
      var cases: [(Pattern, Group, Group)] = zip(windows, shapes).map {
        (.neighborhood($0), Group("a", shape: [2, 6, 5]), Group("a", shape: $1))
      }
      let group = Group("a", size: 23)
      cases += [
        (.all, group, group), (.oneToOne, group, group), (.strictlyLower, group, group),
        (.strictlyLower, Group("b", size: 9), group), (.inDegree(4), group, group),
        (.random(probability: 0.3), group, group),
      ]
      for (pattern, from, to) in cases where !excludesSelf || from.shape == to.shape {
        let expander = PatternExpander(
          pattern: pattern, from: from, to: to, excludesSelf: excludesSelf,
          stream: CounterRandom(seed: 4, purpose: .pattern, index: 0))
        var degrees = [Int](repeating: 0, count: to.size)
        try expander.expand { target, source, _ in
          if !excludesSelf || target != source { degrees[target] += 1 }
        }
        let counts = try EdgeCounts(expander)
        for target in 0...to.size {
          let exact = try counts.exact(before: target)
          #expect(exact.before == degrees[..<target].reduce(0, +), "\(pattern), \(target)")
          #expect(exact.all == degrees.reduce(0, +))
        }
      }
    }
  }

  @Test("Slices have about as many edges, and groups with a softmax stay whole")
  func balance() throws {
    let graph = Graph("uneven", seed: 1) {
      Group("few", size: 500, role: .input, activation: .tanh)
      Group("many", size: 500, role: .output, activation: .tanh)
      Group("p", size: 90, activation: .softmax)
      Connection("few", to: "few", .inDegree(2))
      Connection("few", to: "many", .inDegree(30))
      Connection("many", to: "p", .inDegree(3))
    }
    for parts in 2...5 {
      let slices = try Self.slices(graph, parts: parts)
      let costs = slices.map { $0.columns.count + 4 * $0.units.count }
      #expect(Double(costs.max()!) < 1.1 * Double(costs.reduce(0, +)) / Double(parts) + 500)
      for start in slices[0].starts { #expect(start <= 1000 || start == 1090) }
    }
  }

  @Test("An edge that is there twice is refused by the process that has it")
  func duplicates() throws {
    let graph = Graph("twice") {
      Group("h", size: 6, role: [.input, .output])
      Connection("h", to: "h", .oneToOne)
      Connection("h", to: "h", .inDegree(6))
    }
    #expect(throws: CyclogradError.self) { try Self.slices(graph, parts: 2) }
    let one = Graph("once more") {
      Group("h", size: 6, role: [.input, .output])
      Edge("h.5", to: "h.0", weight: 1)
      Edge("h.5", to: "h.0", weight: 1)
    }
    #expect(throws: CyclogradError.self) { try one.draft(parts: 2, index: 0) }
    #expect(throws: Never.self) { try one.draft(parts: 2, index: 1) }
  }
}
