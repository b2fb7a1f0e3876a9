import Cyclograd
import CyclogradFormats
import Foundation
import Testing

@Suite struct RoundTripTests {
  @Test(.tags(.slow), .unlessFast) func randomGraphs() throws {
    for seed in UInt64(0)..<400 {
      var random = RandomGraph(seed: seed)
      let graph = random.graph()
      let yaml = try GraphFile.text(for: graph)
      #expect(try GraphFile.parse(yaml).graph == graph, "\(yaml)")
      let json = try GraphFile.json(for: graph)
      #expect(try GraphFile.parse(json).graph == graph, "\(json)")
      _ = try JSONSerialization.jsonObject(with: Data(json.utf8))
    }
  }

  @Test func numbersKeepEveryBit() throws {
    var values: [Double] = [
      0, -0.0, 1, -1, 0.1, 1e15, 1e16, 123_456_789_012_345, 9_007_199_254_740_992, 1e300,
      .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, .pi, .ulpOfOne,
    ]
    var random = TestRandom(7)
    for _ in 0..<2000 {
      let value = Double(bitPattern: random.next())
      if value.isFinite { values.append(value) }
    }
    let graph = Graph("numbers") { Group("g", size: values.count, bias: .init(.list(values))) }
    for text in [try GraphFile.text(for: graph), try GraphFile.json(for: graph)] {
      let copy = try GraphFile.parse(text).graph.groups[0].units[0].bias.initial
      guard case .list(let list) = copy else {
        Issue.record("not a list")
        continue
      }
      #expect(list.map(\.bitPattern) == values.map(\.bitPattern))
    }
  }

  @Test(arguments: [
    "", "plain words", "true", "No", "null", "~", "5", "1e5", "-", "- a", "a: b", "a #b", " a",
    "a ",
    "a  b", "\"", "'", "\\", "\n", "\r\n", "\t", "\0", "\u{1}", "\u{7F}", "\u{85}", "\u{2028}",
    "a\u{FEFF}", "é", "e\u{301}", "日本", "😀", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "[a",
    "{a", "a]", "?", "? a", ":", "...", "---", "..", "a/b_c-d.e", "\u{E000}*a", "default",
  ])
  func textsKeepEveryCharacter(_ text: String) throws {
    var graph = Graph(name: text)
    if !text.isEmpty {
      graph.connections = [Connection("a", to: "b", weight: .shared(text))]
      if !text.contains("\0") {
        graph.connections.append(Connection("a", to: "b", .file(text), weight: .file(text)))
      }
    }
    for written in [try GraphFile.text(for: graph), try GraphFile.json(for: graph)] {
      let copy = try GraphFile.parse(written).graph
      #expect(copy == graph)
      #expect(Array(copy.name.unicodeScalars) == Array(text.unicodeScalars))
    }
  }

  @Test func textIsPleasantToRead() throws {
    let graph = Graph("small feedback network", seed: 1) {
      Group("x", size: 8, role: .input, bias: .frozen(0))
      Group("h", shape: [4, 4], activation: .leakyReLU(slope: 0.1), bias: .uniform(-0.1...0.1))
      Group("g", size: 8, combine: .max, units: [.init(.arctan), .init(.logistic, bias: 0.5)])
      Connection("x", to: "h", .neighborhood(.init(3, 3)), weight: .kernel(0.5).frozen())
      Connection("h", to: "h", self: false, weight: .normal(0.2, scaled: .fanIn))
      Edge(.init("x", 0), to: .init("h", 3), weight: 0.5)
      Edge(.init("x", 1), to: .init("g", 3), unit: 1, weight: .frozen(0.5))
      Outputs(.init("g", 0...6), .init("h"))
    }
    #expect(
      try GraphFile.text(for: graph) == """
        format: cyclograd/1
        name: small feedback network
        seed: 1
        groups:
          - {name: x, size: 8, role: input, bias: {value: 0, trainable: false}}
          - {name: h, shape: [4, 4], activation: {leaky-relu: 0.1}, bias: {uniform: [-0.1, 0.1]}}
          - {name: g, size: 8, combine: max, units: [{activation: arctan}, {activation: logistic, \
        bias: 0.5}]}
        connections:
          - {from: x, to: h, pattern: {neighborhood: {kernel: [3, 3]}}, weight: {kernel: 0.5}, \
        trainable: false}
          - {from: h, to: h, self: false, weight: {normal: 0.2, scaled: fan-in}}
        edges:
          - [x.0, h.3, 0.5]
          - [x.1, g.3, 0.5, {unit: 1, trainable: false}]
        outputs: [g.0..6, h]

        """)
    #expect(
      try GraphFile.json(for: Graph("j") { Group("x", size: 1, role: .input) }) == """
        {
          "format": "cyclograd/1",
          "name": "j",
          "groups": [
            {"name": "x", "size": 1, "role": "input"}
          ]
        }

        """)
  }

  @Test func whatNoFileCanSayIsRefused() {
    let (a, b) = (NeuronReference("a", 0), NeuronReference("b", 0))
    let unsayable: [Graph] = [
      Graph(name: "\u{FEFF}g"),
      Graph("g") { Group("a.3", size: 1) },
      Graph("g") { Group("a", size: 0) },
      Graph("g") { Group("a", shape: []) },
      Graph("g") { Group("a", size: 1, combine: .max, units: []) },
      Graph("g") { Group("a", size: 1, role: .init(rawValue: 8)) },
      Graph("g") { Group("a", size: 1, activation: .elu(alpha: .infinity)) },
      Graph("g") { Group("a", size: 1, activation: .clamp(lower: 1, upper: 0)) },
      Graph("g") { Group("a", size: 1, bias: .init(.constant(.nan))) },
      Graph("g") { Group("a", size: 1, bias: .init(.list([1, .infinity]))) },
      Graph("g") { Connection("a", to: "b", self: false) },
      Graph("g") { Connection("a", to: "b", unit: -1) },
      Graph("g") { Connection("a", to: "b", .random(probability: 2)) },
      Graph("g") { Connection("a", to: "b", .inDegree(-1)) },
      Graph("g") { Connection("a", to: "b", .neighborhood(.init(0, 1))) },
      Graph("g") { Connection("a", to: "b", .file("")) },
      Graph("g") { Connection("a", to: "b", weight: .normal(-1)) },
      Graph("g") { Connection("a", to: "b", weight: .shared("")) },
      Graph("g") { Edge(a, to: b, weight: .file("f")) },
      Graph("g") { Edge(.init("a", -1), to: b) },
      Graph("g") { Inputs(.init("a", -1...0)) },
    ]
    for graph in unsayable {
      #expect(throws: CyclogradError.self, "\(graph)") { try GraphFile.text(for: graph) }
      #expect(throws: CyclogradError.self) { try GraphFile.json(for: graph) }
    }
  }

  @Test func filesAreWrittenByTheirExtension() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let graph = Graph("g") { Group("a", size: 3) }
    for name in ["g.yaml", "g.JSON"] {
      let path = folder + "/" + name
      try GraphFile.write(graph, to: path)
      let document = try GraphFile.read(path)
      #expect(document.graph == graph)
      #expect(document.folder == folder + "/")
    }
    let text = try String(contentsOfFile: folder + "/g.JSON", encoding: .utf8)
    #expect(text.hasPrefix("{"))
  }
}
