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

  private func addWeights(_ rows: Range<Int>, _ task: Task) {
    guard network.storedEdgeCount > 0 else { return }
    network.rows.forEachRun(of: rows) { rows in
      let u = task.d + rows.lowerBound * batch
      network.withRows(rows, .all, nil) { matrix in
        guard let edgeParameter = network.edgeParameter else {
          return SparseKernels.setOuterProduct(
            matrix, rows: rows.count, u: u, x: task.activations, samples: batch, factor: factor,
            result: task.result)
        }
        edgeParameter.withUnsafeBufferPointer { parameters in
          (network.factors?.edges ?? []).withUnsafeBufferPointer { factors in
            SparseKernels.addOuterProduct(
              matrix, rows: rows.count, u: u, x: task.activations, samples: batch, factor: factor,
              targets: parameters.baseAddress!,
              factors: network.factors == nil ? nil : factors.baseAddress, to: task.result)
          }
        }
      }
    }
  }
}
