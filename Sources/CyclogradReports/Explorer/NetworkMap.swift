public import Cyclograd
import Foundation

/// The network neuron by neuron, to be explored in a page: neurons at places, edges with weights, and what is
/// known of each neuron at a sample.
///
/// In a page it is a canvas with a search, filters and paths, and names of neurons in the text; elsewhere, as SVG
/// or as a table, it is one picture and a list of edges.
public struct NetworkMap: ReportFigure {
  /// Names the figure.
  public var name: String { "network" }
  /// The heading.
  public var title: String { "The network, neuron by neuron" }

  /// One neuron.
  public struct Neuron: Sendable {
    /// Its name.
    public var name: String
    /// The index of its group.
    public var group: Int
    /// The index of its cyclic component among ``components``; `nil` where it is on no cycle.
    public var component: Int?
    /// Where it stands, from the left; in units of which neighbours are about 20 apart.
    public var x = 0.0
    /// Where it stands, from the top.
    public var y = 0.0
    /// The bias of its first unit.
    public var bias: Double
    /// The activation at the sample; NaN where there is none.
    public var activation = Double.nan
    /// Its slope there; NaN where there is none.
    public var slope = Double.nan
    /// ∂(Σ outputs)/∂a there; NaN where it does not exist.
    public var sensitivity = Double.nan
    /// Its share of a walk along the edges, by |weight| (PageRank).
    public var centrality = 0.0
  }

  /// One edge, between indices of ``neurons``.
  public struct Edge: Sendable {
    /// The neuron that it leaves.
    public var source: Int32
    /// The neuron that it enters.
    public var target: Int32
    /// Its weight.
    public var weight: Float
  }

  /// What groups have in common.
  struct GroupEntry: Sendable {
    var name: String
    var activation: String
    var role: Group.Role
  }

  /// The neurons, in the order of evaluation.
  public private(set) var neurons: [Neuron]
  /// The edges, by the neuron that they leave.
  public private(set) var edges: [Edge]
  /// How many neurons each cyclic component has.
  public let components: [Int]
  let groups: [GroupEntry]
  /// What opens on a click; every neuron belongs to one.
  let clusters: MapClusters
  /// Whether a page begins with what is closed.
  let beginsClosed: Bool
  private let hasSample: Bool

  /// Networks that take more bytes in a page are shown by their groups alone, so that it stays below 20 MB.
  public static let mostBytes = 15_000_000
  /// Networks of more neurons begin with groups, modules and components that are closed.
  public static let mostOpenNeurons = 12_000

  /// What the data of a network take in a page: 8 bytes an edge and 48 bytes and a name a neuron, in base64.
  static func bytes(_ network: Network) -> Int {
    network.edgeCount * 32 / 3 + network.neuronCount * 72
  }

  /// The neurons and edges of a network; `nil` for one that takes more than ``mostBytes``, or of no neuron.
  ///
  /// - Parameter reading: what is known at a sample.
  /// - Complexity: O(edges), and the time of graphviz's `sfdp` or `dot` for up to ``mostOpenNeurons`` neurons.
  public init?(_ network: Network, _ parameters: Parameters, reading: NeuronReading? = nil) {
    guard Self.bytes(network) <= Self.mostBytes, network.neuronCount > 0 else { return nil }
    let topology = NetworkTopology(network)
    let groupOfNeuron = topology.groupOfNeuron
    let biases = topology.biases(parameters)
    var neurons = (0..<network.neuronCount).map { index in
      Neuron(name: topology.name(ofNeuron: index), group: groupOfNeuron[index], bias: biases[index])
    }
    var sizes: [Int] = []
    for stage in topology.stages where stage.isCyclic {
      for index in stage.neurons { neurons[index].component = sizes.count }
      sizes.append(stage.neurons.count)
    }
    var edges: [Edge] = []
    edges.reserveCapacity(network.edgeCount)
    topology.forEachWeight(parameters) { source, target, weight in
      edges.append(.init(source: Int32(source), target: Int32(target), weight: Float(weight)))
    }
    edges.sort { ($0.source, $0.target) < ($1.source, $1.target) }
    if let reading {
      for index in neurons.indices {
        neurons[index].activation = reading.activations[index]
        neurons[index].slope = reading.slopes[index]
        neurons[index].sensitivity = reading.sensitivities?[index] ?? .nan
      }
    }
    for (index, share) in Centrality.pageRank(neurons.count, edges).enumerated() {
      neurons[index].centrality = share
    }
    groups = network.groups.map {
      GroupEntry(name: $0.name, activation: $0.activationWords, role: $0.role)
    }
    components = sizes
    hasSample = reading != nil
    clusters = MapClusters(neurons, groups: groups.map(\.name))
    beginsClosed = neurons.count > Self.mostOpenNeurons
    MapLayout.place(&neurons, edges, clusters: clusters)
    (self.neurons, self.edges) = (neurons, edges)
  }

  /// What the figure shows.
  public var summary: String {
    "\(Quantity.count(neurons.count, "neuron")) and \(Quantity.count(edges.count, "edge")). "
      + "Edges of positive and negative weight have colours of their own"
      + (hasSample ? "; activations, slopes and sensitivities are those of one sample." : ".")
      + (beginsClosed ? " Groups of neurons open on a click." : "")
  }

  /// What the legend says.
  public var legend: [LegendEntry] { [] }

  /// One row for each edge.
  public var table: FigureTable {
    let (neurons, edges) = (neurons, edges)
    return FigureTable(columns: ["from", "to", "weight"], rowCount: edges.count) {
      let edge = edges[$0]
      return [
        neurons[Int(edge.source)].name, neurons[Int(edge.target)].name, "\(edge.weight)",
      ]
    }
  }

  /// The strongest edges and all neurons at their places.
  public func drawing() -> Drawing {
    let shown = edges.sorted { abs($0.weight) > abs($1.weight) }.prefix(Self.mostDrawnEdges)
    let (left, top) = (neurons.map(\.x).min() ?? 0, neurons.map(\.y).min() ?? 0)
    let width = max(1, (neurons.map(\.x).max() ?? 1) - left)
    let height = max(1, (neurons.map(\.y).max() ?? 1) - top)
    let scale = 608 / max(width, height)
    func x(_ neuron: Int32) -> String { Markup.place(16 + scale * (neurons[Int(neuron)].x - left)) }
    func y(_ neuron: Int32) -> String { Markup.place(16 + scale * (neurons[Int(neuron)].y - top)) }
    var out = ""
    for (isNegative, colour) in [(false, "s0"), (true, "s1")] {
      let lines = shown.filter { ($0.weight < 0) == isNegative }.map {
        "M\(x($0.source)) \(y($0.source))L\(x($0.target)) \(y($0.target))"
      }
      out += "<g class=\"\(colour)\" style=\"opacity:.35\">"
      out += "<path class=\"o\" style=\"stroke-width:.6\" d=\"\(lines.joined())\"/></g>\n"
    }
    let radius = Markup.place(min(6, max(1, scale * 5)))
    for index in neurons.indices {
      let at = Int32(index)
      out += "<circle class=\"node\" cx=\"\(x(at))\" cy=\"\(y(at))\" r=\"\(radius)\"/>\n"
    }
    let left0 = edges.count - shown.count
    return Drawing(
      width: 640, height: 32 + scale * height, body: out,
      note: left0 > 0
        ? "The \(Quantity.count(shown.count)) edges of the largest weights are drawn." : "")
  }

  private static let mostDrawnEdges = 20_000

  /// The canvas with its controls; the data are base64 within the page.
  public func pageMarkup() -> String { MapMarkup.html(self) }

  /// What the canvas needs.
  public var pageScript: String? { MapScript.text }
}

extension Group {
  /// The activations of its neurons' units.
  var activationWords: String {
    let names = units.map(\.activation.name)
    return names.count == 1 ? names[0] : "\(combine.rawValue) of \(names.joined(separator: ", "))"
  }
}

/// How much a neuron matters to a walk along the edges.
enum Centrality {
  /// PageRank (Page et al. 1999) with damping 0.85, steps chosen in proportion to |weight|; 60 steps, O(edges) each.
  static func pageRank(_ count: Int, _ edges: [NetworkMap.Edge]) -> [Double] {
    var strength = [Double](repeating: 0, count: count)
    for edge in edges where edge.weight.isFinite {
      strength[Int(edge.source)] += Double(abs(edge.weight))
    }
    var rank = [Double](repeating: 1 / Double(count), count: count)
    for _ in 0..<60 {
      var lost = 0.0
      for index in rank.indices where !(strength[index] > 0) { lost += rank[index] }
      var next = [Double](repeating: (0.15 + 0.85 * lost) / Double(count), count: count)
      for edge in edges where edge.weight.isFinite && strength[Int(edge.source)] > 0 {
        next[Int(edge.target)] +=
          0.85 * rank[Int(edge.source)] * Double(abs(edge.weight)) / strength[Int(edge.source)]
      }
      rank = next
    }
    return rank
  }
}
