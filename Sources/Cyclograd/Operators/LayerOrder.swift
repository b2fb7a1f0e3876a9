/// The groups of a component along its cycles, as layers of a block are: each mostly sees the one before it.
///
/// Where all connections go from a layer to the next, a sweep in this order does what as many plain sweeps do as there
/// are layers (p-cyclic matrices, Varga 2000, section 4.1). The order is a reverse postorder of a depth-first search in
/// the graph of groups, the one in which most edges go forwards.
enum LayerOrder {
  /// Smaller components are solved by other means.
  private static let fewestNeurons = 33
  /// What sweeps measure has room for a piece of each.
  private static let mostLayers = Parallel.mostPieces
  /// Which part of the edges may stay within their layer, and which part has to go forwards.
  private static let mostWithin = 0.25
  private static let fewestForwards = 0.5

  /// The neurons of each layer, counted from the component's first; `nil` where there are no layers, or layers and the
  /// order in which sweeps take rows do not go together.
  static func ranges(_ component: Component) -> [Range<Int>]? {
    let runs = component.runs.map { index in
      let neurons = component.network.runs[Int(index)].neurons
      return Int(neurons.lowerBound) - component.neurons.lowerBound..<Int(neurons.upperBound)
        - component.neurons.lowerBound
    }
    let hasOrder =
      component.hasTiles || component.rowOrder != nil || component.outRows.order != nil
    guard component.neuronCount >= fewestNeurons,
      2...mostLayers ~= runs.count,
      !hasOrder || runs.allSatisfy({ $0.lowerBound.isMultiple(of: component.sweepGrain) })
    else { return nil }
    let edges = edgeCounts(component, runs)
    let total = Double(component.edgeCount)
    let within = runs.indices.reduce(0) { $0 + edges[$1][$1] }
    guard Double(within) <= mostWithin * total else { return nil }
    var best: (order: [Int], forwards: Int) = ([], -1)
    for start in runs.indices {
      let order = reversePostorder(edges, from: start)
      let forwards = forwardEdges(edges, order)
      if forwards > best.forwards { best = (order, forwards) }
    }
    guard Double(best.forwards) >= fewestForwards * total else { return nil }
    return best.order.map { runs[$0] }
  }

  /// How many edges go from each run to each.
  private static func edgeCounts(_ component: Component, _ runs: [Range<Int>]) -> [[Int]] {
    var counts = Array(repeating: Array(repeating: 0, count: runs.count), count: runs.count)
    for (target, neurons) in runs.enumerated() {
      for row in component.units(of: neurons) {
        for edge in component.innerEdges(of: row) {
          let column = component.innerSource(of: edge, into: row)
          counts[runs.partitioningIndex { $0.upperBound > column }][target] += 1
        }
      }
    }
    return counts
  }

  private static func forwardEdges(_ edges: [[Int]], _ order: [Int]) -> Int {
    var sum = 0
    for (place, source) in order.enumerated() {
      for target in order[(place + 1)...] { sum += edges[source][target] }
    }
    return sum
  }

  /// All runs can be reached from each, since they are of one component.
  private static func reversePostorder(_ edges: [[Int]], from start: Int) -> [Int] {
    var order: [Int] = []
    var isSeen = Array(repeating: false, count: edges.count)
    func visit(_ run: Int) {
      isSeen[run] = true
      // The last successors come first in the order.
      for next in edges.indices.reversed() where edges[run][next] > 0 && !isSeen[next] {
        visit(next)
      }
      order.append(run)
    }
    visit(start)
    return order.reversed()
  }
}
