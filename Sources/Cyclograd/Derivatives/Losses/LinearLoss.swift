/// Σ yⱼ aⱼ: a linear function of the outputs, whose coefficients are the targets.
///
/// Its derivatives are the targets, so its gradient is a vector–Jacobian product, averaged over the samples. It has
/// no minimum by itself; in a ``CompositeLoss`` it is a price or a reward of some outputs.
public struct LinearLoss: Loss, Hashable {
  /// The loss; it has no parameters.
  public init() {}

  /// `linear`
  public var name: String { "linear" }

  /// It is a sum over the outputs.
  public var isOutputByOutput: Bool { true }

  /// Σ yⱼ aⱼ, with the derivatives yⱼ.
  public func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var sum = 0.0
    for j in outputs.indices {
      sum += targets[j] * outputs[j]
      derivatives[j] = targets[j]
    }
    return sum
  }
}

extension Loss where Self == LinearLoss {
  /// Σ yⱼ aⱼ; see ``LinearLoss``.
  public static var linear: LinearLoss { LinearLoss() }
}

extension LinearLoss: NamedLoss {
  static let otherNames = ["linear", "dotproduct"]
  var formula: String { "the sum of y a over the outputs" }

  func enclosures(_ outputs: [Interval], _ targets: [Double]) -> [Interval] {
    targets.map { Interval($0) }
  }
}
