/// M = Γ|W| of one cyclic component, or of a whole network, K × K: |Δaₖ| ≤ Σⱼ M[k, j] |Δaⱼ| for every pair of states.
///
/// Γ[k, s] ≥ sup |∂aₖ/∂z_s|. Every unit of a softmax group acts on all its neurons.
struct ComparisonMatrix: NonNegativeMap {
  private let network: Network
  private let weights: [Double]
  private let neurons: Range<Int>
  private let runs: [(neurons: Range<Int>, bounds: [Double], isSoftmax: Bool)]

  init(_ network: Network, weights: [Double], stage: Network.Stage) throws(NoCertificate) {
    try self.init(
      network, weights, Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound),
      Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound), inputs: [])
  }

  /// That of the whole network.
  init(whole network: Network, weights: [Double]) throws(NoCertificate) {
    try self.init(
      network, weights, 0..<network.neuronCount, network.runs.indices,
      inputs: Set(network.inputUnits))
  }

  private init(
    _ network: Network, _ weights: [Double], _ neurons: Range<Int>, _ places: Range<Int>,
    inputs: Set<Int32>
  ) throws(NoCertificate) {
    self.network = network
    self.weights = weights
    self.neurons = neurons
    var runs: [(neurons: Range<Int>, bounds: [Double], isSoftmax: Bool)] = []
    for run in network.runs[places] {
      let group = network.layout.entries[Int(run.group)].group
      runs.append(
        (
          Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound),
          try network.slopeBounds(of: run, movedBy: neurons, inputs: inputs),
          group.units[0].activation == .softmax
        ))
    }
    self.runs = runs
  }

  /// The number of neurons.
  var count: Int { neurons.count }
  /// A measure of what one product costs.
  var work: Int {
    let first = Int(network.unitStarts[neurons.lowerBound])
    let last = Int(network.unitStarts[neurons.upperBound])
    return count + network.rows.edgeCount(first..<last)
  }

  func times(
    _ v: [Double], sum: (Double, Double) -> Double, product: (Double, Double) -> Double
  ) -> [Double] {
    times(v, drive: nil, sum: sum, product: product)
  }

  /// M v + Γ u with the given sums and products of non-negative numbers.
  ///
  /// - Parameter drive: u, per unit of the network; `nil` stands for zeros.
  func times(
    _ v: [Double], drive: [Double]?, sum: (Double, Double) -> Double,
    product: (Double, Double) -> Double
  ) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    for run in runs {
      var total = 0.0
      for k in run.neurons {
        var row = 0.0
        let first = Int(network.unitStarts[k])
        for (index, bound) in run.bounds.enumerated() {
          let s = first + index
          var entry = drive?[s] ?? 0
          for e in network.inEdges(of: s) {
            let j = network.sourceNeuron(of: e, into: s)
            // Sources outside the component are constant.
            guard neurons.contains(j), weights[e] != 0 else { continue }
            entry = sum(entry, product(weights[e].magnitude, v[j - neurons.lowerBound]))
          }
          row = sum(row, product(bound, entry))
        }
        result[k - neurons.lowerBound] = row
        total = sum(total, row)
      }
      if run.isSoftmax {
        for k in run.neurons { result[k - neurons.lowerBound] = total }
      }
    }
    return result
  }

  /// Mᵀ v with the given sums and products of non-negative numbers.
  func transposedTimes(
    _ v: [Double], sum: (Double, Double) -> Double, product: (Double, Double) -> Double
  ) -> [Double] {
    var reached = [Double](repeating: 0, count: count)
    for run in runs {
      let total =
        run.isSoftmax ? run.neurons.reduce(0.0) { sum($0, v[$1 - neurons.lowerBound]) } : 0
      for k in run.neurons {
        let value = run.isSoftmax ? total : v[k - neurons.lowerBound]
        guard value != 0 else { continue }
        let first = Int(network.unitStarts[k])
        for (index, bound) in run.bounds.enumerated() {
          let scaled = product(bound, value)
          let s = first + index
          for e in network.inEdges(of: s) {
            let j = network.sourceNeuron(of: e, into: s)
            guard neurons.contains(j), weights[e] != 0 else { continue }
            let place = j - neurons.lowerBound
            reached[place] = sum(reached[place], product(weights[e].magnitude, scaled))
          }
        }
      }
    }
    return reached
  }
}
