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
  /// What each edge's parameter is multiplied with; empty where all factors are 1.
  public let weightFactors: [Double]
  /// What each bias's parameter is multiplied with; empty where all factors are 1.
  public let biasFactors: [Double]

  package init(
    rowStarts: [Int], columns: [Int32], weights: [Int32], biases: [Int32],
    weightFactors: [Double], biasFactors: [Double]
  ) {
    self.rowStarts = rowStarts
    self.columns = columns
    self.weights = weights
    self.biases = biases
    self.weightFactors = weightFactors
    self.biasFactors = biasFactors
  }

  /// The weight of each edge: its parameter times its factor.
  public func weightValues(_ parameters: Parameters) -> [Double] {
    Self.values(weights, weightFactors, parameters)
  }

  /// The bias of each unit: its parameter times its factor.
  public func biasValues(_ parameters: Parameters) -> [Double] {
    Self.values(biases, biasFactors, parameters)
  }

  private static func values(
    _ places: [Int32], _ factors: [Double], _ parameters: Parameters
  ) -> [Double] {
    guard !factors.isEmpty else { return places.map { parameters.values[Int($0)] } }
    return zip(places, factors).map { parameters.values[Int($0)] * $1 }
  }
}

extension Network {
  /// The places of all parameters; in time and memory in proportion to the edges.
  public var parameterLayout: ParameterLayout {
    var starts = [0]
    var sources: [Int32] = []
    var weights: [Int32] = []
    var factors: [Double] = []
    sources.reserveCapacity(edgeCount)
    weights.reserveCapacity(edgeCount)
    let units = unitsInFileOrder
    var row: [(source: Int32, edge: Int)] = []
    for unit in units.lazy.map({ Int($0) }) {
      row.removeAll(keepingCapacity: true)
      for edge in inEdges(of: unit) {
        row.append((fileNeuron[sourceNeuron(of: edge, into: unit)], edge))
      }
      row.sort { $0.source < $1.source }
      for (source, edge) in row {
        sources.append(source)
        weights.append(Int32(parameter(ofEdge: edge)))
        if self.factors != nil { factors.append(factor(ofEdge: edge)) }
      }
      starts.append(sources.count)
    }
    return ParameterLayout(
      rowStarts: starts, columns: sources, weights: weights,
      biases: units.map { biasParameter[Int($0)] }, weightFactors: factors,
      biasFactors: self.factors == nil ? [] : units.map { factor(ofBias: Int($0)) })
  }
}
