/// The function f that turns a unit's pre-activation z into an activation.
///
/// Every activation knows its derivative and its Lipschitz constant, or that it has none.
/// ``softmax`` is the only one that acts on all neurons of a group at once.
public enum Activation: Hashable, Sendable {
  /// f(z) = z
  case identity
  /// f(z) = 1 / (1 + e⁻ᶻ)
  case logistic
  /// f(z) = tanh z
  case tanh
  /// f(z) = arctan z
  case arctan
  /// f(z) = max(0, z); the slope at 0 is taken as 0.
  case relu
  /// f(z) = z for z > 0, slope · z otherwise.
  case leakyReLU(slope: Double = 0.01)
  /// f(z) = z for z > 0, α (eᶻ − 1) otherwise.
  case elu(alpha: Double = 1)
  /// f(z) = z / (1 + e⁻ᶻ)
  case silu
  /// f(z) = z Φ(z), with the distribution function Φ of the standard normal law.
  case gelu
  /// f(z) = ln(1 + eᶻ)
  case softplus
  /// f(z) = z / (1 + |z|)
  case softsign
  /// f(z) = cos z
  case cos
  /// f(z) = arsinh z
  case asinh
  /// f(z) = 1 / z; not Lipschitz, not finite at 0.
  case reciprocal
  /// f(z) = 1 − z
  case complement
  /// f(z) = min(upper, max(lower, z)); the slope at the two corners is taken as 0.
  case clamp(lower: Double = 0, upper: Double = 1)
  /// aₖ = eᶻᵏ / Σⱼ eᶻʲ over the neurons of the group.
  case softmax
}

extension Activation {
  /// The name in graph files and reports, without constants.
  public var name: String {
    switch self {
    case .identity: "identity"
    case .logistic: "logistic"
    case .tanh: "tanh"
    case .arctan: "arctan"
    case .relu: "relu"
    case .leakyReLU: "leaky-relu"
    case .elu: "elu"
    case .silu: "silu"
    case .gelu: "gelu"
    case .softplus: "softplus"
    case .softsign: "softsign"
    case .cos: "cos"
    case .asinh: "asinh"
    case .reciprocal: "reciprocal"
    case .complement: "complement"
    case .clamp: "clamp"
    case .softmax: "softmax"
    }
  }

  /// sup |f(z) − f(y)| / |z − y|, or `nil` where it is unbounded.
  ///
  /// For ``softmax`` it is the constant in the maximum norm (and in the Euclidean norm).
  public var lipschitzConstant: Double? {
    switch self {
    case .identity, .tanh, .arctan, .relu, .softplus, .softsign, .cos, .asinh, .complement: 1
    case .logistic: 0.25
    case .leakyReLU(let slope): Swift.max(1, slope.magnitude)
    case .elu(let alpha): Swift.max(1, alpha.magnitude)
    // The maximum of the derivative, at z = 2.3993572805154…, rounded up.
    case .silu: 1.0998393194985447
    // The maximum of the derivative, Φ(√2) + √2 φ(√2), rounded up.
    case .gelu: 1.1289041456270362
    case .clamp(let lower, let upper): lower < upper ? 1 : 0
    case .softmax: 0.5
    case .reciprocal: nil
    }
  }

  /// Whether f′(z) ≥ 0 for every z, so that D^½ exists (false for softmax, whose slope is a matrix).
  public var isNondecreasing: Bool {
    switch self {
    case .identity, .logistic, .tanh, .arctan, .relu, .softplus, .softsign, .asinh, .clamp: true
    case .leakyReLU(let slope): slope >= 0
    case .elu(let alpha): alpha >= 0
    case .silu, .gelu, .cos, .reciprocal, .complement, .softmax: false
    }
  }

  /// Whether f(c z) = c f(z) for every z and every c > 0.
  public var isPositivelyHomogeneous: Bool {
    switch self {
    case .identity, .relu, .leakyReLU: true
    default: false
    }
  }

  /// Whether f(z) = c z + f(0) for every z.
  var isAffine: Bool {
    switch self {
    case .identity, .complement: true
    case .leakyReLU(let slope): slope == 1
    case .logistic, .tanh, .arctan, .relu, .elu, .silu, .gelu, .softplus, .softsign, .cos, .asinh,
      .reciprocal, .clamp, .softmax:
      false
    }
  }

  /// Where the slope jumps.
  var kinks: [Double] {
    switch self {
    case .relu: [0]
    case .leakyReLU(let slope): slope == 1 ? [] : [0]
    case .elu(let alpha): alpha == 1 ? [] : [0]
    case .clamp(let lower, let upper): lower < upper ? [lower, upper] : []
    default: []
    }
  }

  /// What makes the activation's own constants unusable, or `nil` when they are fine.
  var invalidity: String? {
    switch self {
    case .leakyReLU(let slope) where !slope.isFinite: "the slope of leaky-relu is not finite"
    case .elu(let alpha) where !alpha.isFinite: "the constant of elu is not finite"
    case .clamp(let lower, let upper) where !(lower.isFinite && upper.isFinite):
      "the bounds of clamp are not finite"
    case .clamp(let lower, let upper) where lower > upper:
      "the lower bound of clamp exceeds the upper one"
    default: nil
    }
  }
}
