import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite struct NodeLinkTests {
  private func read(
    _ text: String, _ options: ImportOptions = ImportOptions()
  ) throws -> ImportedNetwork {
    try NodeLinkReader.network(JSONTree.parse(Array(text.utf8), file: "f"), file: "f", options)
  }

  private func failure(_ text: String) -> CyclogradError? {
    #expect(throws: CyclogradError.self) { try read(text) }
  }

  @Test(arguments: [
    ("{\"nodes\": [],\n\"nodes\": []}", "nodes", 2),
    (#"{"a": [{"b": 1}, {"b": {"c": 1, "\u0063": 2}}]}"#, "c", 1),
    (#"{"": 1, "x\"": {"": 0}, "": 2}"#, "", 1), (#"{"a": 1, "b": ["b", "c"], "a": 2}"#, "a", 1),
    (
      "{" + (0..<40).map { "\"k\($0)\": [\"k0\", {}]" }.joined(separator: ",") + ",\n\"k0\": 1}",
      "k0", 2
    ),
  ])
  func equalKeysAreRefused(_ text: String, _ key: String, _ line: Int) throws {
    let error = #expect(throws: CyclogradError.self) {
      try JSONTree.parse(Array(text.utf8), file: "f")
    }
    #expect(error?.message.contains("\(Excerpt.quoted(key)) stands twice") == true)
    #expect(error?.location.line == line)
  }

  @Test(arguments: [
    #"{"a": {"a": ["a", {"a": 1}]}, "b": "a", "A": 1, "a ": 2}"#, #"["a", "a", "a"]"#, #""a""#,
    #"[{"a": "\\"}, {"a": "{\"a\":1,\"a\":2"}]"#,
  ])
  func keysOfDifferentObjectsMayBeEqual(_ text: String) throws {
    _ = try JSONTree.parse(Array(text.utf8), file: "f")
  }

  @Test func nodesOfEveryScalar() throws {
    let network = try read(
      """
      {"directed": true, "multigraph": false, "graph": {"name": "g"},
       "nodes": [{"id": "a"}, {"id": 1}, {"id": 2.5}, {"id": true}, {"id": null}],
       "links": [{"source": "a", "target": 1, "weight": 0.26125185903807113},
                 {"source": true, "target": null}, {"source": 2.5, "target": 2.5, "weight": -1}]}
      """)
    let expanded = try network.expanded()
    #expect(network.names == ["a", "1", "2.5", "True", "None"])
    #expect(network.graph.name == "g")
    #expect(expanded.sources == [0, 3, 2] && expanded.targets == [1, 4, 2])
    #expect(expanded.weights == [0.26125185903807113, 1, -1])
    #expect(network.remarks == ["no attribute 'weight': weight 1 used for 1 edges"])
    #expect(network.lacks == [.activation, .inputs, .outputs])
  }

  @Test func nodesOfAGroupNeedNotStandTogether() throws {
    let network = try read(
      """
      {"directed": true, "multigraph": false, "graph": {},
       "nodes": [{"id": "m1", "group": "MBON/DAN", "activation": "tanh", "output": true},
                 {"id": "k1", "group": "Kenyon cell", "activation": "relu", "bias": 0.5, "input": true},
                 {"id": "m2", "group": "MBON/DAN", "activation": "tanh", "bias": 0.25, "output": true},
                 {"id": "k2", "group": "Kenyon cell", "activation": "relu", "input": true}],
       "links": [{"source": "k1", "target": "m1", "weight": 2},
                 {"source": "k2", "target": "m2", "weight": 3},
                 {"source": "m2", "target": "k1", "weight": -0.5}]}
      """)
    #expect(network.names == ["m1", "m2", "k1", "k2"])
    #expect(network.graph.groups.map(\.name) == ["MBON_DAN", "Kenyon_cell"])
    #expect(
      network.remarks == [
        "groups have names without what a graph file cannot write: \"Kenyon cell\" is Kenyon_cell, and 1 more",
        "neurons are in the order of their groups, not of the file",
      ])
    let (compiled, parameters) = try network.graph.compile()
    let equilibrium = try Simulator(compiled).equilibrium(
      parameters, inputs: Matrix([[1, 0.75]])
    ).requireConverged()
    // k2 = 0.75, m2 = tanh(0.25 + 3 · 0.75), k1 = 1.5 − m2 / 2, m1 = tanh(2 k1)
    let m2 = tanh(2.5)
    let expected = [tanh(2 * (1.5 - m2 / 2)), m2]
    for (found, expected) in zip(equilibrium.outputs.elements, expected) {
      #expect(abs(found - expected) < 1e-9)
    }
  }

  @Test func groupsOfUnlikeNodesAreNotUsedAndWhy() throws {
    let network = try read(
      """
      {"directed": true, "multigraph": false, "graph": {},
       "nodes": [{"id": "a", "group": "g", "activation": "tanh"},
                 {"id": "b", "group": "g", "activation": "relu"}], "links": []}
      """)
    #expect(network.graph.groups.map(\.name) == ["n0", "n1"])
    #expect(
      network.remarks.contains(
        "attribute 'group' not used: the nodes of \"g\" are not alike, such as \"a\" and \"b\""))
  }

  @Test func undirectedIsBothDirections() throws {
    let network = try read(
      #"{"nodes": [{"id": 0}, {"id": 1}], "edges": [{"source": 0, "target": 1, "weight": 2}, {"source": 1, "target": 1}]}"#
    )
    let expanded = try network.expanded()
    #expect(expanded.sources == [0, 1, 1] && expanded.targets == [1, 0, 1])
    #expect(network.remarks.contains { $0.hasPrefix("undirected: 2 edges") })
  }

  @Test func parallelEdges() throws {
    let text = """
      {"directed": true, "multigraph": true, "nodes": [{"id": 0}, {"id": 1}],
       "edges": [{"source": 0, "target": 1, "key": 0, "weight": 2},
                 {"source": 0, "target": 1, "key": 1, "weight": 3}]}
      """
    #expect(failure(text)?.advice?.contains("--duplicates sum") == true)
    var options = ImportOptions()
    options.duplicates = .sum
    #expect(try read(text, options).expanded().weights == [5])
  }

  @Test func anotherAttribute() throws {
    var options = ImportOptions()
    options.weightAttribute = "strength"
    let network = try read(
      #"{"directed": true, "nodes": [{"id": 0, "color": "red"}], "edges": [{"source": 0, "target": 0, "strength": 4, "weight": 9}]}"#,
      options)
    #expect(try network.expanded().weights == [4])
    #expect(network.remarks.contains { $0.contains("color (1), weight (1)") })
  }

  @Test func options() throws {
    var options = ImportOptions()
    options.activation = .tanh
    options.inputs = "a"
    options.outputs = "1"
    let text = #"{"directed": true, "nodes": [{"id": "a"}, {"id": "b"}], "edges": []}"#
    let network = try read(text, options)
    #expect(network.lacks.isEmpty)
    #expect(network.graph.inputs == [NeuronRange("n", 0...0)])
    #expect(network.graph.outputs == [NeuronRange("n", 1...1)])
    #expect(network.graph.groups[0].units[0].activation == .tanh)
  }

  @Test(arguments: [
    ("[]", "not a JSON object"), ("{\"nodes\": []}", "neither 'edges' nor 'links'"),
    ("{\"edges\": []}", "no 'nodes'"), ("{\"nodes\": [], \"edges\": []}", "no nodes"),
    ("{\"nodes\": [], \"edges\": [], \"links\": []}", "only one of them"),
    ("{\"nodes\": [{\"id\": 1}, {\"id\": 1.0}], \"edges\": []}", "another node"),
    ("{\"nodes\": [{\"id\": [1, 2]}], \"edges\": []}", "a list"),
    ("{\"nodes\": [{}], \"edges\": []}", "no 'id'"),
    ("{\"nodes\": [{\"id\": 1}], \"edges\": [{\"source\": 1}]}", "no 'target'"),
    ("{\"nodes\": [{\"id\": 1}], \"edges\": [{\"source\": 1, \"target\": 2}]}", "no node \"2\""),
    ("{\"nodes\": [{\"id\": 1}], \"edges\": [{\"source\": 1, \"target\": \"1\"}]}", "no node"),
    (
      "{\"nodes\": [{\"id\": 1}], \"edges\": [{\"source\": 1, \"target\": 1, \"weight\": \"2\"}]}",
      "must be a number"
    ),
    (
      "{\"nodes\": [{\"id\": 1, \"activation\": \"quartic\"}], \"edges\": []}",
      "unknown activation 'quartic'"
    ),
    (
      "{\"nodes\": [{\"id\": 1, \"activation\": \" \"}], \"edges\": []}",
      "the activation is empty"
    ),
    ("{\"directed\": 1, \"nodes\": [{\"id\": 1}], \"edges\": []}", "must be true or false"),
    ("{\"nodes\": [{\"id\": 1, \"input\": 1}], \"edges\": []}", "not the numbers 0 to 0"),
    ("{\"nodes\": [\n{\"id\" 1}]}", "not JSON"), ("", "not JSON"), ("{\"a\": NaN}", "not JSON"),
  ])
  func refused(_ text: String, _ message: String) {
    let error = failure(text)
    #expect(error?.location.file == "f")
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func hostile() throws {
    let text = """
      {"directed": false, "multigraph": true, "nodes": [{"id": "a", "bias": 0.5, "input": 0},
      {"id": 1, "activation": "tanh", "activation_1": "relu", "combine": "max"}],
      "edges": [{"source": "a", "target": 1, "unit": 0, "weight": 1e-3, "trainable": false}]}
      """
    #expect(throws: Never.self) { try read(text) }
    let refused = HostileInput.refusals(Array(text.utf8), check: { (_: ImportedNetwork) in true }) {
      try NodeLinkReader.network(JSONTree.parse($0, file: "f"), file: "f", ImportOptions())
    }
    #expect(refused > 500)
  }

  @Test func deepNesting() {
    let text = String(repeating: "[", count: 100_000)
    #expect(failure(text)?.code == .malformedFile)
  }

  /// Foundation makes decimal numbers of many doubles, and rounds those a second time.
  @Test func numbersKeepEveryBit() throws {
    var random = TestRandom(11)
    var values: [Double] = [
      -0.0, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
    ]
    for _ in 0..<2000 {
      let value = Double(bitPattern: random.next())
      if value.isFinite { values.append(value) }
      values.append(Double.random(in: -1...1, using: &random))
    }
    for value in values {
      let read = JSONTree.attribute(
        try #require(try JSONTree.parse(Array("[\(value)]".utf8), file: "f") as? [Any])[0])
      #expect(read == .number(value))
    }
  }
}
