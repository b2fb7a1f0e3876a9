import Testing

@testable import Cyclograd

@Suite("Parameters: initial values, ties, trainability")
struct ParameterTests {
  /// Values by use, `source target unit` or `target unit` for a bias.
  static func values(_ graph: Graph) throws -> (values: [String: Double], places: [String: Int]) {
    let (network, parameters) = try graph.compile()
    var values: [String: Double] = [:]
    var places: [String: Int] = [:]
    network.forEachParameterUse { use in
      let key = (use.source.map { "\($0) " } ?? "") + "\(use.target) \(use.unit)"
      values[key] = parameters.values[use.parameter]
      places[key] = use.parameter
    }
    return (values, places)
  }

  @Test("Sharing by name is position by position")
  func shareByPosition() throws {
    let (values, places) = try Self.values(
      Graph("share", seed: 8) {
        Group("a", size: 2)
        Group("b", size: 2)
        Group("c", size: 2)
        Connection("a", to: "b", weight: ParameterRule([1, 2, 3, 4], share: "w"))
        Connection("b", to: "c", weight: .shared("w"))
        Connection("c", to: "c", .oneToOne, weight: ParameterRule([5, 6], share: "v"))
        Connection("b", to: "a", .oneToOne, weight: .shared("v"))
      })
    // Targets, then sources: (0,0), (0,1), (1,0), (1,1).
    for (index, pair) in [(0, 0), (0, 1), (1, 0), (1, 1)].enumerated() {
      let first = "a.\(pair.1) b.\(pair.0) 0"
      let second = "b.\(pair.1) c.\(pair.0) 0"
      #expect(values[first] == Double(index + 1))
      #expect(values[second] == Double(index + 1))
      #expect(places[first] == places[second])
    }
    for index in 0..<2 {
      #expect(values["b.\(index) a.\(index) 0"] == Double(5 + index))
      #expect(places["b.\(index) a.\(index) 0"] == places["c.\(index) c.\(index) 0"])
    }
    #expect(Set(places.values).count == 4 + 2 + 6)
  }

  @Test("Patterns with values can be shared where the values are the same")
  func sharedPatternValues() throws {
    func graph(_ last: Double) -> Graph {
      func pattern(_ value: Double) -> Pattern {
        .entries(.init(rows: [0, 1], columns: [0, 1], values: [0.5, value]))
      }
      return Graph("share", seed: 8) {
        Group("a", size: 2)
        Group("b", size: 2)
        Connection("a", to: "b", pattern(0.125), weight: .shared("w"))
        Connection("b", to: "a", pattern(last), weight: .shared("w"))
      }
    }
    let (values, places) = try Self.values(graph(0.125))
    #expect(values["a.1 b.1 0"] == 0.125 && places["a.1 b.1 0"] == places["b.1 a.1 0"])
    #expect { try graph(0.25).compile() } throws: {
      ($0 as? CyclogradError)?.message.contains("initial values differ") == true
    }
  }

  @Test("Lists follow the order of the edges, whatever order the network takes")
  func lists() throws {
    let (values, _) = try Self.values(
      Graph("lists") {
        Group("late", size: 2, bias: [10, 20])
        Group("early", size: 3, bias: .single(7))
        Connection("early", to: "late", weight: [1, 2, 3, 4, 5, 6])
        Connection("late", to: "late", self: false, weight: [-1, -2])
      })
    for target in 0..<2 {
      for source in 0..<3 {
        #expect(values["early.\(source) late.\(target) 0"] == Double(3 * target + source + 1))
      }
    }
    #expect(values["late.1 late.0 0"] == -1)
    #expect(values["late.0 late.1 0"] == -2)
    #expect(values["late.0 0"] == 10)
    #expect(values["late.1 0"] == 20)
    #expect(values["early.2 0"] == 7)
  }

  @Test("Entries are found by position")
  func entries() throws {
    let (values, _) = try Self.values(
      Graph("entries") {
        Group("a", size: 2)
        Connection(
          "a", to: "a", self: false,
          weight: .init(.entries(SparseEntries(rows: [1, 0], columns: [0, 1], values: [3, 4]))))
      })
    #expect(values["a.0 a.1 0"] == 3)
    #expect(values["a.1 a.0 0"] == 4)
  }

  @Test("Draws are the stream's, scaled by the fan-in where that is asked for")
  func draws() throws {
    let (values, _) = try Self.values(
      Graph("draws", seed: 21) {
        Group("a", size: 3, bias: .uniform(-1...2))
        Group("b", size: 2, bias: .normal(0.5, scaled: .fanIn))
        Group("c", size: 1, bias: .uniform(1...2, scaled: .fanIn))
        Connection("a", to: "b", weight: .normal(2))
        Connection("b", to: "b", .oneToOne, weight: .uniform(-1...3, scaled: .fanIn))
        Connection("a", to: "a", .oneToOne)
        Edge(.init("c", 0), to: .init("a", 1))
      })
    func stream(_ purpose: CounterRandom.Purpose, _ index: Int) -> CounterRandom {
      CounterRandom(seed: 21, purpose: purpose, index: index)
    }
    for k in 0..<3 { #expect(values["a.\(k) 0"] == -1 + 3 * stream(.bias, 0).uniform(k)) }
    for k in 0..<2 {
      // Four edges enter each of b.
      #expect(values["b.\(k) 0"] == 0.5 * stream(.bias, 1).normal(k) / 2)
      for j in 0..<3 {
        #expect(values["a.\(j) b.\(k) 0"] == 2 * stream(.weights, 0).normal(3 * k + j))
      }
      #expect(values["b.\(k) b.\(k) 0"] == (-1 + 4 * stream(.weights, 1).uniform(k)) / 2)
    }
    // None enters c, so what is scaled by it is 0.
    #expect(values["c.0 0"] == 0)
    // The default: uniform(−1, 1) / √fan-in; a.1 has two edges.
    for k in 0..<3 {
      let drawn = -1 + 2 * stream(.weights, 2).uniform(k)
      #expect(values["a.\(k) a.\(k) 0"] == drawn / Double(k == 1 ? 2 : 1).squareRoot())
    }
    #expect(
      values["c.0 a.1 0"] == (-1 + 2 * stream(.edgeWeight, 0).uniform(0)) / 2.0.squareRoot())
  }

  @Test("The default bias is 0, and only a pure input's is frozen")
  func defaults() throws {
    let (network, parameters) = try Graph("defaults") {
      Group("in", size: 2, role: .input)
      Group("both", size: 3, role: [.input, .output])
      Group("out", size: 1, role: .output)
      Group("own", size: 1, role: .input, bias: .init(0.5, isTrainable: true))
    }.compile()
    #expect(parameters.values == [0, 0, 0, 0, 0, 0, 0.5])
    #expect(
      (0..<7).map { network.isTrainable(parameter: $0) }
        == [false, false, true, true, true, true, true])
    #expect(network.trainableParameterCount == 5)
    #expect(network.parameterCount == 7)
    #expect(network.weightParameterCount == 0)
  }

  @Test("Trainable counts with frozen and tied parameters")
  func counts() throws {
    let graph = Graph("counts") {
      Group("a", size: 4, bias: .frozen(0.1))
      Group("b", size: 3, combine: .product, units: [.init(), .init(.tanh, bias: .single(1))])
      Connection("a", to: "b", weight: .single(0.1).frozen())
      Connection("a", to: "b", unit: 1, weight: .normal(1).shared("w").frozen())
      Connection("b", to: "a", weight: .normal(1))
    }
    let (network, _) = try graph.compile()
    #expect(network.edgeCount == 36)
    #expect(network.weightParameterCount == 1 + 12 + 12)
    #expect(network.parameterCount == 25 + 4 + 3 + 1)
    #expect(network.trainableParameterCount == 12 + 3 + 1)
    var frozen = Set<Int>()
    network.forEachParameterUse { use in
      if !network.isTrainable(parameter: use.parameter) { frozen.insert(use.parameter) }
    }
    #expect(frozen.count == 1 + 12 + 4)
    // Frozen parameters have derivatives all the same.
    let problem = try Problem(
      {
        var graph = graph
        graph.outputs = [NeuronRange("b")]
        graph.connections[2].weight = .uniform(-0.05...0.05)
        return graph
      }())
    try problem.expectAgreement("direct")
  }
}
