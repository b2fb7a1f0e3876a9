import Cyclograd

extension DenseOracle {
  /// The blocks that lie on a common cycle, from downstream to upstream, and whether there is a cycle.
  private func components() -> [(blocks: [Int], isCyclic: Bool)] {
    let n = blocks.count
    var reaches = Array(repeating: Array(repeating: false, count: n), count: n)
    for edge in edges {
      let source = blocks.firstIndex { $0.neurons.contains(edge.source) }!
      reaches[source][blocks.firstIndex { $0.units.contains(edge.unit) }!] = true
    }
    // Warshall's algorithm.
    for k in 0..<n {
      for i in 0..<n where reaches[i][k] {
        for j in 0..<n where reaches[k][j] { reaches[i][j] = true }
      }
    }
    var result: [(blocks: [Int], isCyclic: Bool)] = []
    var left = Set(0..<n)
    while let next = left.sorted().first(where: { i in
      left.allSatisfy { j in !reaches[i][j] || reaches[j][i] }
    }) {
      let component = left.filter { $0 == next || reaches[next][$0] && reaches[$0][next] }.sorted()
      result.append((component, reaches[next][next]))
      left.subtract(component)
    }
    return result
  }

  /// The truncated gradient of the mean loss: on each component with a cycle the polynomial of the dense D Wᵀ, power
  /// by power, and d = D λ elsewhere.
  func truncatedGradient(
    _ loss: ReferenceLoss, at states: [[Double]], targets: [[Double]], terms: Int, damping: Double
  ) -> [Double] {
    var result = [Double](repeating: 0, count: parameterCount)
    for (z, target) in zip(states, targets) {
      let a = activations(z)
      let slopes = slopes(z)
      let (_, derivatives) = loss.evaluate(outputs.map { a[$0] }, target)
      var lambda = [Double](repeating: 0, count: neuronCount)
      for (k, derivative) in zip(outputs, derivatives) { lambda[k] += derivative }
      var d = [Double](repeating: 0, count: unitCount)
      for (members, isCyclic) in components() {
        let units = members.flatMap { Array(blocks[$0].units) }
        let neurons = members.flatMap { Array(blocks[$0].neurons) }
        let inner = units.map { s in neurons.map { slopes[s][$0] } }
        let start = DenseAlgebra.product(inner, neurons.map { lambda[$0] })
        var sum = start
        if isCyclic {
          let weights = neurons.map { k in units.map { w[$0][k] } }
          let step = DenseAlgebra.product(inner, weights)
          var power = DenseAlgebra.identity(units.count)
          sum = start.map { _ in 0 }
          for _ in 0..<terms {
            for (s, value) in DenseAlgebra.product(power, start).enumerated() {
              sum[s] += damping * value
            }
            // (τ D Wᵀ + (1 − τ) I)ᵏ
            let product = DenseAlgebra.product(step, power)
            power = power.indices.map { i in
              power.indices.map { damping * product[i][$0] + (1 - damping) * power[i][$0] }
            }
          }
        }
        for (s, value) in zip(units, sum) {
          d[s] = value
          for k in lambda.indices where !neurons.contains(k) { lambda[k] += w[s][k] * value }
        }
      }
      for edge in edges { result[edge.parameter] += d[edge.unit] * a[edge.source] }
      for s in 0..<unitCount { result[biasParameter[s]] += d[s] }
    }
    return result.map { $0 / Double(states.count) }
  }

  /// The derivative of one sample's loss after `steps` steps a ← (1 − τ) a + τ A(W a + b) from the equilibrium's
  /// activations, which are held constant, in dual numbers; for networks without inputs.
  func unrolledDerivative(
    _ loss: ReferenceLoss, target: [Double], at z: [Double], along direction: [Double], steps: Int,
    damping: Double
  ) -> Double {
    var a = activations(z).map { Dual($0) }
    for _ in 0..<steps {
      var next = (0..<unitCount).map { Dual(bias[$0], direction[biasParameter[$0]]) }
      for edge in edges {
        let weight = Dual(w[edge.unit][edge.source], direction[edge.parameter])
        next[edge.unit] = next[edge.unit] + weight * a[edge.source]
      }
      let activations = activations(next)
      a = a.indices.map { Dual(1 - damping) * a[$0] + Dual(damping) * activations[$0] }
    }
    return loss.evaluate(outputs.map { a[$0] }, target)
  }
}
