import Testing

@testable import Cyclograd

@Suite("A single edge replaces the same edge of a rule")
struct SingleEdgeTests {
  /// Weights by source and target.
  private func weights(_ graph: Graph) throws -> [String: Double] {
    let (network, parameters) = try graph.compile()
    var result: [String: Double] = [:]
    network.forEachParameterUse { use in
      if let source = use.source {
        result["\(source) \(use.target)"] = parameters.values[use.parameter]
      }
    }
    return result
  }

  @Test("The other edges of the rule keep their weights")
  func replaced() throws {
    let plain = Graph("plain", seed: 5) {
      Group("x", size: 3, role: .input)
      Group("y", size: 2, role: .output)
      Connection("x", to: "y", weight: .normal(1))
    }
    var changed = plain
    changed.edges = [Edge(NeuronReference("x", 1), to: NeuronReference("y", 1), weight: 7)]
    var expected = try weights(plain)
    #expect(expected.count == 6)
    #expect(expected.updateValue(7, forKey: "x.1 y.1") != nil)
    #expect(try weights(changed) == expected)
  }

  @Test("Lists and ties of the rule keep their places")
  func places() throws {
    let graph = Graph("ties") {
      Group("a", size: 2, role: [.input, .output])
      Connection("a", to: "a", weight: .init([1, 2, 3, 4], share: "w"))
      Group("b", size: 2)
      Connection("b", to: "b", weight: .shared("w"))
      Edge(NeuronReference("a", 0), to: NeuronReference("a", 0), weight: 9)
    }
    let found = try weights(graph)
    #expect(found["a.0 a.0"] == 9)
    #expect(found["a.1 a.0"] == 2)
    #expect(found["b.0 b.0"] == 1)
    #expect(found["b.1 b.1"] == 4)
    #expect(try graph.compile().network.weightParameterCount == 5)
  }

  @Test("Many replaced edges, in rows with and without them, against the plain definition")
  func many() throws {
    for seed in 0..<20 as Range<UInt64> {
      var graph = Graph("random", seed: seed) {
        Group("a", size: 9, role: [.input, .output])
        Connection("a", to: "a", .random(probability: 0.5), weight: .normal(1))
      }
      var expected = try weights(graph)
      let random = CounterRandom(seed: seed, purpose: .check, index: 0)
      for draw in 0..<12 {
        let source = random.index(2 * draw, below: 9)
        let target = random.index(2 * draw + 1, below: 6)
        let edge = Edge(
          NeuronReference("a", source), to: NeuronReference("a", target),
          weight: ParameterRule(.constant(Double(draw))))
        guard !graph.edges.contains(where: { $0.source == edge.source && $0.target == edge.target })
        else { continue }
        graph.edges.append(edge)
        expected["a.\(source) a.\(target)"] = Double(draw)
      }
      #expect(try weights(graph) == expected)
    }
  }

  @Test("A list beside a role must say the same, and gives the order")
  func rolesAndLists() throws {
    var graph = Graph("roles") {
      Group("x", size: 3, role: .input)
      Group("y", size: 1, role: .output)
      Connection("x", to: "y")
      Inputs(NeuronRange("x", 2...2), NeuronRange("x", 0...1))
    }
    #expect(try graph.compile().network.inputNames == ["x.2", "x.0", "x.1"])
    for wrong in [[NeuronRange("x", 0...1)], [NeuronRange("x"), NeuronRange("y")]] {
      graph.inputs = wrong
      #expect(throws: CyclogradError.self) { try graph.compile() }
    }
  }
}
