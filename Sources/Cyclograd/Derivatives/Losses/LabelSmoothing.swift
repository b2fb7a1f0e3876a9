/// A loss of classes whose targets are drawn towards chance, so that outputs need not grow without bound (Szegedy et al. 2016,
/// section 7).
///
/// A distribution y over C outputs becomes (1 − ε) y + ε/C. Of logits that stand for themselves, as in ``BinaryCrossEntropy``,
/// each target y becomes (1 − ε) y + ε/2.
public struct LabelSmoothing: Loss {
  /// The loss of smooth targets.
  public let base: any Loss
  /// ε.
  public let amount: Double

  /// A loss of smooth targets.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for an ε outside [0, 1), and for losses whose targets are no
  ///   probabilities.
  public init(_ base: any Loss, amount: Double) throws(CyclogradError) {
    guard amount >= 0, amount < 1 else {
      throw CyclogradError(
        .invalidOption, "labels are smoothed by \(amount)",
        advice: "give a number of at least 0 and below 1")
    }
    guard base.appliedActivation == .softmax || base.appliedActivation == .logistic else {
      throw CyclogradError(
        .invalidOption, "the targets of \(base.name) are no probabilities that could be smoothed",
        advice: "use \(SoftmaxCrossEntropy().name) or \(BinaryCrossEntropy().name)")
    }
    self.base = base
    self.amount = amount
  }

  /// Such as `softmax-cross-entropy with labels smoothed by 0.1`.
  public var name: String { base.name + " with labels smoothed by \(amount)" }

  /// That of the loss of smooth targets.
  public var appliedActivation: Activation? { base.appliedActivation }

  /// As that loss.
  public var isOutputByOutput: Bool { base.isOutputByOutput }

  /// As many as that loss takes.
  public func targetColumns(outputs: Int) -> [Int] { base.targetColumns(outputs: outputs) }

  /// Prepares targets as the loss itself does, and smooths them.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  public func prepare(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) -> Matrix {
    var result = try base.prepare(targets, samples: samples, outputs: outputs)
    let chance = 1 / Double(base.isOutputByOutput ? 2 : outputs)
    for row in 0..<result.rows {
      for column in 0..<result.columns {
        result[row, column] = (1 - amount) * result[row, column] + amount * chance
      }
    }
    return result
  }

  /// The loss for smooth targets.
  public func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    base.evaluate(outputs: outputs, targets: targets, derivatives: &derivatives)
  }
}
