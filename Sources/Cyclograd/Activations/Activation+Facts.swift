// No switch here has a default: the compiler names each of them when an activation is added, because a
// missing fact would give wrong derivatives or a wrong proof.

extension Activation {
  /// Whether f′(z) ≥ 0 for every z, so that D^½ exists (false for softmax, whose slope is a matrix).
  public var isNondecreasing: Bool {
    switch self {
    case .identity, .logistic, .tanh, .arctan, .relu, .softplus, .softsign, .asinh, .clamp: true
    case .leakyReLU(let slope): slope >= 0
    case .elu(let alpha): alpha >= 0
    case .silu, .gelu, .cos, .reciprocal, .complement, .softmax, .derivative: false
    }
  }

  /// Whether f(c z) = c f(z) for every z and every c > 0.
  public var isPositivelyHomogeneous: Bool {
    switch self {
    case .identity, .relu, .leakyReLU: true
    case .elu(let alpha): alpha == 0
    case .clamp(let lower, let upper): lower == 0 && upper == 0
    case .logistic, .tanh, .arctan, .silu, .gelu, .softplus, .softsign, .cos, .asinh, .reciprocal,
      .complement, .softmax, .derivative:
      false
    }
  }

  /// Whether f(z) = c z + f(0) for every z.
  var isAffine: Bool {
    switch self {
    case .identity, .complement: true
    case .leakyReLU(let slope): slope == 1
    case .logistic, .tanh, .arctan, .relu, .elu, .silu, .gelu, .softplus, .softsign, .cos, .asinh,
      .reciprocal, .clamp, .softmax, .derivative:
      false
    }
  }

  /// Whether f(z) ≥ max(z, 0) for every z.
  var isAboveRamp: Bool {
    switch self {
    case .relu, .softplus: true
    case .leakyReLU(let slope): slope <= 0
    case .elu(let alpha): alpha <= 0
    case .identity, .logistic, .tanh, .arctan, .silu, .gelu, .softsign, .cos, .asinh, .reciprocal,
      .complement, .clamp, .softmax, .derivative:
      false
    }
  }

  /// An upper bound of sup |f|, with which proofs compute; `nil` where it is unbounded.
  var valueBound: Double? {
    switch self {
    case .logistic, .tanh, .softsign, .cos, .softmax: 1
    case .arctan: (Double.pi / 2).nextUp
    case .clamp(let lower, let upper): max(lower.magnitude, upper.magnitude)
    case .derivative(let function, 1): function.slopeBound
    case .derivative(let function, _):
      function.slopeLipschitzConstant.map { $0 * (1 + 0x1p-48) }
    case .identity, .relu, .leakyReLU, .elu, .silu, .gelu, .softplus, .asinh, .reciprocal,
      .complement:
      nil
    }
  }

  /// Contains every value of f; `nil` where it is unbounded.
  var range: Interval? {
    switch self {
    case .logistic, .softmax: Interval(0, 1)
    case .clamp(let lower, let upper): Interval(lower, upper)
    case .tanh, .softsign, .cos, .arctan, .identity, .relu, .leakyReLU, .elu, .silu, .gelu,
      .softplus, .asinh, .reciprocal, .complement, .derivative:
      valueBound.map { Interval(-$0, $0) }
    }
  }

  /// Where f has no derivative: the slope jumps. A pole is no kink.
  ///
  /// Derivatives there are those of one branch: of z ≤ 0 for ``relu``, ``leakyReLU(slope:)`` and
  /// ``elu(alpha:)``, of the constant for ``clamp(lower:upper:)``. See ``KinkPolicy``.
  public var kinks: [Double] {
    switch self {
    case .relu: [0]
    case .leakyReLU(let slope): slope == 1 ? [] : [0]
    case .elu(let alpha): alpha == 1 ? [] : [0]
    case .clamp(let lower, let upper): lower < upper ? [lower, upper] : []
    case .derivative(let function, _): function.slopeKinks
    case .identity, .logistic, .tanh, .arctan, .silu, .gelu, .softplus, .softsign, .cos, .asinh,
      .reciprocal, .complement, .softmax:
      []
    }
  }

  /// Where f′ has no derivative: the ``kinks``, and where the second derivative jumps though the slope
  /// does not.
  public var slopeKinks: [Double] {
    switch self {
    case .elu, .softsign: [0]
    case .identity, .logistic, .tanh, .arctan, .relu, .leakyReLU, .silu, .gelu, .softplus, .cos,
      .asinh, .reciprocal, .complement, .clamp, .softmax, .derivative:
      kinks
    }
  }

  /// What makes the activation's own constants unusable, or `nil` when they are fine.
  var invalidity: String? {
    switch self {
    case .leakyReLU(let slope): slope.isFinite ? nil : "the slope of leaky-relu is not finite"
    case .elu(let alpha): alpha.isFinite ? nil : "the constant of elu is not finite"
    case .clamp(let lower, let upper):
      if !(lower.isFinite && upper.isFinite) {
        "the bounds of clamp are not finite"
      } else if lower > upper {
        "the lower bound of clamp exceeds the upper one"
      } else {
        nil
      }
    case .derivative(of: .softmax, _): "softmax has no derivative of one number"
    case .derivative(of: .derivative, _): "a derivative of a derivative is one of higher order"
    case .derivative(let function, let order):
      (1...Self.highestDerivative).contains(order)
        ? function.invalidity : "the order of a derivative is \(order); it can be 1 or 2"
    case .identity, .logistic, .tanh, .arctan, .relu, .silu, .gelu, .softplus, .softsign, .cos,
      .asinh, .reciprocal, .complement, .softmax:
      nil
    }
  }
}
