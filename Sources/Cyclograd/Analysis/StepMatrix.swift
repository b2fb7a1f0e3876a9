extension Network {
  /// Dᵀ W within the neurons of some runs, K × K by rows: how one plain sweep changes activations. Its eigenvalues are
  /// those of D Wᵀ but for zeros.
  ///
  /// O(K² + edges), in time as in memory.
  ///
  /// - Parameters:
  ///   - slope: per unit of the whole network; see ``UnitEvaluation``.
  ///   - weights: W's values in CSR order.
  func stepMatrix(
    _ runs: Range<Int32>, slope: UnsafePointer<Double>, weights: UnsafePointer<Double>
  ) -> [Double] {
    let runs = self.runs[Int(runs.lowerBound)..<Int(runs.upperBound)]
    guard let head = runs.first, let last = runs.last else { return [] }
    let first = Int(head.neurons.lowerBound)
    let count = Int(last.neurons.upperBound) - first
    var matrix = [Double](repeating: 0, count: count * count)
    for run in runs {
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      for k in neurons {
        for s in Int(unitStarts[k])..<Int(unitStarts[k + 1]) {
          for edge in inEdges(of: s) {
            let j = sourceNeuron(of: edge, into: s) - first
            guard j >= 0 else { continue }
            matrix[(k - first) * count + j] += slope[s] * weights[edge]
          }
        }
      }
      guard case .softmax = evaluations[Int(run.group)] else { continue }
      // Rows are a_k W_k so far, as the slope of a softmax unit is its activation; D = diag(a) − a aᵀ.
      for j in 0..<count {
        let mean = neurons.reduce(0) { $0 + matrix[($1 - first) * count + j] }
        for k in neurons {
          matrix[(k - first) * count + j] -= slope[Int(unitStarts[k])] * mean
        }
      }
    }
    return matrix
  }
}
