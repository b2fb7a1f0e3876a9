/// Where in a network's matrix W each parameter stands, rows and columns in file order.
public struct ParameterLayout: Hashable, Sendable {
  /// Where each row (unit) starts among the edges; one number more than there are units.
  public let rowStarts: [Int]
  /// The source neuron of each edge, ascending within a row.
  public let columns: [Int32]
  /// The parameter of each edge.
  public let weights: [Int32]
  /// The parameter of each unit's bias.
  public let biases: [Int32]
}

extension Network {
  /// The places of all parameters; in time and memory in proportion to the edges.
  public var parameterLayout: ParameterLayout {
    var starts = [0]
    var sources: [Int32] = []
    var weights: [Int32] = []
    sources.reserveCapacity(edgeCount)
    weights.reserveCapacity(edgeCount)
    let units = unitsInFileOrder
    var row: [(source: Int32, edge: Int)] = []
    for unit in units.lazy.map({ Int($0) }) {
      row.removeAll(keepingCapacity: true)
      for edge in Int(rowStarts[unit])..<Int(rowStarts[unit + 1]) {
        row.append((fileNeuron[Int(columns[edge])], edge))
      }
      row.sort { $0.source < $1.source }
      for (source, edge) in row {
        sources.append(source)
        weights.append(Int32(parameter(ofEdge: edge)))
      }
      starts.append(sources.count)
    }
    return ParameterLayout(
      rowStarts: starts, columns: sources, weights: weights,
      biases: units.map { biasParameter[Int($0)] })
  }
}
