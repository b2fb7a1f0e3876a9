/// ½ Σ (yⱼ − aⱼ)² (equation 5 of Szekeres & Izsák 2024).
public struct HalfSquaredError: Loss, Hashable {
  /// The loss; it has no parameters.
  public init() {}

  /// `half-squared-error`
  public var name: String { "half-squared-error" }

  /// It is a sum over the outputs.
  public var isOutputByOutput: Bool { true }

  /// ½ Σ (yⱼ − aⱼ)², with the derivatives aⱼ − yⱼ.
  public func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var sum = 0.0
    for j in outputs.indices {
      let difference = outputs[j] - targets[j]
      sum += 0.5 * difference * difference
      derivatives[j] = difference
    }
    return sum
  }
}

extension Loss where Self == HalfSquaredError {
  /// ½ Σ (yⱼ − aⱼ)²; see ``HalfSquaredError``.
  public static var halfSquaredError: HalfSquaredError { HalfSquaredError() }
}

extension HalfSquaredError: NamedLoss {
  static let otherNames = ["l2", "squarederror"]
  var formula: String { "half the sum of (y − a)² over the outputs" }

  func enclosures(_ outputs: [Interval], _ targets: [Double]) -> [Interval] {
    zip(outputs, targets).map { $0 - Interval($1) }
  }
}
