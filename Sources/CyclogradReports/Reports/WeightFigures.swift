import Cyclograd
import Foundation

/// Figures of the weights of a network: W itself, and how weights and degrees are spread.
struct WeightFigures {
  private let topology: NetworkTopology
  private let parameters: Parameters
  private var network: Network { topology.network }

  init(_ topology: NetworkTopology, _ parameters: Parameters) {
    (self.topology, self.parameters) = (topology, parameters)
  }

  private static let bins = 41

  /// Neurons in the order of their groups: for each neuron in condensation order its place, and the groups as bands.
  ///
  /// Neurons of a group keep the order of evaluation.
  private func groupOrder() -> (place: [Int], bands: [MatrixFigure.Band]) {
    let groups = topology.groupOfNeuron
    var sizes = [Int](repeating: 0, count: network.groups.count)
    for group in groups { sizes[group] += 1 }
    var next: [Int] = []
    var bands: [MatrixFigure.Band] = []
    var first = 0
    for (group, size) in sizes.enumerated() {
      next.append(first)
      if size > 0 { bands.append(.init(network.groups[group].name, first..<first + size)) }
      first += size
    }
    let place = groups.map { group in
      defer { next[group] += 1 }
      return next[group]
    }
    return (place, bands)
  }

  /// W with signs and sizes; several edges between two neurons share a cell.
  func matrix() -> MatrixFigure {
    let (place, bands) = groupOrder()
    var neuronAt = [Int](repeating: 0, count: place.count)
    for (neuron, at) in place.enumerated() { neuronAt[at] = neuron }
    let topology = topology
    func axis(_ label: String) -> MatrixFigure.Axis {
      .init(label, count: network.neuronCount, bands: bands) { [neuronAt] in
        topology.name(ofNeuron: neuronAt[$0])
      }
    }
    return MatrixFigure(
      name: "weights", title: "Weights",
      summary:
        "W, from the neuron of the column to that of the row, group by group; darker cells are larger weights."
        + (network.neuronCount > MatrixFigure.mostCells
          ? " Where several share a cell, it shows the one of the largest magnitude." : ""),
      rows: axis("to"), columns: axis("from"), valueLabel: "weight"
    ) { add in
      topology.forEachWeight(parameters) { source, target, weight in
        add(place[target], place[source], weight)
      }
    }
  }

  /// How many weights there are of each size; `nil` without any.
  func weightDistribution() -> Figure? {
    var weights: [Double] = []
    topology.forEachWeight(parameters) { _, _, weight in
      if weight.isFinite { weights.append(weight) }
    }
    let largest = weights.map(abs).max() ?? 0
    guard largest > 0 else { return nil }
    let half = Double(Self.bins) / 2
    var counts = [Double](repeating: 0, count: Self.bins)
    for weight in weights {
      // The ratio neither overflows nor vanishes, however large or small weights are.
      counts[min(max(0, Int((weight / largest + 1) * half)), Self.bins - 1)] += 1
    }
    let spread = Spread(weights)
    let negative = weights.count { $0 < 0 }
    let isWide = (counts.max() ?? 0) > 100 * (counts.filter { $0 > 0 }.min() ?? 1)
    return Figure(
      name: "weight-distribution", title: "How weights are spread",
      summary:
        "\(Quantity.count(weights.count, "weight")), \(Quantity.count(negative)) of them negative and "
        + "\(Quantity.count(weights.count { $0 == 0 })) zero; mean \(String(shortest: spread.mean))"
        + (spread.deviation.map { ", standard deviation \(String(shortest: $0))." } ?? "."),
      x: .init("weight"), y: .init("edges", isWide ? .logarithmic : .linear, isCount: true),
      series: [
        .init(
          "edges", .bar, x: (0..<Self.bins).map { ((Double($0) + 0.5) / half - 1) * largest },
          y: counts)
      ])
  }

  /// How many neurons have how many edges in and out.
  func degreeDistribution() -> Figure {
    var (inward, outward) = (
      [Int](repeating: 0, count: network.neuronCount),
      [Int](repeating: 0, count: network.neuronCount)
    )
    topology.forEachConnection { source, target in
      outward[source] += 1
      inward[target] += 1
    }
    func series(_ name: String, _ degrees: [Int]) -> Figure.Series {
      var counts: [Int: Int] = [:]
      for degree in degrees { counts[degree, default: 0] += 1 }
      let sorted = counts.keys.sorted()
      return .init(
        name, .scatter, x: sorted.map(Double.init), y: sorted.map { Double(counts[$0] ?? 0) })
    }
    func hubs(_ degrees: [Int]) -> String {
      degrees.indices.sorted { (-degrees[$0], $0) < (-degrees[$1], $1) }.prefix(3)
        .map { "\(topology.name(ofNeuron: $0)) (\(Quantity.count(degrees[$0])))" }
        .joined(separator: ", ")
    }
    let isWide = (inward + outward).max() ?? 0 > 50
    return Figure(
      name: "degree-distribution", title: "How edges are spread over neurons",
      summary: "Most edges enter \(hubs(inward)); most leave \(hubs(outward)).",
      x: .init("edges of a neuron", isWide ? .logarithmic : .linear, isCount: true),
      y: .init("neurons", isWide ? .logarithmic : .linear, isCount: true),
      series: [series("in", inward), series("out", outward)])
  }
}
