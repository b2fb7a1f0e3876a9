import Cyclograd
import Foundation

#if arch(x86_64)
  /// More digits than the library has, where the machine has them.
  typealias Extended = Float80
#else
  typealias Extended = Double
#endif

/// Values and slopes in extended precision, in forms that do not cancel or overflow.
enum ExtendedActivation {
  static func value(_ activation: Activation, _ z: Extended) -> Extended {
    switch activation {
    case .identity: z
    case .logistic: logistic(z)
    case .tanh: abs(z) > 20 ? (z < 0 ? -1 : 1) : expm1(2 * z) / (expm1(2 * z) + 2)
    case .arctan: atan(z)
    case .relu: z > 0 ? z : 0
    case .leakyReLU(let slope): z > 0 ? z : Extended(slope) * z
    case .elu(let alpha): z > 0 ? z : Extended(alpha) * expm1(z)
    case .silu: z < -11000 ? 0 : z * logistic(z)
    case .gelu: z < -100 ? 0 : z * erfc(-z / Extended(2).squareRoot()) / 2
    case .softplus: z > 100 ? z : log1p(exp(z))
    case .softsign: z / (1 + abs(z))
    case .cos: cos(z)
    case .asinh: asinh(z)
    case .reciprocal: 1 / z
    case .complement: 1 - z
    case .clamp(let lower, let upper): min(Extended(upper), max(Extended(lower), z))
    case .softmax, .derivative: .nan
    }
  }

  static func slope(_ activation: Activation, _ z: Extended) -> Extended {
    switch activation {
    case .identity: return 1
    case .logistic: return logistic(z) * logistic(-z)
    case .tanh: return 4 * logistic(2 * z) * logistic(-2 * z)
    case .arctan: return 1 / (1 + z * z)
    case .relu: return z > 0 ? 1 : 0
    case .leakyReLU(let slope): return z > 0 ? 1 : Extended(slope)
    case .elu(let alpha): return z > 0 ? 1 : Extended(alpha) * exp(z)
    case .silu:
      return abs(z) > 11000
        ? (z > 0 ? 1 : 0) : logistic(z) * (1 + z * logistic(-z))
    case .gelu:
      if abs(z) > 100 { return z > 0 ? 1 : 0 }
      return erfc(-z / Extended(2).squareRoot()) / 2
        + z * exp(-z * z / 2) / (2 * Extended.pi).squareRoot()
    case .softplus: return logistic(z)
    case .softsign: return 1 / ((1 + abs(z)) * (1 + abs(z)))
    case .cos: return -sin(z)
    case .asinh: return 1 / (1 + z * z).squareRoot()
    case .reciprocal: return -1 / (z * z)
    case .complement: return -1
    case .clamp(let lower, let upper):
      return z > Extended(lower) && z < Extended(upper) ? 1 : 0
    case .softmax, .derivative: return .nan
    }
  }

  private static func logistic(_ z: Extended) -> Extended { 1 / (1 + exp(-z)) }
}
