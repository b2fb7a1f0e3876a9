import SparseAlgebra

/// Puts together ∂E/∂W[s, j] = d_s a_j, ∂E/∂b_s = d_s and ∂E/∂x = d on the input units, averaged
/// over the samples (equation 9). Sums run in a fixed order, whatever the number of threads.
struct GradientAssembly {
  let network: Network
  let batch: Int
  let threads: Int

  func parameters(d: [Double], activations: [Double]) throws -> [Double] {
    var result = [Double](repeating: 0, count: network.parameterCount)
    let factor = 1 / Double(batch)
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
            addWeights(rows, task, factor)
          }
          for s in 0..<network.unitCount {
            var sum = 0.0
            for b in 0..<batch { sum += d[s * batch + b] }
            result[Int(network.biasParameter[s])] += factor * sum
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

  private func addWeights(_ rows: Range<Int>, _ task: Task, _ factor: Double) {
    guard network.edgeCount > 0 else { return }
    network.rowStarts.withUnsafeBufferPointer { starts in
      network.columns.withUnsafeBufferPointer { columns in
        let begin = starts.baseAddress!
        if let edgeParameter = network.edgeParameter {
          SparseKernels.addOuterProduct(
            rows: rows, begin: begin, end: begin + 1, columns: columns.baseAddress!, u: task.d,
            x: task.activations, batch: batch, factor: factor
          ) { edge, value in task.result[Int(edgeParameter[edge])] += value }
        } else {
          SparseKernels.addOuterProduct(
            rows: rows, begin: begin, end: begin + 1, columns: columns.baseAddress!, u: task.d,
            x: task.activations, batch: batch, factor: factor
          ) { edge, value in task.result[edge] = value }
        }
      }
    }
  }

  func inputs(d: [Double]) -> Matrix {
    var result = Matrix(rows: batch, columns: network.inputCount)
    let factor = 1 / Double(batch)
    for (column, s) in network.inputUnits.enumerated() {
      for b in 0..<batch { result[b, column] = factor * d[Int(s) * batch + b] }
    }
    return result
  }
}
