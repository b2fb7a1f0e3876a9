import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

/// Through every pair of formats a network loses only what they cannot hold, and they say it.
@Suite struct RoundTripPairsTests {
  /// What a format holds beside neurons' order, edges and weights.
  private struct Holds {
    /// Activations, biases, inputs and outputs, and what is trained.
    var attributes = true
    var ties = false
    var groups = true
    var shapes = false
    var units = true
  }

  private static let holds: [String: Holds] = [
    "graph": Holds(ties: true, shapes: true),
    "networkx": Holds(), "graphml": Holds(), "gexf": Holds(), "gml": Holds(), "pajek": Holds(),
    "szekeres": Holds(ties: true, groups: false),
    "matrix-market": Holds(attributes: false, groups: false, units: false),
    "edge-list": Holds(attributes: false, groups: false, units: false),
    "table": Holds(attributes: false, groups: false, units: false),
    "scipy": Holds(attributes: false, groups: false, units: false),
    "numpy": Holds(attributes: false, groups: false, units: false),
  ]

  /// The implicit model turns a network into another one; see its own tests.
  private static let names = NetworkFormat.all
    .filter { $0.canRead && $0.canWrite && $0.name != "implicit" }.map(\.name)

  @Test func everyFormatIsHere() { #expect(Set(Self.names) == Set(Self.holds.keys)) }

  @Test(.tags(.slow), .unlessFast, arguments: names, names) func pairs(
    _ first: String, _ second: String
  ) throws {
    let formats = [try NetworkFormat.named(first), try NetworkFormat.named(second)]
    let kept = try [first, second].map { try #require(Self.holds[$0]) }
    let original = imported(exampleNetwork())
    let folder = try TemporaryFolder()
    var network = original
    var said: [String] = []
    for format in formats {
      // What one format lost, the simulator still needs.
      if format.name == "szekeres", !network.lacks.isEmpty {
        #expect(throws: CyclogradError.self) { try throughFile(network, format, in: folder) }
        return
      }
      if format.name == "graph", network.lacks.contains(.activation) {
        #expect(throws: CyclogradError.self) { try throughFile(network, format, in: folder) }
        return
      }
      let step = try throughFile(network, format, in: folder)
      said += step.said
      network = step.network
    }
    let (before, after) = (try original.expanded(), try network.expanded())
    #expect(after.edgeFacts == before.edgeFacts)
    #expect(after.neuronCount == before.neuronCount)
    func all(_ what: (Holds) -> Bool) -> Bool { kept.allSatisfy(what) }
    func wasSaid(_ word: String) -> Bool { said.contains { $0.contains(word) } }

    if all(\.attributes) {
      #expect(network.lacks.isEmpty)
      #expect(after.kinds == before.kinds)
      #expect(after.biases.map(\.bitPattern) == before.biases.map(\.bitPattern))
      #expect(after.frozenBiases == before.frozenBiases)
      #expect(after.frozenEdges == before.frozenEdges)
      #expect(after.inputs == before.inputs && after.outputs == before.outputs)
    } else {
      #expect(network.lacks == [.activation, .inputs, .outputs])
    }
    #expect(wasSaid("activations dropped") == !all(\.attributes))
    #expect(said.contains { $0.hasSuffix(" biases dropped") } == !all(\.attributes))
    #expect(wasSaid("not trained") == !all(\.attributes))
    #expect((after.tieSets == before.tieSets) == all(\.ties))
    #expect(wasSaid("ties of") == !all(\.ties))
    #expect((after.blocks.map(\.name) == before.blocks.map(\.name)) == all(\.groups))
    #expect(wasSaid("groups dropped") == !all(\.groups))
    #expect((after.blocks.map(\.shape) == before.blocks.map(\.shape)) == all(\.shapes))
    #expect(
      (network.graph == original.graph) == (first == "graph" && second == "graph"),
      "only graph files keep rules and seeds")
    #expect(wasSaid("rules became single edges") == !(first == "graph" && second == "graph"))
  }

  @Test(arguments: names) func units(_ name: String) throws {
    let format = try NetworkFormat.named(name)
    let folder = try TemporaryFolder()
    let original = imported(exampleWithUnits())
    guard try #require(Self.holds[name]).units else {
      let error = #expect(throws: CyclogradError.self) {
        try format.write(original, to: folder("n.x"))
      }
      #expect(error?.message.contains("units") == true)
      #expect(try folder.names.isEmpty)
      return
    }
    let after = try throughFile(original, format, in: folder).network.expanded()
    let before = try original.expanded()
    #expect(after.edgeFacts == before.edgeFacts && after.kinds == before.kinds)
    #expect(after.biases == before.biases)
  }

  @Test(
    "Biases of inputs are trained as they were: zeros, other numbers, and where there are none",
    arguments: ["graph", "networkx", "graphml", "gexf", "gml", "pajek"],
    [
      ParameterRule.default, .init(.constant(0.1)), .init(.constant(0.1), isTrainable: true),
      .init(.list([0.5, 0]), isTrainable: true), .init(.constant(0), isTrainable: true),
    ])
  func inputBiases(_ format: String, _ bias: ParameterRule) throws {
    let graph = Graph("inputs") {
      Group("x", size: 2, role: .input, activation: .tanh, bias: bias)
      Group("y", size: 1, role: .output, activation: .tanh, bias: 0.2)
      Connection("x", to: "y", weight: 0.5)
    }
    let before = try imported(graph).expanded()
    let after = try throughFile(
      imported(graph), NetworkFormat.named(format), in: TemporaryFolder()
    ).network.expanded()
    func frozen(_ network: ExpandedNetwork) -> [Bool] {
      network.frozenBiases.isEmpty
        ? Array(repeating: false, count: network.unitCount) : network.frozenBiases
    }
    #expect(frozen(after) == frozen(before))
    #expect(after.biases == before.biases)
  }

  @Test(
    "Names that a graph file could not be read with are not written", arguments: ["yaml", "json"])
  func controlCharacters(_ ending: String) throws {
    let folder = try TemporaryFolder()
    for name in ["a\nb", "a\tb", "\u{7F}", "\u{85}x"] {
      var graph = exampleNetwork()
      graph.groups[0].neuronNames = .list(
        (0..<graph.groups[0].size).map { $0 == 0 ? name : "n\($0)" })
      let error = #expect(throws: CyclogradError.self) {
        try NetworkFormat.graphFile.write(imported(graph), to: folder("g." + ending))
      }
      #expect(error?.message.contains("control character") == true)
      #expect(error?.location.file == "example")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}
