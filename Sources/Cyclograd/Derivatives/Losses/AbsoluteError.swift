/// Σ |yⱼ − aⱼ|; the derivative where they are equal is taken as 0.
public struct AbsoluteError: Loss, Hashable {
  /// The loss; it has no parameters.
  public init() {}

  /// `absolute-error`
  public var name: String { "absolute-error" }

  /// It is a sum over the outputs.
  public var isOutputByOutput: Bool { true }

  /// Σ |yⱼ − aⱼ|, with the derivatives 1, −1 and 0.
  public func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var sum = 0.0
    for j in outputs.indices {
      let (a, y) = (outputs[j], targets[j])
      sum += abs(a - y)
      derivatives[j] = a > y ? 1 : (a < y ? -1 : 0)
    }
    return sum
  }
}

extension Loss where Self == AbsoluteError {
  /// Σ |yⱼ − aⱼ|; see ``AbsoluteError``.
  public static var absoluteError: AbsoluteError { AbsoluteError() }
}

extension AbsoluteError: NamedLoss {
  static let otherNames = ["mae", "l1", "meanabsoluteerror"]
  var formula: String { "the sum of |y − a| over the outputs" }

  func enclosures(
    _ outputs: [Interval], _ targets: [Double]
  ) throws(NoCertificate) -> [Interval] {
    var result: [Interval] = []
    for (a, y) in zip(outputs, targets) {
      let difference = a - Interval(y)
      guard difference.mignitude > 0 else {
        throw NoCertificate(
          reason: "an output may equal its target, where the absolute error has a kink")
      }
      result.append(Interval(difference.lower > 0 ? 1 : -1))
    }
    return result
  }
}
