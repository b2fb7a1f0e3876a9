import SparseAlgebra

/// Puts together ∂E/∂W[s, j] = d_s a_j, ∂E/∂b_s = d_s and ∂E/∂x = d on the input units, summed over
/// the samples and multiplied with a factor: 1/N for a mean (equation 9). Sums run in a fixed order, whatever the
/// number of threads.
struct GradientAssembly {
  let network: Network
  let batch: Int
  let factor: Double
  let threads: Int

  func parameters(d: [Double], activations: [Double]) throws -> [Double] {
    var result = [Double](onLargePages: network.parameterCount)
    // Rows whose edges have parameters of their own can be shared out among threads.
    let pieces = network.edgeParameter == nil ? min(64, max(1, network.edgeCount / 65_536)) : 1
    try result.withUnsafeMutableBufferPointer { result in
      try d.withUnsafeBufferPointer { d in
        try activations.withUnsafeBufferPointer { activations in
          let task = Task(
            result: result.baseAddress!, d: d.baseAddress!, activations: activations.baseAddress!)
          try Parallel.forEach(pieces, threads: threads) { _, piece in
            let rows =
              network.unitCount * piece / pieces..<network.unitCount * (piece + 1) / pieces
            addWeights(rows, task)
          }
          for s in 0..<network.unitCount {
            var sum = 0.0
            for b in 0..<batch { sum += d[s * batch + b] }
            let derivative = factor * sum
            result[Int(network.biasParameter[s])] +=
              network.factors.map { derivative * $0.biases[s] } ?? derivative
          }
        }
      }
    }
    return result
  }

  private struct Task: @unchecked Sendable {
    var result: UnsafeMutablePointer<Double>
    var d: UnsafePointer<Double>
    var activations: UnsafePointer<Double>
  }

  /// How many edges with tied parameters are computed before they are added up.
  private static let tiedEdges = 1 << 14

  private func addWeights(_ rows: Range<Int>, _ task: Task) {
    guard network.storedEdgeCount > 0 else { return }
    guard let edgeParameter = network.edgeParameter else {
      return setOuterProduct(rows, task, task.result)
    }
    var first = rows.lowerBound
    var values: [Double] = []
    while first < rows.upperBound {
      // Rows whose entries follow one another, and whose columns are shifted alike.
      let start = network.inEdges(of: first).lowerBound
      var end = first + 1
      while end < rows.upperBound, network.rows.shift(end) == network.rows.shift(first),
        network.inEdges(of: end).lowerBound == network.inEdges(of: end - 1).upperBound,
        network.inEdges(of: end).upperBound - start <= Self.tiedEdges
      {
        end += 1
      }
      let edges = start..<network.inEdges(of: end - 1).upperBound
      values.removeAll(keepingCapacity: true)
      values.append(contentsOf: repeatElement(0, count: edges.count))
      values.withUnsafeMutableBufferPointer { values in
        guard let base = values.baseAddress else { return }
        setOuterProduct(first..<end, task, base - edges.lowerBound)
      }
      if let factors = network.factors?.edges {
        for edge in edges { values[edge - edges.lowerBound] *= factors[edge] }
      }
      for edge in edges { task.result[Int(edgeParameter[edge])] += values[edge - edges.lowerBound] }
      first = end
    }
  }

  private func setOuterProduct(
    _ rows: Range<Int>, _ task: Task, _ result: UnsafeMutablePointer<Double>
  ) {
    network.withRows(rows, .all, nil) {
      SparseKernels.setOuterProduct(
        $0, rows: rows.count, u: task.d + rows.lowerBound * batch, x: task.activations,
        samples: batch, factor: factor, result: result)
    }
  }
}
