import SparseAlgebra

/// The right-hand side of τ dz/dt = −z + W f(z) + b + x for one state; all vectors are in condensation order.
///
/// - Complexity: O(edges) for each evaluation.
final class Flow {
  let network: Network
  let timeConstants: [Double]
  private let state: StateVectors
  private let weights: [Double]
  private let biases: [Double]

  init(_ network: Network, _ parameters: Parameters) {
    self.network = network
    timeConstants = network.timeConstants
    state = StateVectors(network, lanes: 1)
    weights = network.weights(parameters)
    biases = network.biases(parameters)
  }

  /// Has inputs hold from now on.
  func hold(_ inputs: ArraySlice<Double>) {
    for s in 0..<network.unitCount { state.drive[s] = biases[s] }
    for (s, x) in zip(network.inputUnits, inputs) { state.drive[Int(s)] += x }
  }

  /// b + x of each unit.
  var drive: UnsafePointer<Double> { UnsafePointer(state.drive) }

  /// a and the slopes of a state; see ``slopes``.
  func activate(_ z: [Double]) -> [Double] {
    z.withUnsafeBufferPointer {
      state.activate(0..<Int32(network.runs.count), z: $0.baseAddress!, isValueOnly: false)
    }
    return Array(UnsafeBufferPointer(start: state.activation, count: network.neuronCount))
  }

  /// −z + W f(z) + b + x.
  func imbalance(_ z: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: z.count)
    evaluate(z, into: &result, divides: false)
    return result
  }

  /// dz/dt.
  func velocity(_ z: [Double], into result: inout [Double]) {
    evaluate(z, into: &result, divides: true)
  }

  private func evaluate(_ z: [Double], into result: inout [Double], divides: Bool) {
    let count = network.unitCount
    z.withUnsafeBufferPointer { z in
      result.withUnsafeMutableBufferPointer { result in
        guard let z = z.baseAddress, let result = result.baseAddress else { return }
        weights.withUnsafeBufferPointer { weights in
          state.withWeights(weights.baseAddress!) {
            state.activate(0..<Int32(network.runs.count), z: z, isValueOnly: true)
            result.update(from: state.drive, count: count)
            state.addProduct(0..<count, .all, to: result)
          }
        }
        for s in 0..<count { result[s] -= z[s] }
        guard divides else { return }
        timeConstants.withUnsafeBufferPointer { for s in 0..<count { result[s] /= $0[s] } }
      }
    }
  }

  /// Wᵀ v, over neurons.
  func transposedProduct(_ v: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: network.neuronCount)
    result.withUnsafeMutableBufferPointer { result in
      weights.withUnsafeBufferPointer { weights in
        state.withWeights(weights.baseAddress!) {
          for s in 0..<v.count { state.d[s] = v[s] }
          state.addTransposedProduct(0..<network.neuronCount, .all, to: result.baseAddress!)
        }
      }
    }
    return result
  }

  /// D λ for λ over neurons, at the state that ``activate(_:)`` was called with last.
  func slopeProduct(_ lambda: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: network.unitCount)
    result.withUnsafeMutableBufferPointer { result in
      lambda.withUnsafeBufferPointer {
        state.multiplySlopes(
          0..<Int32(network.runs.count), by: $0.baseAddress!, into: result.baseAddress!)
      }
    }
    return result
  }
}
