import Cyclograd
import Foundation

/// The activations once more, by other formulas than the library's.
enum ReferenceActivation {
  static let smooth: [Activation] = [
    .identity, .logistic, .tanh, .arctan, .silu, .gelu, .softplus, .softsign, .cos, .asinh,
    .reciprocal, .complement,
  ]
  static let kinked: [Activation] = [
    .relu, .leakyReLU(slope: 0.1), .elu(alpha: 0.7), .clamp(lower: -0.6, upper: 0.8),
  ]
  /// Every activation that is a function of one number.
  static let all = smooth + kinked

  static func value(_ activation: Activation, _ z: Double) -> Double {
    switch activation {
    case .identity: z
    case .logistic: 0.5 + 0.5 * tanh(0.5 * z)
    case .tanh: sinh(z) / cosh(z)
    case .arctan: 2 * atan(z / (1 + (1 + z * z).squareRoot()))
    case .relu: 0.5 * (z + abs(z))
    case .leakyReLU(let slope): z > 0 ? z : slope * z
    case .elu(let alpha): z > 0 ? z : alpha * (exp(z) - 1)
    case .silu: z / (1 + exp(-z))
    case .gelu: 0.5 * z * (1 + erf(z / 2.0.squareRoot()))
    case .softplus: log(1 + exp(z))
    case .softsign: z / (1 + abs(z))
    case .cos: sin(z + Double.pi / 2)
    case .asinh: (z < 0 ? -1 : 1) * log(abs(z) + (z * z + 1).squareRoot())
    case .reciprocal: 1 / z
    case .complement: 1 - z
    case .clamp(let lower, let upper): min(upper, max(lower, z))
    case .softmax: .nan
    case .derivative(let function, let order): order == 1 ? slope(function, z) : .nan
    }
  }

  static func slope(_ activation: Activation, _ z: Double) -> Double {
    switch activation {
    case .identity: return 1
    case .logistic: return 1 / (2 + 2 * cosh(z))
    case .tanh: return 1 / (cosh(z) * cosh(z))
    case .arctan: return pow(Foundation.cos(atan(z)), 2)
    case .relu: return z > 0 ? 1 : 0
    case .leakyReLU(let slope): return z > 0 ? 1 : slope
    case .elu(let alpha): return z > 0 ? 1 : alpha * exp(z)
    case .silu:
      let s = 1 / (1 + exp(-z))
      return s * (1 + z * (1 - s))
    case .gelu:
      return 0.5 * (1 + erf(z / 2.0.squareRoot())) + z * exp(-z * z / 2)
        / (2 * Double.pi).squareRoot()
    case .softplus: return 1 / (1 + exp(-z))
    case .softsign: return 1 / pow(1 + abs(z), 2)
    case .cos: return Foundation.cos(z + Double.pi / 2)
    case .asinh: return 1 / (1 + z * z).squareRoot()
    case .reciprocal: return -pow(z, -2)
    case .complement: return -1
    case .clamp(let lower, let upper): return z > lower && z < upper ? 1 : 0
    case .softmax, .derivative: return .nan
    }
  }

  static func value(_ activation: Activation, _ z: Dual) -> Dual {
    let one = Dual(1)
    switch activation {
    case .identity: return z
    case .logistic: return one / (one + .exp(-z))
    case .tanh: return (.exp(z) - .exp(-z)) / (.exp(z) + .exp(-z))
    case .arctan: return .atan(z)
    case .relu: return z.v > 0 ? z : Dual(0)
    case .leakyReLU(let slope): return z.v > 0 ? z : Dual(slope) * z
    case .elu(let alpha): return z.v > 0 ? z : Dual(alpha) * (.exp(z) - one)
    case .silu: return z / (one + .exp(-z))
    case .gelu: return Dual(0.5) * z * (one + .erf(z / Dual(2.0.squareRoot())))
    case .softplus: return .log(one + .exp(z))
    case .softsign: return z / (one + .abs(z))
    case .cos: return .cos(z)
    case .asinh: return .log(z + .sqrt(z * z + one))
    case .reciprocal: return one / z
    case .complement: return one - z
    case .clamp(let lower, let upper):
      return z.v > lower && z.v < upper ? z : Dual(min(upper, max(lower, z.v)))
    case .softmax, .derivative: return Dual(.nan)
    }
  }

  /// With derivatives, in forms whose derivatives do not cancel where the function saturates.
  static func value(_ activation: Activation, _ z: Jet) -> Jet {
    let one = Jet(1)
    let isPositive = z.derivative(0) > 0
    let logistic = one / (one + .exp(-z))
    switch activation {
    case .identity: return z
    case .logistic: return logistic
    case .tanh:
      let e = Jet.exp(isPositive ? Jet(-2) * z : Jet(2) * z)
      return isPositive ? (one - e) / (one + e) : (e - one) / (e + one)
    case .arctan: return .atan(z)
    case .relu: return isPositive ? z : Jet(0)
    case .leakyReLU(let slope): return isPositive ? z : Jet(Extended(slope)) * z
    case .elu(let alpha): return isPositive ? z : Jet(Extended(alpha)) * (.exp(z) - one)
    case .silu: return z * logistic
    case .gelu: return z * .normalDistribution(z)
    case .softplus: return isPositive ? z + .log1p(.exp(-z)) : .log1p(.exp(z))
    case .softsign: return isPositive ? one - one / (one + z) : one / (one - z) - one
    case .cos: return .cos(z)
    case .asinh: return .asinh(z)
    case .reciprocal: return one / z
    case .complement: return one - z
    case .clamp(let lower, let upper):
      let (lower, upper) = (Extended(lower), Extended(upper))
      let value = z.derivative(0)
      return value > lower && value < upper ? z : Jet(min(upper, max(lower, value)))
    case .softmax, .derivative: return Jet(.nan)
    }
  }
}
