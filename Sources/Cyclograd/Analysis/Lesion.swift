/// A cut through some edges: their weights become 0.
public struct Lesion: Hashable, Sendable {
  /// What is cut, for people: a neuron's name, or `source -> target`.
  public var name: String
  /// The places of the weights in ``Parameters/values``.
  public var weights: [Int]

  /// Creates a cut.
  public init(_ name: String, weights: [Int]) {
    self.name = name
    self.weights = weights
  }
}

/// Finds the edges that a cut goes through.
///
/// Neurons are numbered from 0 in file order.
public struct LesionFinder: Sendable {
  private let network: Network
  /// How many edges each weight has; `nil`: one.
  private let uses: [Int32]?

  /// - Complexity: in proportion to the edges where weights are tied.
  public init(_ network: Network) {
    self.network = network
    uses = network.edgeParameter.map { parameters in
      var uses = [Int32](repeating: 0, count: network.weightParameterCount)
      for s in 0..<network.unitCount {
        for edge in network.inEdges(of: s) { uses[Int(parameters[edge])] += 1 }
      }
      return uses
    }
  }

  /// A cut through all edges that leave a neuron.
  ///
  /// - Throws: ``CyclogradError`` where one of them has its weight in common with others.
  public func outEdges(of neuron: Int) throws -> Lesion {
    let k = Int(network.position[neuron])
    let name = network.name(atPosition: k)
    let transpose = network.transpose
    let edges = transpose.places[transpose.edges(of: k)]
    return Lesion(name, weights: try weights(edges, name))
  }

  /// A cut through the edge between two neurons; through several if the target has several units that the source
  /// feeds.
  ///
  /// - Throws: ``CyclogradError`` where there is no edge, or where it has its weight in common with others.
  public func edge(from source: Int, to target: Int) throws -> Lesion {
    let (j, k) = (Int(network.position[source]), Int(network.position[target]))
    let name = "\(network.name(atPosition: j)) -> \(network.name(atPosition: k))"
    let units = network.unitStarts[k]..<network.unitStarts[k + 1]
    var edges: [Int32] = []
    for s in units {
      let row = network.inEdges(of: Int(s))
      let place = row.partitioningIndex { network.sourceNeuron(of: $0, into: Int(s)) >= j }
      if place < row.upperBound, network.sourceNeuron(of: place, into: Int(s)) == j {
        edges.append(Int32(place))
      }
    }
    guard !edges.isEmpty else {
      throw CyclogradError(
        .invalidOption, "there is no edge \(name)",
        advice: "the source comes first, then the target")
    }
    return Lesion(name, weights: try weights(edges, name))
  }

  private func weights(_ edges: some Sequence<Int32>, _ name: String) throws -> [Int] {
    let result = edges.map { network.parameter(ofEdge: Int($0)) }
    guard let uses, let tied = result.first(where: { uses[$0] > 1 }) else { return result }
    throw CyclogradError(
      .invalidOption,
      "the cut \(name) goes through an edge whose weight \(uses[tied]) edges have in common",
      at: .init(subject: network.describe(parameter: tied)),
      advice:
        "write the network out edge by edge, without ties ('cyclograd convert' to .graphml), and cut that"
    )
  }
}
