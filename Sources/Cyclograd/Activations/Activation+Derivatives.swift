import Foundation

extension Activation {
  /// A function's value and first three derivatives at one number.
  public struct Derivatives: Hashable, Sendable {
    /// f(z)
    public var value: Double
    /// f′(z), the slope
    public var first: Double
    /// f″(z)
    public var second: Double
    /// f‴(z)
    public var third: Double
  }

  /// f and its first three derivatives at `z`; `nil` for ``softmax``, which is not a function of one number.
  ///
  /// They keep their relative precision, away from their own zeros, however far f saturates: they are computed
  /// from e^−|z| and the like, not from 1 − f². At ±∞ they are limits, where there are such, and at NaN
  /// they are NaN. Of ``derivative(of:order:)`` those of orders beyond the third of its function are NaN. At ``kinks`` all orders are those of the branch that the slope is taken from; f″ of
  /// ``softsign`` at 0 is 0, the mean of both sides.
  public func derivatives(at z: Double) -> Derivatives? {
    if self == .softmax { return nil }
    if z.isNaN { return Derivatives(value: z, first: z, second: z, third: z) }
    let (value, first) = evaluate(z)
    if case .derivative(let function, let order) = self {
      // No more than three derivatives of a function are known.
      let second = order == 1 ? function.higherDerivatives(z).third : .nan
      return Derivatives(value: value, first: first, second: second, third: .nan)
    }
    let (second, third) = higherDerivatives(z)
    return Derivatives(value: value, first: first, second: second, third: third)
  }

  /// f″(z) and f‴(z), not of softmax.
  func higherDerivatives(_ z: Double) -> (second: Double, third: Double) {
    if z.isNaN { return (z, z) }
    switch self {
    case .identity, .complement, .relu, .leakyReLU, .clamp: return (0, 0)
    case .logistic:
      let bell = Bell(z)
      return (bell.u * bell.c, bell.u * (1 - 6 * bell.u))
    case .softplus:
      let bell = Bell(z)
      return (bell.u, bell.u * bell.c)
    case .tanh:
      let (t, w) = evaluate(z)
      return (-2 * t * w, w * (4 - 6 * w))
    case .silu:
      if z.isInfinite { return (0, 0) }
      let bell = Bell(z)
      return (bell.u * (2 + z * bell.c), bell.u * (3 * bell.c + z * (1 - 6 * bell.u)))
    case .gelu:
      let density = Self.normalDensity(z)
      // The density vanishes long before z² overflows.
      return density == 0
        ? (0, 0) : (density * (2 - z * z), density * z * (z * z - 4))
    case .arctan:
      if z.isInfinite { return (-1 / z, 0) }
      let q = 1 / (1 + z * z)
      // z q ≈ 1 / z first, so that q² does not underflow before the product does.
      let ratio = z * q
      return (-2 * ratio * q, (6 * (z * ratio) - 2 * q) * q * q)
    case .asinh:
      if z.isInfinite { return (-1 / z, 0) }
      let h = hypot(1, z)
      let sine = z / h
      return (-sine / h / h, (2 * sine * sine - 1 / h / h) / h / h / h)
    case .softsign:
      let rest = 1 / (1 + abs(z))
      let cube = rest * rest * rest
      return (z == 0 ? 0 : (z < 0 ? 2 : -2) * cube, 6 * cube * rest)
    case .cos: return (-Foundation.cos(z), sin(z))
    case .elu(let alpha):
      let slope = z > 0 ? 0 : alpha * exp(z)
      return (slope, slope)
    case .reciprocal: return (2 / z / z / z, -6 / z / z / z / z)
    case .softmax: preconditionFailure("softmax acts on a group")
    case .derivative: preconditionFailure("its derivatives are those of its function")
    }
  }

  /// What the derivatives of the logistic function σ are made of.
  private struct Bell {
    /// σ (1 − σ) = e^−|z| / (1 + e^−|z|)²
    let u: Double
    /// 1 − 2σ = ∓(1 − e^−|z|) / (1 + e^−|z|), precise also where it is small.
    let c: Double

    init(_ z: Double) {
      let e = exp(-abs(z))
      let rest = 1 / (1 + e)
      u = e * rest * rest
      let magnitude = -expm1(-abs(z)) * rest
      c = z < 0 ? magnitude : -magnitude
    }
  }

  /// e^(−z²/2) / √(2π), with the rounding error of z² made up for, which would cost three digits far out.
  private static func normalDensity(_ z: Double) -> Double {
    guard abs(z) < 40 else { return 0 }
    let square = z * z
    let lost = (-square).addingProduct(z, z)
    return 0.3989422804014327 * exp(-0.5 * square) * (1 - 0.5 * lost)
  }
}
