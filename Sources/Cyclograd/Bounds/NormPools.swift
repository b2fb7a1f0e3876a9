/// Rows of the comparison graph where stages count by the 2-norm of what their neurons move: as one number, which all of
/// them have and the first of them passes on, weighted with 2-norms of weights.
///
/// With ‖δa‖₂ ≤ h in a stage, |Σ w δa| ≤ ‖w‖₂ h for what it feeds, and h ≤ ‖δu‖₂ / m ≤ Σⱼ ‖wⱼ‖₂ |δaⱼ| / m, wⱼ being the
/// weights by which neuron j feeds it, with Frobenius norms between two such stages.
struct NormPools {
  /// An entry with bounds of its value. Norms are taken for what rounding upward makes of them.
  struct Entry {
    var column: Int32
    var up: Double
    var down: Double
  }

  private let network: Network
  /// Per neuron the first one of its stage, or −1 where neurons count one by one.
  private let first: [Int32]

  /// - Parameter reaches: whose keys are the stages' numbers.
  init(_ network: Network, _ reaches: [Int: Double]) {
    self.network = network
    var found = [Int32](repeating: -1, count: reaches.isEmpty ? 0 : network.neuronCount)
    for number in reaches.keys {
      let neurons = network.stages[number].neurons
      for k in neurons { found[Int(k)] = neurons.lowerBound }
    }
    first = found
  }

  /// The entries of a neuron's units from some neurons.
  func rows(
    of k: Int, _ weights: [Double], _ slopes: [Double], where isMeant: (Int32) -> Bool
  ) -> [Entry] {
    var result: [Entry] = []
    for s in Int(network.unitStarts[k])..<Int(network.unitStarts[k + 1]) {
      let slope = slopes[s]
      guard slope != 0 else { continue }
      var squares: [Int32: Double] = [:]
      for e in network.inEdges(of: s) {
        let source = network.sourceNeuron(of: e, into: s)
        let weight = weights[e].magnitude
        guard weight != 0, isMeant(Int32(source)) else { continue }
        if first[source] >= 0 {
          squares[first[source], default: 0] = Rounding.sumUp(
            squares[first[source], default: 0], Rounding.productUp(weight, weight))
        } else {
          result.append(
            Entry(
              column: Int32(source),
              up: max(ComparisonSweeps.least, Rounding.productUp(slope, weight)),
              down: Rounding.productDown(slope, weight)))
        }
      }
      result += entries(squares, times: slope)
    }
    return result
  }

  /// The entries of a stage's one number.
  ///
  /// - Parameter reach: 1/m.
  func reached(_ stage: Network.Stage, _ weights: [Double], times reach: Double) -> [Entry] {
    var squares: [Int32: Double] = [:]
    for s in network.units(of: stage) {
      for e in network.inEdges(of: s) {
        let source = network.sourceNeuron(of: e, into: s)
        let weight = weights[e].magnitude
        guard weight != 0, !stage.neurons.contains(Int32(source)) else { continue }
        let column = first[source] >= 0 ? first[source] : Int32(source)
        squares[column, default: 0] = Rounding.sumUp(
          squares[column, default: 0], Rounding.productUp(weight, weight))
      }
    }
    return entries(squares, times: reach)
  }

  private func entries(_ squares: [Int32: Double], times factor: Double) -> [Entry] {
    squares.sorted { $0.key < $1.key }.map { column, sum in
      let value = max(
        ComparisonSweeps.least, Rounding.productUp(factor, sum.squareRoot().nextUp))
      return Entry(column: column, up: value, down: value)
    }
  }
}
