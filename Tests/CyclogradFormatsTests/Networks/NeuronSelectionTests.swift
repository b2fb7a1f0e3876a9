import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite("Neurons chosen by name, position or number")
struct NeuronSelectionTests {
  private func select(
    _ text: String, _ plain: NeuronSelection.PlainNumber = .first, count: Int = 10,
    of names: [String]? = nil
  ) throws -> [Int32] {
    try NeuronSelection(text: text, option: "input-neurons").neurons(
      count: names?.count ?? count, hasOwnNames: names != nil,
      names: { names ?? (0..<count).map { "n.\($0)" } }, plain: plain)
  }

  @Test(arguments: [
    ("3", [0, 1, 2], [7, 8, 9]), ("0..2", [0, 1, 2], [0, 1, 2]), ("last:2", [8, 9], [8, 9]),
    ("first:2", [0, 1], [0, 1]), ("5,0", [5, 0], [5, 0]), ("9..9, 0..1", [9, 0, 1], [9, 0, 1]),
    ("n.1,n.0", [1, 0], [1, 0]), ("none", [], []), ("4..4", [4], [4]), ("at:3", [3], [3]),
    ("at:2..4,n.0", [2, 3, 4, 0], [2, 3, 4, 0]), ("10", Array(0..<10), Array(0..<10)),
    ("\"n.1\" , n.0", [1, 0], [1, 0]),
  ])
  func plainNetworks(_ text: String, _ inputs: [Int32], _ outputs: [Int32]) throws {
    #expect(try select(text) == inputs)
    #expect(try select(text, .last) == outputs)
  }

  @Test(arguments: [
    "", "11", "0", "0..10", "5..3", "last:11", "last:0", "c", "1,1", "0..2,2", "-1", "1..", "..",
    "last:", "99999999999999999999", "at:10", "at:x", "name:n.11", "\"n.1", "\"n.1\"x", "n.1,,n.2",
  ])
  func refused(_ text: String) {
    let error = #expect(throws: CyclogradError.self) { try select(text) }
    #expect(error?.location.subject?.hasPrefix("--input-neurons") == true)
  }

  @Test("Names count first, whatever they look like")
  func namesFirst() throws {
    let names = ["AVAL", "at", "at:1", "none of it", "a,b", "say \"x\""]
    #expect(try select("at:1", of: names) == [1])
    #expect(try select("name:at:1,at", of: names) == [2, 1])
    #expect(try select("\"a,b\",\"say \"\"x\"\"\"", of: names) == [4, 5])
    #expect(try select("name:AVAL", of: names) == [0])
    let error = #expect(throws: CyclogradError.self) { try select("AVAR", of: names) }
    #expect(error?.advice?.contains("'AVAL'") == true)
  }

  @Test("A number that is also a name is refused with every reading")
  func ambiguous() throws {
    // Nodes in the order 2, 1, 0.
    let names = ["2", "1", "0"]
    for text in ["2..2", "0..1", "1", "2,0"] {
      let error = #expect(throws: CyclogradError.self) { try select(text, of: names) }
      #expect(error?.advice?.contains("at:") == true && error?.advice?.contains("name:") == true)
    }
    #expect(
      #expect(throws: CyclogradError.self) { try select("2", .last, of: names) }?.advice
        == "write at:2 for the position from 0, last:2 for so many neurons, or name:2 for the "
        + "neuron of that name")
    #expect(try select("name:2,name:0", of: names) == [0, 2])
    #expect(try select("at:2", of: names) == [2])
    #expect(try select("0..2", of: ["0", "1", "2", "3"]) == [0, 1, 2])
    #expect(try select("1", of: ["5", "7"]) == [0])
  }

  @Test("A number that only a name can be is that name")
  func onlyNames() throws {
    let names = ["x", "10", "20", "30"]
    #expect(try select("20,30", of: names) == [2, 3])
    #expect(try select("20", of: names) == [2])
    #expect(try select("2", .last, of: names) == [2, 3])
    #expect(throws: CyclogradError.self) { try select("40", of: names) }
  }

  @Test("A node-link file out of order means its names")
  func nodeLink() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      """
      {"directed": true, "nodes": [{"id": 2}, {"id": 1}, {"id": 0}], "edges": [
        {"weight": 3.0, "source": 2, "target": 1}, {"weight": 5.0, "source": 1, "target": 0},
        {"weight": 0.5, "source": 1, "target": 1}]}
      """, "order.json")
    var options = ImportOptions()
    options.inputs = "2..2"
    #expect(throws: CyclogradError.self) { try NetworkFormat.read(path, options: options) }
    options.inputs = "name:2"
    options.outputs = "name:0"
    options.activation = .identity
    let (network, parameters) = try NetworkFormat.read(path, options: options).graph.compile()
    #expect(network.inputNames == ["2"] && network.outputNames == ["0"])
    let simulator = try Simulator(network)
    #expect(
      try simulator.equilibrium(parameters, inputs: Matrix(rows: 1, columns: 1, elements: [1]))
        .outputs.elements == [30])
  }
}

@Suite("Neurons with names of their own")
struct NeuronNameTests {
  private func graph(_ names: [String]) -> Graph {
    Graph("named") {
      Group("x", neurons: names, role: .input)
      Group("y", size: 1, role: .output)
      Connection("x", to: "y")
    }
  }

  @Test func everywhereInTheCompiledNetwork() throws {
    let (network, _) = try graph(["AVAL", "AVAR"]).compile()
    #expect(network.inputNames == ["AVAL", "AVAR"] && network.outputNames == ["y.0"])
    #expect(network.neuronNames == ["AVAL", "AVAR", "y.0"])
    #expect(network.unitNames == ["AVAL", "AVAR", "y.0"])
  }

  @Test(
    "Names that would not tell neurons apart are refused",
    arguments: [["a", "a"], ["a", "y.0"], ["a", "b\nc"]])
  func refused(_ names: [String]) {
    #expect(throws: CyclogradError.self) { try graph(names).compile() }
  }

  @Test func theirNumberMustFit() {
    var graph = graph(["a", "b"])
    graph.groups[0].neuronNames = ["a"]
    #expect(throws: CyclogradError.self) { try graph.compile() }
    graph.groups[0].neuronNames = .file("names.txt")
    #expect(throws: CyclogradError.self) { try graph.compile() }
  }

  @Test("Graph files hold them, long lists in a file beside", arguments: [3, 1500])
  func graphFiles(_ count: Int) throws {
    let folder = try TemporaryFolder()
    let odd = ["a,b", "say \"x\"", " blank ", "# no comment", "2024", "", "\"", "ä"]
    let names = (0..<count).map { $0 < odd.count ? odd[$0] : "neuron \($0)" }
    let graph = graph(names)
    let imported = ImportedNetwork(graph: graph, file: "x")
    _ = try NetworkFormat.graphFile.write(imported, to: folder("g.yaml"))
    let again = try NetworkFormat.read(folder("g.yaml"))
    #expect(again.graph == graph)
    #expect(try GraphFile.parse(GraphFile.json(for: graph)).graph == graph)
  }

  @Test("Every format that can hold names gives them back")
  func formats() throws {
    let folder = try TemporaryFolder()
    let names = ["AVAL", "10", "a b", "ß"]
    let graph = Graph("") {
      Group("n", neurons: names)
      Connection(
        "n", to: "n",
        .entries(.init(rows: [1, 2, 3, 0], columns: [0, 1, 2, 3], values: [1, 2, 3, 4])))
    }
    let imported = ImportedNetwork(graph: graph, file: "x")
    for (format, file) in [
      ("graph", "g.yaml"), ("graphml", "g.graphml"), ("networkx", "g.json"), ("edge-list", "g.csv"),
      ("table", "t.csv"),
    ] {
      _ = try NetworkFormat.named(format).write(imported, to: folder(file))
      let again = try NetworkFormat.read(folder(file), from: format)
      #expect(again.names.map(Set.init) == Set(names), "\(format)")
    }
  }

  /// Edges by the names of their ends.
  private func edges(_ network: ImportedNetwork) throws -> Set<[String]> {
    let expanded = try network.expanded()
    let names = try #require(network.names)
    return Set(
      expanded.weights.indices.map {
        [
          names[Int(expanded.sources[$0])], names[Int(expanded.targets[$0])],
          "\(expanded.weights[$0])",
        ]
      })
  }

  @Test(
    "Names of any kind go through every format that can hold them, two of them one after the other")
  func anyNames() throws {
    let pieces = [
      "a", "Z", "7", "0", ".", "-", "_", " ", ",", ";", "\"", "'", "<", "&", ">", "#", "%", "=",
      ":",
      "(", "]", "{", "\\", "/", "ä", "漢", "🧠", "\u{301}", "nan", "1e5", "null", "at:", "*", "|",
    ]
    let formats = [
      ("graph", "g.yaml"), ("graph", "g.json"), ("graphml", "g.graphml"), ("networkx", "n.json"),
      ("gexf", "g.gexf"), ("gml", "g.gml"), ("pajek", "g.net"), ("edge-list", "e.csv"),
      ("edge-list", "e.tsv"), ("edge-list", "e.edgelist"), ("table", "t.csv"), ("table", "t.tsv"),
    ]
    let folder = try TemporaryFolder()
    for seed in 0..<8 {
      var random = TestRandom(UInt64(seed))
      var names: Set<String> = []
      while names.count < 5 {
        names.insert((0..<random.integer(1...4)).map { _ in random.pick(pieces) }.joined())
      }
      let list = names.sorted()
      // A ring, so that every neuron has an edge, and some chords.
      var places = Set((0..<5).map { [$0, ($0 + 1) % 5] })
      for _ in 0..<4 { places.insert([random.integer(0...4), random.integer(0...4)]) }
      let chosen = places.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
      let graph = Graph("") {
        Group("n", neurons: list)
        Connection(
          "n", to: "n",
          .entries(
            .init(
              rows: chosen.map { Int32($0[0]) }, columns: chosen.map { Int32($0[1]) },
              values: chosen.map { _ in random.number(-2, 2) })))
      }
      let imported = ImportedNetwork(graph: graph, file: "x")
      let expanded = try imported.expanded()
      let expected = Set(
        expanded.weights.indices.map { edge in
          [
            list[Int(expanded.sources[edge])], list[Int(expanded.targets[edge])],
            "\(expanded.weights[edge])",
          ]
        })
      var last = imported
      for (format, file) in formats.shuffled(using: &random) {
        if format == "pajek", list.contains(where: { $0.contains("\"") && $0.contains("'") }) {
          let error = #expect(throws: CyclogradError.self) {
            try NetworkFormat.named(format).write(imported, to: folder(file))
          }
          #expect(error?.message.contains("cannot hold") == true)
          continue
        }
        // A graph file needs activations, which some formats do not hold.
        for network in format == "graph" ? [imported] : [imported, last] {
          _ = try NetworkFormat.named(format).write(network, to: folder(file))
          last = try NetworkFormat.read(folder(file), from: format)
          #expect(try edges(last) == expected, "\(format), \(file): \(list)")
        }
      }
    }
  }
}
