// Decimal constants are rounded up, so that each is a bound of the real number that its comment gives.

extension Activation {
  /// sup |f(z) − f(y)| / |z − y|, or `nil` where it is unbounded.
  ///
  /// For ``softmax`` it is the constant in the maximum norm (and in the Euclidean norm).
  public var lipschitzConstant: Double? {
    switch self {
    case .identity, .tanh, .arctan, .relu, .softplus, .softsign, .cos, .asinh, .complement: 1
    case .logistic: 0.25
    case .leakyReLU(let slope): max(1, slope.magnitude)
    case .elu(let alpha): max(1, alpha.magnitude)
    // The maximum of the derivative, at z = 2.3993572805154….
    case .silu: 1.0998393194985447
    // The maximum of the derivative, Φ(√2) + √2 φ(√2).
    case .gelu: 1.1289041456270362
    case .clamp(let lower, let upper): lower < upper ? 1 : 0
    case .softmax: 0.5
    case .derivative(let function, 1): function.slopeLipschitzConstant
    case .derivative(let function, _): function.secondDerivativeLipschitzConstant
    case .reciprocal: nil
    }
  }

  /// sup |f′(z) − f′(y)| / |z − y|, or `nil` where it is unbounded, as at ``kinks``, and for ``softmax``, whose
  /// slope is a matrix.
  public var slopeLipschitzConstant: Double? {
    switch self {
    case .identity, .complement: 0
    // 1 / (6 √3)
    case .logistic: 0.09622504486493763
    // 4 / (3 √3)
    case .tanh: 0.769800358919501
    // 3 √3 / 8
    case .arctan: 0.649519052838329
    // 2 / (3 √3)
    case .asinh: 0.3849001794597505
    case .softplus: 0.25
    case .silu: 0.5
    // 2 φ(0)
    case .gelu: 0.7978845608028654
    case .softsign: 2
    case .cos: 1
    case .leakyReLU(let slope): slope == 1 ? 0 : nil
    case .elu(let alpha): alpha == 1 ? 1 : nil
    case .clamp(let lower, let upper): lower < upper ? nil : 0
    case .derivative(let function, 1): function.secondDerivativeLipschitzConstant
    case .relu, .reciprocal, .softmax, .derivative: nil
    }
  }

  /// sup |f″(z) − f″(y)| / |z − y|, with the branch of f″ that is taken at kinks; `nil` where it is unbounded,
  /// as where f″ jumps, and for ``softmax``, whose second derivative is a tensor.
  public var secondDerivativeLipschitzConstant: Double? {
    switch self {
    case .identity, .complement, .relu, .leakyReLU, .clamp: 0
    case .logistic: 0.125
    case .tanh, .arctan: 2
    case .asinh, .cos: 1
    // 1 / (6 √3)
    case .softplus: 0.09622504486493763
    // −f‴ at z = −1.0319582417807…
    case .silu: 0.3081815157964791
    // f‴ at z = −0.7922869913932…
    case .gelu: 0.7787696350557324
    case .elu(let alpha): alpha == 0 ? 0 : nil
    case .softsign, .reciprocal, .softmax, .derivative: nil
    }
  }

  /// An upper bound of sup |f′| over all z, for ``softmax`` of every entry of the Jacobian, with which proofs
  /// compute; `nil` where it is unbounded.
  var slopeBound: Double? {
    switch self {
    // |∂aₖ/∂zⱼ| is aₖ (1 − aₖ) or aₖ aⱼ with aₖ + aⱼ ≤ 1.
    case .softmax: 0.25
    // Their constants are decimal numbers read to nearest, so they are widened.
    case .silu, .gelu, .derivative: lipschitzConstant.map { $0 * (1 + 0x1p-48) }
    case .identity, .logistic, .tanh, .arctan, .relu, .leakyReLU, .elu, .softplus, .softsign, .cos,
      .asinh, .reciprocal, .complement, .clamp:
      lipschitzConstant
    }
  }

  /// Whether every slope lies in [0, 1].
  var isMonotoneNonexpansive: Bool {
    isNondecreasing && slopeBound.map { $0 <= 1 } == true
  }
}
