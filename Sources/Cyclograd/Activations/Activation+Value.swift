import Foundation
import SparseAlgebra

extension Activation {
  /// f(z) and f′(z). Softmax, which is not a function of one number, is not evaluated here.
  ///
  /// The slopes are computed from e^−|z| rather than from f(z), so that they keep their relative
  /// precision where f saturates. The bits are those of ``evaluate(_:z:value:slope:)``.
  @inline(__always)
  func evaluate(_ z: Double) -> (value: Double, slope: Double) {
    switch self {
    case .identity: return (z, 1)
    case .logistic: return Self.evaluate(.logistic, z)
    case .tanh: return Self.evaluate(.tanh, z)
    case .arctan: return Self.evaluate(.arctan, z)
    // A comparison with NaN is false, so NaN must come out of the last branch.
    case .relu: return z > 0 ? (z, 1) : (z <= 0 ? 0 : z, 0)
    case .leakyReLU(let slope):
      // 0 · ∞ has the limit 0.
      if slope == 0, z == -.infinity { return (0, 0) }
      return z > 0 ? (z, 1) : (slope * z, slope)
    case .elu(let alpha): return z > 0 ? (z, 1) : (alpha * expm1(z), alpha * exp(z))
    case .silu:
      let e = exp(-abs(z))
      let rest = 1 / (1 + e)
      let logistic = z < 0 ? e * rest : rest
      // At ±∞ the products are ∞ · 0, whose limit is 0.
      if z == -.infinity { return (0, 0) }
      return (z * logistic, z == .infinity ? 1 : logistic + z * e * rest * rest)
    case .gelu:
      let distribution = 0.5 * erfc(-z * 0.7071067811865476)
      let density = 0.3989422804014327 * exp(-0.5 * z * z)
      if z == -.infinity { return (0, 0) }
      return (z * distribution, z == .infinity ? 1 : distribution + z * density)
    case .softplus:
      let e = exp(-abs(z))
      let rest = 1 / (1 + e)
      return (Swift.max(z, 0) + log1p(e), z < 0 ? e * rest : rest)
    case .softsign:
      let rest = 1 / (1 + abs(z))
      return (z.isInfinite ? (z > 0 ? 1 : -1) : z * rest, rest * rest)
    case .cos: return (Foundation.cos(z), -sin(z))
    case .asinh: return (Foundation.asinh(z), 1 / hypot(1, z))
    case .reciprocal: return (1 / z, -1 / (z * z))
    case .complement: return (1 - z, -1)
    case .clamp(let lower, let upper):
      if z > lower && z < upper { return (z, 1) }
      return (z <= lower ? lower : (z >= upper ? upper : z), 0)
    case .softmax: preconditionFailure("softmax acts on a group")
    case .derivative(let function, 1):
      return (function.evaluate(z).slope, function.higherDerivatives(z).second)
    case .derivative(let function, _):
      let (second, third) = function.higherDerivatives(z)
      return (second, third)
    }
  }

  private static func evaluate(
    _ function: VectorMath.Function, _ z: Double
  ) -> (value: Double, slope: Double) {
    var z = z
    var value = 0.0
    var slope = 0.0
    VectorMath.evaluate(function, &z, count: 1, value: &value, derivative: &slope)
    return (value, slope)
  }

  /// w = 1 − t² and −2 t w for t = tanh z, of which tangent networks have as many as neurons.
  private static func evaluateTanhSlope(
    _ count: Int, _ z: UnsafePointer<Double>, _ value: UnsafeMutablePointer<Double>,
    _ slope: UnsafeMutablePointer<Double>?
  ) {
    let most = 512
    withUnsafeTemporaryAllocation(of: Double.self, capacity: most) { room in
      guard let t = room.baseAddress else { return }
      for first in stride(from: 0, to: count, by: most) {
        let part = min(most, count - first)
        let w = value + first
        VectorMath.evaluate(.tanh, z + first, count: part, value: t, derivative: w)
        guard let slope else { continue }
        for i in 0..<part { slope[first + i] = -2 * t[i] * w[i] }
      }
    }
  }

  /// f and, where there is a place for it, f′ of `count` numbers, in vector code where there is some. A number's
  /// result does not depend on its neighbours.
  func evaluate(
    _ count: Int, z: UnsafePointer<Double>, value: UnsafeMutablePointer<Double>,
    slope: UnsafeMutablePointer<Double>?
  ) {
    switch self {
    case .tanh: VectorMath.evaluate(.tanh, z, count: count, value: value, derivative: slope)
    case .logistic: VectorMath.evaluate(.logistic, z, count: count, value: value, derivative: slope)
    case .arctan: VectorMath.evaluate(.arctan, z, count: count, value: value, derivative: slope)
    case .identity:
      value.update(from: z, count: count)
      slope?.update(repeating: 1, count: count)
    case .derivative(.tanh, 1): Self.evaluateTanhSlope(count, z, value, slope)
    case .relu: VectorMath.evaluate(.relu, z, count: count, value: value, derivative: slope)
    case .leakyReLU(let factor):
      VectorMath.evaluate(
        .leakyReLU(slope: factor), z, count: count, value: value, derivative: slope)
    case .clamp(let lower, let upper):
      VectorMath.evaluate(
        .clamp(lower: lower, upper: upper), z, count: count, value: value, derivative: slope)
    case .elu, .silu, .gelu, .softplus, .softsign, .cos, .asinh, .reciprocal, .complement, .softmax,
      .derivative:
      if let slope {
        for i in 0..<count { (value[i], slope[i]) = evaluate(z[i]) }
      } else {
        for i in 0..<count { value[i] = evaluate(z[i]).value }
      }
    }
  }
}
