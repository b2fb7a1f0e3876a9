import Foundation

/// −Σ yⱼ ln softmax(a)ⱼ; outputs are logits, targets are distributions over the outputs, or one class number.
public struct SoftmaxCrossEntropy: Loss, Hashable {
  /// The loss; it has no parameters.
  public init() {}

  /// `softmax-cross-entropy`
  public var name: String { "softmax-cross-entropy" }

  /// Softmax.
  public var appliedActivation: Activation? { .softmax }

  /// One for each output, or one with class numbers.
  public func targetColumns(outputs: Int) -> [Int] { outputs == 1 ? [1] : [outputs, 1] }

  /// Refuses what is no distribution, and turns class numbers into distributions.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  public func prepare(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) -> Matrix {
    try checkTargets(targets, samples: samples, outputs: outputs)
    func fail(_ row: Int, _ message: String, _ advice: String) throws(CyclogradError) {
      throw CyclogradError(
        .invalidValue, message, at: .init(subject: "targets, row \(row)"), advice: advice)
    }
    guard targets.columns == 1, outputs != 1 else {
      for row in 0..<samples {
        let sum = targets[row: row].reduce(0, +)
        if targets[row: row].contains(where: { $0 < 0 }) || abs(sum - 1) > 1e-6 {
          try fail(
            row, "the targets are not a distribution: they sum to \(sum)",
            "give numbers of at least 0 that sum to 1, or one column with class numbers")
        }
      }
      return targets
    }
    var distributions = Matrix(rows: samples, columns: outputs)
    for row in 0..<samples {
      let value = targets[row, 0]
      if value != value.rounded() || value < 0 || value >= Double(outputs) {
        try fail(
          row, "\(value) is not a class number", "give whole numbers from 0 to \(outputs - 1)")
      }
      distributions[row, Int(value)] = 1
    }
    return distributions
  }

  /// The cross-entropy, with the derivatives softmax(a)ⱼ − yⱼ.
  public func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var largest = -Double.infinity
    // Targets may sum to 1 only up to rounding to single precision.
    var weight = 0.0
    for j in outputs.indices {
      largest = max(largest, outputs[j])
      weight += targets[j]
    }
    var total = 0.0
    for j in outputs.indices { total += exp(outputs[j] - largest) }
    let logarithm = largest + log(total)
    var sum = 0.0
    for j in outputs.indices {
      sum += targets[j] * (logarithm - outputs[j])
      derivatives[j] = weight * exp(outputs[j] - logarithm) - targets[j]
    }
    return sum
  }
}

extension Loss where Self == SoftmaxCrossEntropy {
  /// −Σ yⱼ ln softmax(a)ⱼ; see ``SoftmaxCrossEntropy``.
  public static var softmaxCrossEntropy: SoftmaxCrossEntropy { SoftmaxCrossEntropy() }
}

extension SoftmaxCrossEntropy: NamedLoss {
  static let otherNames = ["ce", "crossentropy", "categoricalcrossentropy"]
  var formula: String {
    "outputs are logits of classes; of logits each by itself it is binary-cross-entropy"
  }

  func enclosures(
    _ outputs: [Interval], _ targets: [Double]
  ) throws(NoCertificate) -> [Interval] {
    let top = outputs.map(\.upper).max() ?? 0
    guard top.isFinite else { throw NoCertificate(reason: "an output is not finite") }
    let powers = outputs.map { Interval.exp($0 - Interval(top)) }
    let sum = powers.reduce(.zero, +)
    let weight = targets.reduce(Interval.zero) { $0 + Interval($1) }
    return zip(powers, targets).map { weight * ($0 / sum) - Interval($1) }
  }
}
