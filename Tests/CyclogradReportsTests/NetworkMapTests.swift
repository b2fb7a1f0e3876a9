import Cyclograd
import Foundation
import Testing

@testable import CyclogradReports

@Suite("The network to be explored")
struct NetworkMapTests {
  private static func plain() throws -> (network: Network, parameters: Parameters) {
    try Graph("plain", seed: 3) {
      Group("x", size: 3, role: .input)
      Group("h", size: 5, activation: .tanh, bias: 0.25)
      Group("k", size: 4, activation: .logistic)
      Group("y", size: 2, role: .output)
      Connection("x", to: "h")
      Connection("h", to: "k")
      Connection("k", to: "h", weight: .normal(0.2))
      Connection("k", to: "y")
    }.compile()
  }

  @Test("It has every neuron and every edge with its weight, as the network says")
  func content() throws {
    let (network, parameters) = try Self.plain()
    let map = try #require(NetworkMap(network, parameters))
    var expected: [String: Double] = [:]
    network.forEachParameterUse { use in
      if let source = use.source {
        expected["\(source) \(use.target)"] = parameters.values[use.parameter]
      }
    }
    #expect(map.edges.count == network.edgeCount && map.table.rowCount == expected.count)
    for edge in map.edges {
      let (from, to) = (map.neurons[Int(edge.source)], map.neurons[Int(edge.target)])
      #expect(expected["\(from.name) \(to.name)"].map(Float.init) == edge.weight)
    }
    #expect(map.components == [9])
    #expect(map.neurons.count { $0.component == 0 } == 9)
    #expect(map.neurons.allSatisfy { $0.x.isFinite && $0.y.isFinite && $0.activation.isNaN })
    #expect(map.neurons.filter { $0.name.hasPrefix("h") }.allSatisfy { $0.bias == 0.25 })
  }

  @Test("What is known at a sample: slopes, and sensitivities as by finite differences")
  func reading() throws {
    let (network, parameters) = try Self.plain()
    let simulator = try Simulator(network)
    let inputs = Matrix([[0.3, -0.5, 0.8]])
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    let reading = NeuronReading(equilibrium)
    let sensitivities = try #require(reading.sensitivities)
    let topology = NetworkTopology(network)
    for index in 0..<network.neuronCount {
      let name = topology.name(ofNeuron: index)
      if name.hasPrefix("y") { #expect(sensitivities[index] == 1) }
      if name.hasPrefix("h") {
        let a = reading.activations[index]
        #expect(abs(reading.slopes[index] - (1 - a * a)) < 1e-12)
      }
      // An input neuron is the identity of its input: pushing one is pushing the other.
      guard name.hasPrefix("x"), let column = network.inputNames.firstIndex(of: name) else {
        continue
      }
      func total(_ change: Double) throws -> Double {
        var moved = inputs
        moved[0, column] += change
        return try simulator.equilibrium(parameters, inputs: moved).outputs.elements.reduce(0, +)
      }
      let difference = try (total(1e-5) - total(-1e-5)) / 2e-5
      #expect(abs(sensitivities[index] - difference) < 1e-6)
    }
  }

  @Test("The walk along the edges is the one of a dense matrix")
  func centrality() {
    let edges: [NetworkMap.Edge] = [
      .init(source: 0, target: 1, weight: 2), .init(source: 0, target: 2, weight: -1),
      .init(source: 1, target: 2, weight: 1), .init(source: 2, target: 0, weight: 1),
      .init(source: 2, target: 3, weight: .nan),
    ]
    let steps: [[Double]] = [
      [0, 2.0 / 3, 1.0 / 3, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25],
    ]
    var rank = [0.25, 0.25, 0.25, 0.25]
    for _ in 0..<2000 {
      var next = [Double](repeating: 0.15 / 4, count: 4)
      for (from, row) in steps.enumerated() {
        for (to, share) in row.enumerated() { next[to] += 0.85 * rank[from] * share }
      }
      rank = next
    }
    for (a, b) in zip(Centrality.pageRank(4, edges), rank) { #expect(abs(a - b) < 1e-4) }
  }

  @Test("Modules nest by the dots of names, and large groups are divided")
  func clusters() {
    func neurons(_ counts: [Int], component: (Int) -> Int?) -> [NetworkMap.Neuron] {
      counts.enumerated().flatMap { group, count in
        (0..<count).map {
          NetworkMap.Neuron(name: "\(group).\($0)", group: group, component: component($0), bias: 0)
        }
      }
    }
    let small = MapClusters(neurons([2, 1, 3]) { _ in nil }, groups: ["a.b.c", "a.b.d", "e"])
    #expect(small.clusters.map(\.name) == ["a", "a.b", "a.b.c", "a.b.d", "e"])
    #expect(small.clusters.map(\.parent) == [nil, 0, 1, 1, nil])
    #expect(small.ofNeuron == [2, 2, 3, 4, 4, 4])
    let large = MapClusters(neurons([5000]) { $0 % 2 == 0 ? 0 : nil }, groups: ["n"])
    var sizes: [Int32: Int] = [:]
    for cluster in large.ofNeuron { sizes[cluster, default: 0] += 1 }
    #expect(sizes.values.allSatisfy { $0 <= MapClusters.largest } && sizes.count == 6)
    #expect(large.clusters.dropFirst().allSatisfy { $0.parent == 0 })
  }

  @Test("Without graphviz neurons stand apart all the same")
  func discs() {
    var neurons = (0..<900).map {
      NetworkMap.Neuron(name: "\($0)", group: $0 % 3, component: nil, bias: 0)
    }
    MapLayout.discs(&neurons, MapClusters(neurons, groups: ["a", "b.c", "b.d"]))
    for i in neurons.indices {
      for j in 0..<i {
        let (dx, dy) = (neurons[i].x - neurons[j].x, neurons[i].y - neurons[j].y)
        #expect(dx * dx + dy * dy > 100, "\(i) and \(j)")
      }
    }
  }

  @Test("An answer of graphviz that makes no sense gives no places")
  func nonsense() {
    for text in [
      "", "node 0 1\n", "node 0 nan 1 x\n", "node 7 1 1 x\n", "node 0 1 1 x\n", "node -1 1 1 x\n",
    ] { #expect(MapLayout.read(text, count: 2) == nil, "\(text)") }
    #expect(MapLayout.read("graph 1\nnode 0 1 2 x\nnode 1 0 0 x\nstop\n", count: 2)?.count == 2)
  }

  @Test("Its data are JSON, with marks of direction in names written out")
  func marks() throws {
    let names = ["a\u{202E}b", "\u{200E}c\\", "<d> & \"e\""]
    let (network, parameters) = try Graph("marks") {
      Group("x", neurons: names, role: .input)
      Group("y", size: 1, role: .output)
      Connection("x", to: "y")
    }.compile()
    let html = ReportPage(
      title: "a", summary: "b", figures: [try #require(NetworkMap(network, parameters))]
    ).html()
    #expect(PageContent(html).isWellFormed)
    let data = try #require(html.firstMatch(of: /class="data">([^<]*)</)?.1)
    let json = data.replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
    let content = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let found = try #require(content?["names"] as? [String])
    #expect(
      Set(found).isSuperset(of: [#"a\u{202E}b"#, #"\u{200E}c\"#, "<d> & \"e\""]))
  }

  @Test("Its page is well-formed, whatever names say")
  func page() throws {
    let (network, parameters) = try Self.plain()
    let map = try #require(NetworkMap(network, parameters))
    let html = ReportPage(title: "a", summary: "b", figures: [map]).html()
    let content = PageContent(html)
    #expect(content.isWellFormed && content.counts["canvas"] == 1)
    #expect(content.links.isEmpty && html.matches(of: /<script/).count == 1)
    #expect(PageContent(map.svg()).isWellFormed)
  }
}
