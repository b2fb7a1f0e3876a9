#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One update of a run of parameters that have the same learning rate and decay.
///
/// Each optimizer is one loop that reads the gradient and its memory once and writes both anew.
struct OptimizerUpdate {
  let optimizer: Optimizer
  /// The number of this update, from 1.
  let count: Int
  /// What the gradient is multiplied with, where its norm is clipped.
  let scale: Double
  /// Derivatives are cut to ±limit before they are scaled.
  let limit: Double?

  /// What counts as a parameter that has blown up.
  let parameterLimit: Double

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
    switch optimizer {
    case .lbfgs: preconditionFailure("L-BFGS does not go by single parameters")
    case .sgd(let momentum, let nesterov):
      if optimizer.slotNames.isEmpty {
        return loop(range, decay, vectors) { _, w, g in w - rate * g }
      }
      let velocity = vectors.memory
      if nesterov == .none {
        return loop(range, decay, vectors) { index, w, g in
          let v = momentum * velocity[index] - rate * g
          velocity[index] = v
          return w + v
        }
      }
      return loop(range, decay, vectors) { index, w, g in
        let v = momentum * velocity[index] - rate * g
        velocity[index] = v
        return w + momentum * v - rate * g
      }
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
      let (mean, square) = (vectors.memory, vectors.memory + vectors.count)
      let isDecoupled = optimizer.hasDecoupledDecay
      let first = 1 / (1 - pow(beta1, Double(count)))
      let second = 1 / (1 - pow(beta2, Double(count)))
      let shrink = isDecoupled ? rate * decay : 0
      return loop(range, isDecoupled ? 0 : decay, vectors) { index, w, g in
        let m = beta1 * mean[index] + (1 - beta1) * g
        let v = beta2 * square[index] + (1 - beta2) * g * g
        mean[index] = m
        square[index] = v
        return w - rate * (m * first) / ((v * second).squareRoot() + epsilon) - shrink * w
      }
    }
  }

  @inline(__always)
  private func loop(
    _ range: Range<Int>, _ decay: Double, _ vectors: Vectors,
    _ update: (_ index: Int, _ w: Double, _ g: Double) -> Double
  ) -> Int {
    let cut = limit ?? .infinity
    let scale = scale
    let largest = parameterLimit
    let (parameters, gradient, result) = (vectors.parameters, vectors.gradient, vectors.result)
    // A count, unlike the largest magnitude, is a reduction that the compiler vectorizes.
    var exceeding = 0
    for index in range {
      let w = parameters[index]
      var g = gradient[index]
      g = g > cut ? cut : (g < -cut ? -cut : g)
      let new = update(index, w, scale * g + decay * w)
      result[index] = new
      exceeding &+= abs(new) <= largest ? 0 : 1
    }
    return exceeding
  }
}
