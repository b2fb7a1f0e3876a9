import Cyclograd
import Foundation

/// States and gradients of a network in extended precision, near given ones: residuals are extended, steps are
/// the dense oracle's.
struct ExtendedOracle {
  private let dense: DenseOracle
  private let network: Network

  init(_ network: Network, _ parameters: Parameters) {
    self.network = network
    dense = DenseOracle(network, parameters)
  }

  func activations(_ z: [Extended]) -> [Extended] {
    var a = [Extended](repeating: 0, count: dense.neuronCount)
    for block in dense.blocks {
      if case .softmax = block.kind {
        let top = z[block.units].max()!
        let sum = z[block.units].reduce(0) { $0 + exp($1 - top) }
        for (k, s) in zip(block.neurons, block.units) { a[k] = exp(z[s] - top) / sum }
        continue
      }
      let values = zip(block.activations, block.units).map { ExtendedActivation.value($0, z[$1]) }
      a[block.neurons.lowerBound] =
        if case .max = block.kind { values.max()! } else { values.reduce(1, *) }
    }
    return a
  }

  /// D v
  private func slopes(_ z: [Extended], times v: [Extended]) -> [Extended] {
    var result = [Extended](repeating: 0, count: dense.unitCount)
    let a = activations(z)
    for block in dense.blocks {
      let first = block.neurons.lowerBound
      if case .softmax = block.kind {
        let mean = block.neurons.reduce(Extended(0)) { $0 + a[$1] * v[$1] }
        for (k, s) in zip(block.neurons, block.units) { result[s] = a[k] * (v[k] - mean) }
        continue
      }
      let values = zip(block.activations, block.units).map { ExtendedActivation.value($0, z[$1]) }
      for (i, s) in block.units.enumerated() {
        let slope = ExtendedActivation.slope(block.activations[i], z[s])
        if case .max = block.kind {
          result[s] = i == values.firstIndex(of: values.max()!)! ? slope * v[first] : 0
        } else {
          let others = values.indices.filter { $0 != i }.reduce(Extended(1)) { $0 * values[$1] }
          result[s] = slope * others * v[first]
        }
      }
    }
    return result
  }

  private var steps: (_ z: [Extended]) throws -> (([Double], Bool) throws -> [Double]) {
    { z in
      let slopes = dense.slopes(z.map { Double($0) })
      let matrix = DenseAlgebra.subtract(
        DenseAlgebra.identity(dense.unitCount),
        DenseAlgebra.product(
          dense.w, DenseAlgebra.transpose(slopes, columns: dense.neuronCount)))
      let transposed = DenseAlgebra.transpose(matrix, columns: dense.unitCount)
      return { try DenseAlgebra.solve($1 ? transposed : matrix, $0) }
    }
  }

  /// The equilibrium near z; `nil` where the iteration does not settle.
  func equilibrium(_ inputs: [Double], near start: [Double]) throws -> [Extended]? {
    var drive = dense.bias.map { Extended($0) }
    for (s, x) in zip(dense.inputs, inputs) { drive[s] += Extended(x) }
    var z = start.map { Extended($0) }
    var last = Extended.infinity
    for _ in 0..<40 {
      let solve = try steps(z)
      let a = activations(z)
      var residual = zip(z, drive).map { $0 - $1 }
      for s in residual.indices {
        for (j, w) in dense.w[s].enumerated() { residual[s] -= Extended(w) * a[j] }
      }
      // Scaled, so that a small residual does not underflow on its way to double precision.
      let scale = residual.reduce(Extended(0)) { max($0, abs($1)) }
      guard scale.isFinite else { return nil }
      if scale == 0 { return z }
      let step = try solve(residual.map { Double($0 / scale) }, false)
      for s in z.indices { z[s] -= Extended(step[s]) * scale }
      let change = step.reduce(Extended(0)) { max($0, abs(Extended($1)) * scale) }
      if change < 1e-17, change >= last / 4 { return z }
      last = change
    }
    return last < 1e-15 ? z : nil
  }

  struct Gradient {
    var parameters: [Extended]
    var inputs: [[Extended]]
  }

  /// The gradient of the mean loss at given states.
  func gradient(_ loss: any Loss, at states: [[Extended]], targets: [[Double]]) throws -> Gradient {
    var result = Gradient(parameters: Array(repeating: 0, count: dense.parameterCount), inputs: [])
    let count = Extended(states.count)
    for (z, target) in zip(states, targets) {
      let a = activations(z)
      var g = [Extended](repeating: 0, count: dense.neuronCount)
      let derivatives = Self.derivatives(loss, dense.outputs.map { a[$0] }, target)
      for (k, value) in zip(dense.outputs, derivatives) { g[k] += value }
      let solve = try steps(z)
      var d = [Extended](repeating: 0, count: dense.unitCount)
      for _ in 0..<12 {
        var lambda = g
        for s in d.indices {
          for j in lambda.indices { lambda[j] += Extended(dense.w[s][j]) * d[s] }
        }
        let residual = zip(slopes(z, times: lambda), d).map { $0 - $1 }
        let scale = residual.reduce(Extended(0)) { max($0, abs($1)) }
        if scale == 0 { break }
        let step = try solve(residual.map { Double($0 / scale) }, true)
        for s in d.indices { d[s] += Extended(step[s]) * scale }
      }
      for edge in dense.edges {
        result.parameters[edge.parameter] += d[edge.unit] * a[edge.source] / count
      }
      for s in d.indices { result.parameters[dense.biasParameter[s]] += d[s] / count }
      result.inputs.append(dense.inputs.map { d[$0] / count })
    }
    return result
  }

  private static func derivatives(
    _ loss: any Loss, _ a: [Extended], _ y: [Double]
  ) -> [Extended] {
    let top = a.max() ?? 0
    let sum = a.reduce(0) { $0 + exp($1 - top) }
    let weight = y.reduce(Extended(0)) { $0 + Extended($1) }
    let count = Extended(a.count)
    return zip(a, y).map { a, y in
      let y = Extended(y)
      switch loss {
      case is HalfSquaredError: return a - y
      case is MeanSquaredError: return 2 * (a - y) / count
      case is AbsoluteError: return a > y ? 1 : (a < y ? -1 : 0)
      case is BinaryCrossEntropy: return 1 / (1 + exp(-a)) - y
      case is SoftmaxCrossEntropy: return weight * exp(a - top) / sum - y
      case is LinearLoss: return y
      default: fatalError("no reference for \(loss.name)")
      }
    }
  }
}
