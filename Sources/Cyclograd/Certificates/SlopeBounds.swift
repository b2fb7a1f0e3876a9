extension Activation {
  /// An upper bound of sup |f′| over all z, for ``softmax`` of every entry of the Jacobian;
  /// `nil` where it is unbounded.
  ///
  /// The constants of silu and gelu are decimal numbers read to nearest, so they are widened.
  var slopeBound: Double? {
    switch self {
    case .silu, .gelu: lipschitzConstant.map { $0 * (1 + 0x1p-48) }
    // |∂aₖ/∂zⱼ| is aₖ (1 − aₖ) or aₖ aⱼ with aₖ + aⱼ ≤ 1.
    case .softmax: 0.25
    default: lipschitzConstant
    }
  }

  /// An upper bound of sup |f|; `nil` where it is unbounded.
  var valueBound: Double? {
    switch self {
    case .logistic, .tanh, .softsign, .cos, .softmax: 1
    case .arctan: (Double.pi / 2).nextUp
    case .clamp(let lower, let upper): max(lower.magnitude, upper.magnitude)
    default: nil
    }
  }

  /// Whether every slope lies in [0, 1].
  var isMonotoneNonexpansive: Bool {
    isNondecreasing && slopeBound.map { $0 <= 1 } == true
  }
}

extension Group {
  /// Γ: for each unit an upper bound of sup |∂a/∂z|, or why there is none.
  var slopeBounds: Result<[Double], NoCertificate> {
    var result: [Double] = []
    for (index, unit) in units.enumerated() {
      guard var bound = unit.activation.slopeBound else {
        return .failure(
          NoCertificate(
            reason: "the slope of \(unit.activation.name) in group \(name) is unbounded"))
      }
      if combine == .product {
        for (other, factor) in units.enumerated() where other != index && bound != 0 {
          guard let value = factor.activation.valueBound else {
            return .failure(
              NoCertificate(
                reason:
                  "group \(name) multiplies by \(factor.activation.name), which is unbounded"))
          }
          bound = Rounding.productUp(bound, value)
        }
      }
      result.append(bound)
    }
    return .success(result)
  }
}

/// Why nothing can be proved.
struct NoCertificate: Error {
  var reason: String
}
