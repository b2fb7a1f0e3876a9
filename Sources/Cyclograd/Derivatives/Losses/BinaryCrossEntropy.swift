import Foundation

/// −Σ yⱼ ln σ(aⱼ) + (1 − yⱼ) ln(1 − σ(aⱼ)); outputs are logits, targets lie in [0, 1].
public struct BinaryCrossEntropy: Loss, Hashable {
  /// The loss; it has no parameters.
  public init() {}

  /// `binary-cross-entropy`
  public var name: String { "binary-cross-entropy" }

  /// It is a sum over the outputs.
  public var isOutputByOutput: Bool { true }

  /// The logistic function.
  public var appliedActivation: Activation? { .logistic }

  /// Refuses targets outside [0, 1].
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  public func prepare(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) -> Matrix {
    try checkTargets(targets, samples: samples, outputs: outputs)
    if let index = targets.elements.firstIndex(where: { $0 < 0 || $0 > 1 }) {
      throw CyclogradError(
        .invalidValue, "the target \(targets.elements[index]) is not between 0 and 1",
        at: .init(subject: "targets, row \(index / targets.columns)"),
        advice: "give probabilities, or 0 and 1")
    }
    return targets
  }

  /// The sum over the outputs, with the derivatives σ(aⱼ) − yⱼ.
  public func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var sum = 0.0
    for j in outputs.indices {
      let (a, y) = (outputs[j], targets[j])
      let e = exp(-abs(a))
      sum += max(a, 0) - a * y + log1p(e)
      derivatives[j] = (a < 0 ? e : 1) / (1 + e) - y
    }
    return sum
  }
}

extension Loss where Self == BinaryCrossEntropy {
  /// −Σ yⱼ ln σ(aⱼ) + (1 − yⱼ) ln(1 − σ(aⱼ)); see ``BinaryCrossEntropy``.
  public static var binaryCrossEntropy: BinaryCrossEntropy { BinaryCrossEntropy() }
}

extension BinaryCrossEntropy: NamedLoss {
  static let otherNames = ["bce", "bcewithlogits"]
  var formula: String { "each output is a logit by itself" }

  func enclosures(
    _ outputs: [Interval], _ targets: [Double]
  ) throws(NoCertificate) -> [Interval] {
    var result: [Interval] = []
    for (a, y) in zip(outputs, targets) {
      guard let found = Activation.logistic.enclosure(on: a) else {
        throw NoCertificate(reason: "an output is not finite")
      }
      result.append(found.value - Interval(y))
    }
    return result
  }
}
