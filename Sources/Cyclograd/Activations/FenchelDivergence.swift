#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// F(x, z) = Ψ(x) + Ψ*(z) − x z with Ψ*′ = φ: how far x is from φ(z) (El Ghaoui et al. 2021, section 6.4).
///
/// It is at least 0, and 0 exactly where x = φ(z). It is convex in x and in z, but not in both. Ψ*(0) is 0, and Ψ is the convex
/// conjugate of Ψ*, infinite outside the range of φ. There are closed forms for increasing activations: `identity`, `relu`,
/// `leaky-relu`, `elu`, `tanh`, `logistic`, `arctan`, `asinh`, `softsign`, `softplus` and `clamp`.
public struct FenchelDivergence: Hashable, Sendable {
  /// φ.
  public let activation: Activation
  /// Where x may lie. Ends that φ only tends to are left out by a distance of 1e-12.
  public let domain: ClosedRange<Double>

  /// The divergence of an activation; `nil` where it has no closed form.
  public init?(_ activation: Activation) {
    self.activation = activation
    let (small, infinity) = (1e-12, Double.greatestFiniteMagnitude)
    switch activation {
    case .identity, .asinh: domain = -infinity...infinity
    case .leakyReLU(let slope) where slope > 0: domain = -infinity...infinity
    case .relu: domain = 0...infinity
    case .elu(let alpha) where alpha > 0: domain = -alpha * (1 - small)...infinity
    case .tanh, .softsign: domain = small - 1...1 - small
    case .logistic: domain = small...1 - small
    case .arctan: domain = small - .pi / 2 ... .pi / 2 - small
    case .softplus: domain = small...infinity
    case .clamp(let lower, let upper) where lower < upper: domain = lower...upper
    case .leakyReLU, .elu, .clamp, .silu, .gelu, .cos, .reciprocal, .complement, .softmax,
      .derivative:
      return nil
    }
  }

  /// F, for an x in the ``domain``.
  public func value(_ x: Double, _ z: Double) -> Double {
    conjugate(x) + antiderivative(z) - x * z
  }

  /// ∂F/∂x = φ⁻¹(x) − z; on a face of φ one of the subderivatives.
  public func slope(byState x: Double, _ z: Double) -> Double { inverse(x) - z }

  /// ∂F/∂z = φ(z) − x.
  public func slope(byPreactivation x: Double, _ z: Double) -> Double {
    activation.evaluate(z).value - x
  }

  /// Ψ*(z) = ∫₀ᶻ φ.
  func antiderivative(_ z: Double) -> Double {
    switch activation {
    case .relu: z > 0 ? z * z / 2 : 0
    case .leakyReLU(let slope): (z > 0 ? 1 : slope) * z * z / 2
    case .elu(let alpha): z > 0 ? z * z / 2 : alpha * (expm1(z) - z)
    case .tanh: abs(z) + log1p(exp(-2 * abs(z))) - log(2)
    case .logistic: max(z, 0) + log1p(exp(-abs(z))) - log(2)
    case .arctan: z * atan(z) - log1p(z * z) / 2
    case .asinh: z * asinh(z) - (z * z + 1).squareRoot() + 1
    case .softsign: abs(z) - log1p(abs(z))
    case .softplus: Self.softplusIntegral(z) - .pi * .pi / 12
    case .clamp(let lower, let upper):
      // The integral of the clamped line, from 0 on.
      Self.clamped(z, lower, upper) - Self.clamped(0, lower, upper)
    case .identity, .silu, .gelu, .cos, .reciprocal, .complement, .softmax, .derivative: z * z / 2
    }
  }

  /// Ψ(x).
  func conjugate(_ x: Double) -> Double {
    switch activation {
    case .leakyReLU(let slope): x > 0 ? x * x / 2 : x * x / (2 * slope)
    case .elu(let alpha): x > 0 ? x * x / 2 : (x + alpha) * log1p(x / alpha) - x
    case .tanh: ((1 + x) * log1p(x) + (1 - x) * log1p(-x)) / 2
    case .logistic: x * log(x) + (1 - x) * log1p(-x) + log(2)
    case .arctan: -log(cos(x))
    case .asinh: cosh(x) - 1
    case .softsign: -abs(x) - log1p(-abs(x))
    case .softplus:
      x * inverse(x) - antiderivative(inverse(x))
    case .clamp(let lower, let upper): x * x / 2 + Self.clamped(0, lower, upper)
    case .relu, .identity, .silu, .gelu, .cos, .reciprocal, .complement, .softmax, .derivative:
      x * x / 2
    }
  }

  /// φ⁻¹(x).
  private func inverse(_ x: Double) -> Double {
    switch activation {
    case .leakyReLU(let slope): x > 0 ? x : x / slope
    case .elu(let alpha): x > 0 ? x : log1p(x / alpha)
    case .tanh: atanh(x)
    case .logistic: log(x) - log1p(-x)
    case .arctan: tan(x)
    case .asinh: sinh(x)
    case .softsign: x / (1 - abs(x))
    case .softplus: x > 30 ? x : log(expm1(x))
    case .relu, .identity, .clamp, .silu, .gelu, .cos, .reciprocal, .complement, .softmax,
      .derivative:
      x
    }
  }

  /// ½ c² + c (z − c) for the clamped number c.
  private static func clamped(_ z: Double, _ lower: Double, _ upper: Double) -> Double {
    let c = min(upper, max(lower, z))
    return c * c / 2 + c * (z - c)
  }

  /// ∫ from −∞ to z of ln(1 + eᵗ) dt = −Li₂(−eᶻ).
  private static func softplusIntegral(_ z: Double) -> Double {
    guard z <= 0 else { return .pi * .pi / 6 + z * z / 2 - softplusIntegral(-z) }
    // Li₂(−y) = Σ Bₙ uⁿ⁺¹ / (n + 1)! with u = −ln(1 + y), and 0 ≤ −u ≤ ln 2.
    let u = log1p(exp(z))
    let square = u * u
    let coefficients = [
      1.0 / 36, -1.0 / 3600, 1.0 / 211_680, -1.0 / 10_886_400, 1.0 / 526_901_760,
      -691.0 / 16_999_766_784_000, 1.0 / 1_120_863_744_000,
    ]
    var (sum, power) = (0.0, u * square)
    for coefficient in coefficients {
      sum += coefficient * power
      power *= square
    }
    return u + square / 4 + sum
  }
}
