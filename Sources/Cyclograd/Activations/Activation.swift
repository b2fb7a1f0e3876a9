/// The function f that turns a unit's pre-activation z into an activation.
///
/// Every activation knows its first three derivatives, their Lipschitz constants, or that there are none, and
/// its ``kinks``. ``softmax`` is the only one that acts on all neurons of a group at once.
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
  /// f(z) = z for z > 0, slope · z otherwise; the slope at 0 is taken as `slope`.
  case leakyReLU(slope: Double = 0.01)
  /// f(z) = z for z > 0, α (eᶻ − 1) otherwise; the slope at 0 is taken as α.
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
  /// The first or second derivative of another activation, as tangents need it; see ``derivative``.
  indirect case derivative(of: Activation, order: Int = 1)
}

extension Activation {
  /// The highest order of a derivative that is an activation.
  static let highestDerivative = 2

  /// f′ as an activation; `nil` for softmax, and beyond the second derivative.
  public var derivative: Activation? {
    switch self {
    case .softmax: nil
    case .derivative(let function, let order):
      order < Self.highestDerivative ? .derivative(of: function, order: order + 1) : nil
    case .identity, .logistic, .tanh, .arctan, .relu, .leakyReLU, .elu, .silu, .gelu, .softplus,
      .softsign, .cos, .asinh, .reciprocal, .complement, .clamp:
      .derivative(of: self)
    }
  }

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
    case .derivative: "derivative"
    }
  }
}
