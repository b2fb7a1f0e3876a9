import Testing

@testable import Cyclograd

@Suite("Networks as parts of networks")
struct InstanceTests {
  private let cell = Graph("cell", seed: 5) {
    Group("u", size: 2, role: .input)
    Group("h", size: 3, activation: .tanh, bias: .normal(0.2))
    Group("y", size: 2, role: .output, bias: .frozen(0.25))
    Connection("u", to: "h", weight: .normal(0.5).shared("w"))
    Connection("h", to: "h", .inDegree(2), weight: .normal(0.3))
    Connection("h", to: "y", weight: .normal(0.4))
    Edge("h.0", to: "y.1", weight: .frozen(0.75))
  }

  @GraphBuilder private func twice(tied: Bool) -> [GraphBuilder.Part] {
    let encoder = Instance("encoder", of: cell)
    Group("x", size: 2, role: .input)
    Connection("x", to: "encoder", .oneToOne, weight: .frozen(1))
    Connection("encoder", to: "decoder", .oneToOne, weight: .frozen(1))
    encoder
    if tied { encoder.tied("decoder") } else { Instance("decoder", of: cell) }
    Outputs(NeuronRange("decoder"))
  }

  @Test("A part answers as the graph does by itself, with the numbers that it draws there")
  func answers() throws {
    let (alone, own) = try cell.compile()
    let (network, parameters) = try Graph("twice", seed: 77) { twice(tied: false) }.compile()
    let inputs = Matrix([[0.4, -1.2]])
    let first = try Simulator(alone).equilibrium(own, inputs: inputs).outputs
    let second = try Simulator(alone).equilibrium(own, inputs: first).outputs
    let both = try Simulator(network).equilibrium(parameters, inputs: inputs).outputs
    for (x, y) in zip(both.elements, second.elements) { #expect(abs(x - y) < 1e-9) }
    #expect(network.outputNames == ["decoder.y.0", "decoder.y.1"])
    #expect(network.trainableParameterCount == 2 * alone.trainableParameterCount)
  }

  @Test("Tied parts have their parameters once")
  func tied() throws {
    let (alone, _) = try cell.compile()
    let (network, _) = try Graph("tied") { twice(tied: true) }.compile()
    #expect(network.trainableParameterCount == alone.trainableParameterCount)
    var places: [String: Int] = [:]
    network.forEachParameterUse { places["\($0.source ?? "") \($0.target)"] = $0.parameter }
    for (key, parameter) in places where key.contains("encoder.") && !key.contains("decoder") {
      guard !key.contains("x.") else { continue }
      #expect(places[key.replacing("encoder", with: "decoder")] == parameter, "\(key)")
    }
  }

  /// The initial values by what they belong to, without a part's name.
  private func values(_ graph: Graph, of part: String = "") throws -> [String: Double] {
    let (network, parameters) = try graph.compile()
    var result: [String: Double] = [:]
    network.forEachParameterUse {
      let source = $0.source.map { "\($0)" } ?? ""
      guard $0.target.hasPrefix(part), source.isEmpty || source.hasPrefix(part) else { return }
      result["\(source.dropFirst(part.count)) \($0.target.dropFirst(part.count)) \($0.unit)"] =
        parameters.values[$0.parameter]
    }
    return result
  }

  @Test("What feeds a part does not change what it draws by its fan-in", arguments: [false, true])
  func fanIns(isTied: Bool) throws {
    let inner = Graph("inner", seed: 3) {
      Group("a", size: 2, role: .input, activation: .tanh, bias: .uniform(-1...1, scaled: .fanIn))
      Group("b", size: 2, role: .output, bias: .normal(1, scaled: .fanIn))
      Connection("a", to: "a", .random(probability: 0.7))
      Connection("a", to: "b", weight: .single(.uniform(lower: -1, upper: 1, scaled: .fanIn)))
      Edge("b.0", to: "a.0")
    }
    let outer = Graph("outer", seed: 4) {
      Group("u", size: 3, role: .input)
      Instance("inner", of: inner)
      Connection("u", to: "inner")
      Connection("inner", to: "u", weight: .normal(1, scaled: .fanIn))
      Outputs(NeuronRange("inner.b"))
    }
    let whole = Graph("whole", seed: 5) {
      Group("x", size: 5, role: .input)
      Group("y", size: 1, role: .output)
      let part = Instance("part", of: outer)
      part
      if isTied { part.tied("other") } else { Instance("other", of: outer) }
      Connection("x", to: "part.u")
      Connection("x", to: "part.inner.a")
      Connection("x", to: "part.inner.b")
      Connection("part.inner.b", to: "other.u")
      Connection("other.inner.b", to: "y")
    }
    let alone = try values(outer)
    #expect(try values(whole, of: "part.") == alone)
    #expect(try values(whole, of: "other.") == alone)
    #expect(try values(outer, of: "inner.") == values(inner))
    let inline = Graph("inline", seed: 6) {
      Group("x", size: 5, role: .input)
      Connection("x", to: "u")
      outer
    }
    let found = try values(inline)
    for (key, value) in alone { #expect(found[key] == value, "\(key)") }
  }

  @Test("Without a seed of its own a part draws by its place in the whole")
  func seeds() throws {
    var plain = cell
    plain.seed = 0
    let graph = Graph("two", seed: 9) {
      Instance("a", of: plain)
      Instance("b", of: plain)
      Instance("c", of: cell)
      Instance("d", of: cell)
    }
    let (network, parameters) = try graph.compile()
    var values: [String: Double] = [:]
    network.forEachParameterUse {
      values["\($0.source ?? "") \($0.target)"] = parameters.values[$0.parameter]
    }
    #expect(values["a.u.0 a.h.1"] != values["b.u.0 b.h.1"])
    #expect(values["c.u.0 c.h.1"] == values["d.u.0 d.h.1"])
  }

  @Test("A function, a loop and a graph inline give the same graph as its parts written out")
  func functions() throws {
    @GraphBuilder func block(_ t: Int) -> [GraphBuilder.Part] {
      Group("h\(t)", size: 2, activation: .relu)
      Connection("h\(t - 1)", to: "h\(t)", weight: .normal(1).shared("w"))
    }
    let looped = Graph("g") {
      Group("h0", size: 2, role: .input)
      for t in 1...2 { block(t) }
    }
    let written = Graph("g") {
      Group("h0", size: 2, role: .input)
      Group("h1", size: 2, activation: .relu)
      Group("h2", size: 2, activation: .relu)
      Connection("h0", to: "h1", weight: .normal(1).shared("w"))
      Connection("h1", to: "h2", weight: .normal(1).shared("w"))
    }
    #expect(looped == written)
    let inline = Graph("inline", seed: 1) {
      cell
      Group("z", size: 1)
    }
    let values = try cell.compile().parameters.values
    #expect(Array(try inline.compile().parameters.values.prefix(6)) == Array(values.prefix(6)))
  }

  @Test("Names that collide and ports that are several groups are refused")
  func refusals() {
    let twoInputs = Graph("two") {
      Group("a", size: 1, role: .input)
      Group("b", size: 1, role: [.input, .output])
    }
    let wrong: [(Graph, String)] = [
      (
        Graph("g") {
          Instance("m", of: cell); Group("m", size: 1)
        }, "has the same name"
      ),
      (
        Graph("g") {
          Instance("m", of: cell); Instance("m", of: cell)
        }, "another group has the same name"
      ),
      (
        Graph("g") {
          Group("x", size: 1); Instance("m", of: twoInputs); Connection("x", to: "m")
        },
        "is no single group"
      ),
    ]
    for (graph, message) in wrong {
      let error = #expect(throws: CyclogradError.self) { try graph.compile() }
      #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
    }
  }

  @Test("Strictly lower connections are no cycle")
  func strictlyLower() throws {
    let (network, _) = try Graph(
      name: "g", groups: [Group("x", size: 5)],
      connections: [
        Connection("x", to: "x", .strictlyLower)
      ]
    ).compile()
    #expect(network.edgeCount == 10 && network.cyclicComponentCount == 0)
  }

  @Test("Names and time constants of neurons survive, behind the name of the instance")
  func namesAndTimes() throws {
    let cell = Graph("cell") {
      Group("u", neurons: ["a", "b"], role: .input)
      Group("h", size: 2, role: .output).timeConstant(3)
      Connection("u", to: "h", .oneToOne)
    }
    let (network, _) = try Graph("g") {
      Instance("encoder", of: cell)
      Instance("decoder", of: cell)
      Connection("encoder", to: "decoder")
    }.compile()
    #expect(
      network.neuronNames == [
        "encoder.a", "encoder.b", "encoder.h.0", "encoder.h.1", "decoder.a", "decoder.b",
        "decoder.h.0", "decoder.h.1",
      ])
    #expect(network.groups.map(\.timeConstant) == [1, 3, 1, 3])
  }
}
