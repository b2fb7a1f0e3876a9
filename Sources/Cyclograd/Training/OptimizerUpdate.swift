import SparseAlgebra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One update of a run of parameters that have the same learning rate and decay.
package struct OptimizerUpdate {
  let optimizer: Optimizer
  /// The number of this update, from 1.
  let count: Int
  /// What the gradient is multiplied with, where its norm is clipped.
  let scale: Double
  /// Derivatives are cut to ±limit before they are scaled.
  let limit: Double?

  /// What counts as a parameter that has blown up.
  let parameterLimit: Double

  package init(
    optimizer: Optimizer, count: Int, scale: Double, limit: Double?, parameterLimit: Double
  ) {
    self.optimizer = optimizer
    self.count = count
    self.scale = scale
    self.limit = limit
    self.parameterLimit = parameterLimit
  }

  /// Updates the parameters of some ranges, each with a decay of its own; returns how many are larger than the bound, or
  /// NaN.
  package func apply(
    to ranges: [(Range<Int>, decay: Double)], rate: Double, gradient: [Double],
    memory: inout [Double], parameters: [Double], result: inout [Double]
  ) -> Int {
    var exceeding = 0
    // Optimizers without memory read none.
    var none = 0.0
    withUnsafeMutablePointer(to: &none) { none in
      memory.withUnsafeMutableBufferPointer { memory in
        result.withUnsafeMutableBufferPointer { result in
          parameters.withUnsafeBufferPointer { parameters in
            gradient.withUnsafeBufferPointer { gradient in
              guard let p = parameters.baseAddress, let g = gradient.baseAddress,
                let new = result.baseAddress
              else { return }
              let vectors = Vectors(
                count: parameters.count, parameters: p, gradient: g,
                memory: memory.baseAddress ?? none, result: new)
              for (range, decay) in ranges {
                exceeding += apply(to: range, rate: rate, decay: decay, vectors)
              }
            }
          }
        }
      }
    }
    return exceeding
  }

  /// What the loops work on; as long as the parameters, `memory` once for each slot.
  struct Vectors: @unchecked Sendable {
    var count: Int
    var parameters: UnsafePointer<Double>
    var gradient: UnsafePointer<Double>
    var memory: UnsafeMutablePointer<Double>
    var result: UnsafeMutablePointer<Double>
  }

  /// Updates the parameters of a range; returns how many are larger than the bound, or NaN.
  func apply(to range: Range<Int>, rate: Double, decay: Double, _ vectors: Vectors) -> Int {
    let isDecoupled = optimizer.hasDecoupledDecay
    let kernels = UpdateKernels(
      rate: rate, decay: isDecoupled ? 0 : decay, cut: limit ?? .infinity, scale: scale,
      largest: parameterLimit)
    let first = range.lowerBound
    let (w, g) = (vectors.parameters + first, vectors.gradient + first)
    let (memory, result) = (vectors.memory + first, vectors.result + first)
    switch optimizer {
    case .lbfgs, .newton: preconditionFailure("\(optimizer.name) does not go by single parameters")
    case .sgd(let momentum, let nesterov):
      if optimizer.slotNames.isEmpty { return kernels.descend(range.count, w, g, result) }
      return kernels.descend(
        momentum: momentum, looksAhead: nesterov != .none, range.count, w, g, velocity: memory,
        result)
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
      let moments = UpdateKernels.Moments(
        beta1: beta1, beta2: beta2, epsilon: epsilon,
        first: 1 / (1 - pow(beta1, Double(count))), second: 1 / (1 - pow(beta2, Double(count))),
        shrink: isDecoupled ? rate * decay : 0)
      return kernels.adam(
        moments, range.count, w, g, mean: memory, square: memory + vectors.count, result)
    }
  }
}
