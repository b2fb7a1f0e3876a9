import Cyclograd
import CyclogradFormats
import Testing

@Suite struct GraphReadingTests {
  @Test func everythingTheFormatSays() throws {
    let document = try GraphFile.parse(
      """
      format: cyclograd/1
      name: small feedback network
      groups:
        - {name: x, size: 8,  role: input,  activation: identity, bias: {value: 0, trainable: false}}
        - {name: h, size: 16, activation: arctan, bias: {uniform: [-0.1, 0.1]}}
        - {name: g, size: 8,  combine: product, units: [{activation: arctan}, {activation: logistic, bias: 0.5}]}
        - {name: y, size: 8,  role: output, activation: identity}
      connections:                                             # unit 0 unless said otherwise
        - {from: x, to: h, pattern: all}
        - {from: h, to: h, pattern: all, self: false, weight: {normal: 0.2}}
        - {from: h, to: g, unit: 1, pattern: {random: 0.3}}
        - {from: g, to: y, pattern: {file: decoder.mtx}}       # rows: to, columns: from
        - {from: x, to: y, pattern: one-to-one, weight: 1, trainable: false}
        - {from: g, to: g, pattern: all, share: lateral}
        - {from: h, to: y, pattern: all, weight: {single: 0.1}}
      edges:
        - [x.0, h.3, 0.5]
        - [x.1, g.3, 0.5, {unit: 1, trainable: false}]
      inputs: [x.0..7]
      outputs: [y.0..7]
      seed: 1
      """)
    let expected = Graph("small feedback network", seed: 1) {
      Group("x", size: 8, role: .input, bias: .frozen(0))
      Group("h", size: 16, activation: .arctan, bias: .uniform(-0.1...0.1))
      Group(
        "g", size: 8, combine: .product, units: [.init(.arctan), .init(.logistic, bias: 0.5)])
      Group("y", size: 8, role: .output)
      Connection("x", to: "h")
      Connection("h", to: "h", self: false, weight: .normal(0.2))
      Connection("h", to: "g", unit: 1, .random(probability: 0.3))
      Connection("g", to: "y", .file("decoder.mtx"))
      Connection("x", to: "y", .oneToOne, weight: .frozen(1))
      Connection("g", to: "g", weight: .shared("lateral"))
      Connection("h", to: "y", weight: .single(0.1))
      Edge(.init("x", 0), to: .init("h", 3), weight: 0.5)
      Edge(.init("x", 1), to: .init("g", 3), unit: 1, weight: .frozen(0.5))
      Inputs(.init("x", 0...7))
      Outputs(.init("y", 0...7))
    }
    #expect(document.graph == expected)
    #expect(document.location(of: .group(2)) == .init(file: "graph", line: 6, column: 5))
    #expect(document.location(of: .connection(6)) == .init(file: "graph", line: 15, column: 5))
    #expect(document.location(of: .edge(1)) == .init(file: "graph", line: 18, column: 5))
    #expect(document.location(of: .outputs) == .init(file: "graph", line: 20, column: 10))
    #expect(document.location(of: .graph) == .init(file: "graph", line: 1, column: 1))
    #expect(document.location(of: .edge(2)) == .init(file: "graph", line: 1, column: 1))
  }

  private func rule(_ weight: String) throws -> ParameterRule {
    let text = "format: cyclograd/1\nconnections: [{from: a, to: b, weight: \(weight)}]"
    return try GraphFile.parse(text).graph.connections[0].weight
  }

  @Test func parameterRules() throws {
    #expect(try rule("1e5") == 1e5)
    #expect(try rule("-.5") == -0.5)
    #expect(try rule("+3.") == 3)
    #expect(try rule("default") == .default)
    #expect(try rule("[1, 2.5]") == [1, 2.5])
    #expect(try rule("[]") == [])
    #expect(try rule("{value: [1, 2]}") == [1, 2])
    #expect(try rule("{value: default, trainable: true}") == .init(nil, isTrainable: true))
    #expect(
      try rule("{uniform: [-1, 1], scaled: fan-in}") == .uniform(-1...1, scaled: .fanIn))
    #expect(try rule("{normal: 0.1, share: s}") == .normal(0.1).shared("s"))
    #expect(try rule("{file: b.npy, trainable: false}") == .file("b.npy").frozen())
    #expect(try rule("{single: 0.1}") == .single(0.1))
    #expect(try rule("{single: default}") == .init(nil, tying: .single))
    #expect(
      try rule("{kernel: {normal: 1, scaled: fan-in}, share: k}")
        == .kernel(.normal(deviation: 1, scaled: .fanIn)).shared("k"))
    #expect(try rule("{kernel: [1, 2]}") == .kernel([1, 2]))
    #expect(
      try rule("{entries: [[0, 1, 0.5], [2, 0, -1]]}")
        == .init(.entries(.init(rows: [0, 2], columns: [1, 0], values: [0.5, -1]))))
  }

  private func pattern(_ pattern: String) throws -> Pattern {
    let text = "format: cyclograd/1\nconnections: [{from: a, to: b, pattern: \(pattern)}]"
    return try GraphFile.parse(text).graph.connections[0].pattern
  }

  @Test func patterns() throws {
    #expect(try pattern("all") == .all)
    #expect(try pattern("one-to-one") == .oneToOne)
    #expect(try pattern("{random: 1e-3}") == .random(probability: 0.001))
    #expect(try pattern("{in-degree: 4}") == .inDegree(4))
    #expect(try pattern("{neighborhood: {kernel: [3, 5]}}") == .neighborhood(.init(3, 5)))
    #expect(
      try pattern(
        """
        {neighborhood: {kernel: [3, 5], stride: [2, 1], offset: [-1, 0], boundary: wrap,
        channels: one-to-one}}
        """)
        == .neighborhood(
          .init(
            3, 5, stride: .init(2, 1), offset: .init(-1, 0), boundary: .wrap, channels: .oneToOne)))
    #expect(try pattern("{file: w.mtx}") == .file("w.mtx"))
    #expect(try pattern("{entries: [[0, 1]]}") == .entries(.init(rows: [0], columns: [1])))
    #expect(
      try pattern("{entries: [[0, 1, 2]]}")
        == .entries(.init(rows: [0], columns: [1], values: [2])))
  }

  @Test func activations() throws {
    func activation(_ text: String) throws -> Activation {
      try GraphFile.parse(
        "format: cyclograd/1\ngroups: [{name: a, size: 1, activation: \(text)}]"
      ).graph.groups[0].units[0].activation
    }
    let names: KeyValuePairs<String, Activation> = [
      "identity": .identity, "logistic": .logistic, "tanh": .tanh, "arctan": .arctan,
      "relu": .relu, "leaky-relu": .leakyReLU(slope: 0.01), "elu": .elu(alpha: 1),
      "silu": .silu, "gelu": .gelu, "softplus": .softplus, "softsign": .softsign, "cos": .cos,
      "asinh": .asinh, "reciprocal": .reciprocal, "complement": .complement,
      "clamp": .clamp(lower: 0, upper: 1), "softmax": .softmax,
    ]
    for (name, expected) in names { #expect(try activation(name) == expected) }
    #expect(try activation("{leaky-relu: 0.1}") == .leakyReLU(slope: 0.1))
    #expect(try activation("{elu: 0.5}") == .elu(alpha: 0.5))
    #expect(try activation("{clamp: [-1, 1]}") == .clamp(lower: -1, upper: 1))
  }

  @Test func edgesAndNeurons() throws {
    let graph = try GraphFile.parse(
      """
      format: cyclograd/1
      edges:
        - [x.0, h.3]
        - [x.0, h.3, {unit: 1, trainable: false, share: s}]
        - [x.0, h.3, -2, {trainable: false}]
        - [x.0, h.3, {weight: {uniform: [0, 1]}, share: s}]
      inputs: [x, x.3, x.0..7]
      outputs: []
      """
    ).graph
    let (source, target) = (NeuronReference("x", 0), NeuronReference("h", 3))
    #expect(
      graph.edges == [
        Edge(source, to: target),
        Edge(source, to: target, unit: 1, weight: .init(nil, isTrainable: false, share: "s")),
        Edge(source, to: target, weight: .frozen(-2)),
        Edge(source, to: target, weight: .uniform(0...1).shared("s")),
      ])
    #expect(graph.inputs == [.init("x"), .init("x", 3...3), .init("x", 0...7)])
    #expect(graph.outputs == [])
  }

  @Test func shapesAndRoles() throws {
    let graph = try GraphFile.parse(
      """
      format: cyclograd/1
      groups:
      - {name: a, shape: [28, 28], role: [input, output]}
      - name: b
        shape:
          - 3
          - 4
          - 5
        role: output
        combine: max
        units: [{activation: relu}]
      """
    ).graph
    #expect(graph.groups[0] == Group("a", shape: [28, 28], role: [.input, .output]))
    #expect(
      graph.groups[1]
        == Group("b", shape: [3, 4, 5], role: .output, combine: .max, units: [.init(.relu)]))
  }

  @Test func jsonIsReadByTheSameReader() throws {
    let json = """
      {"format":"cyclograd/1","name":"caf\\u00e9 \\/ 1","seed":18446744073709551615,
      \t"groups":[{"name":"x","size":2,"bias":-1.5e-3}],
        "connections":[{"from":"x","to":"x","self":false,"pattern":{"random":0.5}}],
        "edges":[["x.0","x.1",{"unit":0}]]}
      """
    let expected = Graph("café / 1", seed: .max) {
      Group("x", size: 2, bias: -0.0015)
      Connection("x", to: "x", .random(probability: 0.5), self: false)
      Edge(.init("x", 0), to: .init("x", 1))
    }
    #expect(try GraphFile.parse(json).graph == expected)
  }

  @Test("JSON escapes characters beyond U+FFFF in two halves")
  func surrogates() throws {
    let json = #"""
      {"format": "cyclograd/1", "name": "\ud83d\ude00 \\ud83d\\ude00 é \uD834\uDD1E",
       "groups": [{"name": "x", "size": 1, "names": ["\ud83d\ude00"]}]}
      """#
    let graph = try GraphFile.parse(json).graph
    #expect(graph.name == "\u{1F600} \\ud83d\\ude00 é \u{1D11E}")
    #expect(graph.groups[0].neuronNames == .list(["\u{1F600}"]))
    #expect(throws: CyclogradError.self) {
      try GraphFile.parse(json.replacing(#"\uDD1E"#, with: ""))
    }
    // In YAML a backslash between single quotation marks is one.
    let yaml = "format: cyclograd/1\nname: '\\ud83d\\ude00'\ngroups: [{name: x, size: 1}]\n"
    #expect(try GraphFile.parse(yaml).graph.name == #"\ud83d\ude00"#)
  }

  @Test func anchorsAndAliases() throws {
    let graph = try GraphFile.parse(
      """
      format: cyclograd/1
      name: "a*b *not-an-alias"   # nor is *this
      groups:
        - {name: a, size: 2, bias: &rule {uniform: [0, 1]}}
        - {name: b, size: 2, bias: *rule, activation: &f tanh}
        - {name: c, size: 2, bias: {value: [&v 0.5, *v]}, activation: *f}
      """
    ).graph
    #expect(graph.name == "a*b *not-an-alias")
    #expect(graph.groups[1].units[0] == .init(.tanh, bias: .uniform(0...1)))
    #expect(graph.groups[2].units[0] == .init(.tanh, bias: [0.5, 0.5]))
  }

  @Test func byteOrderMarkAndCarriageReturns() throws {
    let graph = try GraphFile.parse("\u{FEFF}format: cyclograd/1\r\nname: n\r\n").graph
    #expect(graph == Graph(name: "n"))
  }
}
