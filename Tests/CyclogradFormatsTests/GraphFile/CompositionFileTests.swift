import Cyclograd
import CyclogradFormats
import Foundation
import Testing

@Suite("Modules, instances and repetitions in graph files")
struct CompositionFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let cell = """
    format: cyclograd/1
    seed: 5
    groups:
      - {name: u, size: 2, role: input}
      - {name: h, size: 3, activation: tanh, bias: {normal: 0.2}}
      - {name: y, size: 2, role: output}
    connections:
      - {from: u, to: h, share: w}
      - {from: h, to: h, pattern: {in-degree: 2}, weight: {normal: 0.3}}
      - {from: h, to: y}
    """

  @Test("A file says what Swift says")
  func equalToSwift() throws {
    _ = try folder.write(Self.cell, "cell.yaml")
    let document = try GraphFile.parse(
      """
      format: cyclograd/1
      seed: 4
      modules:
        cell: {file: cell.yaml}
        pair:
          instances: [{name: one, module: cell}, {name: two, tied: one}]
          connections: [{from: one, to: two, pattern: one-to-one, weight: 1, trainable: false}]
          inputs: [one]
          outputs: [two]
      groups: [{name: x, size: 2, role: input}]
      connections:
        - {from: x, to: left, pattern: one-to-one}
        - {from: left, to: right}
      edges: [[left.one.h.0, right.0, 0.5]]
      outputs: [right]
      instances:
        - {name: left, module: pair}
        - {name: right, module: cell, seed: 8}
      """, folder: folder("")
    ).resolved()
    let cell = try GraphFile.parse(Self.cell).graph
    let one = Instance("one", of: cell)
    let pair = Graph("") {
      one
      one.tied("two")
      Connection("one", to: "two", .oneToOne, weight: .frozen(1))
      Inputs(NeuronRange("one"))
      Outputs(NeuronRange("two"))
    }
    let graph = Graph("", seed: 4) {
      Group("x", size: 2, role: .input)
      Connection("x", to: "left", .oneToOne)
      Connection("left", to: "right")
      Edge("left.one.h.0", to: "right.0", weight: 0.5)
      Outputs(NeuronRange("right"))
      Instance("left", of: pair)
      Instance("right", of: cell, seed: 8)
    }
    #expect(document.graph.groups == graph.groups)
    #expect(Set(document.graph.connections) == Set(graph.connections))
    let (network, parameters) = try document.graph.compile(locate: document.location(of:))
    #expect(network.outputNames == ["right.y.0", "right.y.1"])
    // What is written out says the same, number for number.
    let again = try GraphFile.parse(GraphFile.text(for: document.graph)).graph
    #expect(again == document.graph)
    #expect(try again.compile().parameters == parameters)
  }

  @Test("A repetition is a loop in Swift")
  func repetition() throws {
    let file = try GraphFile.parse(
      """
      format: cyclograd/1
      groups: [{name: h0, size: 3, role: input}]
      repeat:
        - index: t
          from: 1
          to: 4
          groups: [{name: "h{t}", size: 3, activation: tanh, bias: {normal: 1, share: b}}]
          connections:
            - {from: "h{t-1}", to: "h{t}", weight: {normal: 0.5, share: w}}
          edges: [["h{t}.0", "h{t}.1", 0.5]]
          repeat:
            - {index: s, from: 1, to: 2, groups: [{name: "g{t}-{s}", size: 1}]}
        - {index: t, from: 3, to: 2, groups: [{name: never, size: 1}]}
      outputs: [h4]
      """)
    let graph = Graph("") {
      Group("h0", size: 3, role: .input)
      for t in 1...4 {
        Group("h\(t)", size: 3, activation: .tanh, bias: .normal(1).shared("b"))
        Connection("h\(t - 1)", to: "h\(t)", weight: .normal(0.5).shared("w"))
        Edge(NeuronReference("h\(t)", 0), to: NeuronReference("h\(t)", 1), weight: 0.5)
        for s in 1...2 { Group("g\(t)-\(s)", size: 1) }
      }
      Outputs(NeuronRange("h4"))
    }
    #expect(file.graph == graph)
  }

  @Test("Ties with factors are read and written")
  func factors() throws {
    let text = """
      format: cyclograd/1
      groups:
        - {name: a, size: 2, bias: {normal: 1, share: b}}
        - {name: c, size: 2, bias: {share: {name: b, factor: -1}}}
      connections:
        - {from: a, to: c, weight: {normal: 1}, share: w}
        - {from: c, to: a, share: {name: w, factor: -0.5, transposed: true}}

      """
    let graph = try GraphFile.parse(text).graph
    #expect(graph.connections[1].weight == .shared("w", factor: -0.5, transposed: true))
    #expect(graph.groups[1].units[0].bias == .shared("b", factor: -1))
    #expect(try GraphFile.parse(GraphFile.text(for: graph)).graph == graph)
    #expect(try GraphFile.parse(GraphFile.json(for: graph)).graph == graph)
  }

  @Test("Expanded networks and parameter files keep ties with factors")
  func expandedFactors() throws {
    let graph = Graph("g", seed: 2) {
      Group("x", size: 2, role: .input)
      Group("h", size: 2, activation: .tanh)
      Group("y", size: 2, role: .output, bias: .normal(1).shared("b", factor: 3))
      Connection("x", to: "h", weight: .normal(1).shared("w"))
      Connection("h", to: "y", weight: .shared("w", factor: -3, transposed: true))
    }
    let (network, parameters) = try graph.compile()
    let path = folder("p.safetensors")
    try ParametersFile.write(parameters, of: network, to: path)
    #expect(try ParametersFile.read(path, for: network) == parameters)
    var changed = parameters
    changed.values[0] = 1.0 / 3
    try ParametersFile.write(changed, of: network, to: path)
    try GraphFile.write(graph, to: folder("g.yaml"))
    var options = ImportOptions()
    options.parameters = path
    let expanded = try NetworkFormat.read(folder("g.yaml"), options: options).graph.compile()
    #expect(expanded.network.weightParameterCount == network.weightParameterCount)
    let inputs = Matrix([[0.25, -0.5]])
    let first = try Simulator(network).equilibrium(changed, inputs: inputs).outputs
    let second = try Simulator(expanded.network).equilibrium(expanded.parameters, inputs: inputs)
      .outputs
    #expect(first == second)
  }

  @Test(
    "What is wrong is said with its line",
    arguments: [
      (
        "modules: {a: {instances: [{name: i, module: a}]}}\ninstances: [{name: k, module: a}]", 2,
        "contains itself"
      ),
      ("modules:\n  a: {file: self.yaml}\ninstances: [{name: k, module: a}]", 3, "contain itself"),
      ("instances: [{name: k, module: b}]", 2, "there is no module 'b'"),
      (
        "modules: {a: {groups: [{name: h, size: 1}]}}\ninstances: [{name: k, module: a}, {name: k, module: a}]",
        3, "another instance"
      ),
      (
        "modules: {a: {groups: [{name: h, size: 1}]}}\ninstances: [{name: k, module: a}]\nconnections: [{from: k, to: k.h}]",
        4, "no single group"
      ),
      (
        "modules: {a: {groups: [{name: h, size: 1}]}}\ninstances: [{name: k, module: a}]\nconnections: [{from: k.g, to: k.h}]",
        4, "no group named 'k.g'"
      ),
      (
        "modules:\n  a: {groups: [{name: h, size: 1}], inputs: [g]}\ninstances: [{name: k, module: a}]\ngroups: [{name: x, size: 1}]\nconnections: [{from: x, to: k}]",
        6, "k"
      ),
      (
        "modules: {a: {groups: [{name: h, size: 1}]}}\ngroups: [{name: k, size: 1}]\ninstances: [{name: k, module: a}]",
        3, "same name"
      ),
      (
        "modules: {a: {groups: [{name: h, size: 1}]}}\nrepeat:\n  - {index: t, from: 1, to: 2, instances: [{name: k, module: a}]}",
        4, "another instance has the name 'k'"
      ),
      (
        "repeat:\n  - {index: t, from: 1, to: 2, groups: [{name: h, size: 1}]}", 3, "same name"
      ),
      (
        "groups: [{name: h, size: 1}]\nconnections: [{from: h, to: h, share: {name: w, factor: .inf}}]",
        3, "not finite"
      ),
      (
        "repeat:\n  - {index: t, from: 1, to: 2, repeat: [{index: t, from: 1, to: 2}]}", 3,
        "used by the repetition around"
      ),
      (
        "modules: {a: {groups: [{name: h, size: 1}]}}\ninstances: [{name: k, tied: l}]", 3,
        "no instance 'l'"
      ),
      (
        "repeat:\n  - {index: t, from: 1, to: 2, groups: [{name: \"h{s}\", size: 1}]}", 3,
        "'s' in 'h{s}' is not defined"
      ),
      (
        "repeat:\n  - {index: t, from: 1, to: 2, groups: [{name: h{t}, size: 1}]}", 3,
        "needs quotation marks"
      ),
      (
        "repeat:\n  - {index: t, from: 1, to: 2, groups: [{name: \"h{t*2}\", size: 1}]}", 3,
        "is not defined"
      ),
      (
        "repeat:\n  - {index: t, from: 1, to: 2000000000, groups: [{name: \"h{t}\", size: 1}]}", 3,
        "there is memory for"
      ),
      ("groups: [{name: \"h{t}\", size: 1}]", 2, "only within 'repeat'"),
      (
        "groups: [{name: h, size: 1}]\nconnections: [{from: h, to: h, share: {name: w, factor: 0}}]",
        3, "is 0"
      ),
      (
        "groups: [{name: h, size: 1}]\nconnections: [{from: h, to: h, share: {name: w, factor: .nan}}]",
        3, "not finite"
      ),
    ])
  func refusals(_ body: String, _ line: Int, _ message: String) throws {
    let path = try folder.write("format: cyclograd/1\n\(body)\n", "self.yaml")
    let error = #expect(throws: CyclogradError.self) {
      let document = try GraphFile.read(path).resolved()
      _ = try document.graph.compile(locate: document.location(of:))
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.location.line == line, "\(error?.description ?? "")")
    #expect(error?.location.file == path)
  }
}
