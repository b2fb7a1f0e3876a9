/// (1 / q) Σ (yⱼ − aⱼ)² over q outputs: what other programs call the mean squared error.
public struct MeanSquaredError: Loss, Hashable {
  /// The loss; it has no parameters.
  public init() {}

  /// `mean-squared-error`
  public var name: String { "mean-squared-error" }

  /// It is.
  public var isOutputByOutput: Bool { true }

  /// The mean of (yⱼ − aⱼ)², with the derivatives 2 (aⱼ − yⱼ) / q.
  public func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    let count = Double(outputs.count)
    var sum = 0.0
    for j in outputs.indices {
      let difference = outputs[j] - targets[j]
      sum += difference * difference
      derivatives[j] = 2 * difference / count
    }
    return sum / count
  }
}

extension Loss where Self == MeanSquaredError {
  /// (1 / q) Σ (yⱼ − aⱼ)²; see ``MeanSquaredError``.
  public static var meanSquaredError: MeanSquaredError { MeanSquaredError() }
}

extension MeanSquaredError: NamedLoss {
  static let otherNames = ["mse", "meansquarederror"]
  static let aliases = ["mse"]
  var formula: String { "the mean of (y − a)² over the outputs" }

  func enclosures(_ outputs: [Interval], _ targets: [Double]) -> [Interval] {
    let count = Interval(Double(outputs.count))
    return zip(outputs, targets).map { Interval(2) * ($0 - Interval($1)) / count }
  }
}
