/// What is minimised: a function E of the outputs and targets of one sample, averaged over the samples.
///
/// A loss of one's own is a value with a name, E and ∂E/∂a; see <doc:OwnLosses>. Those of the library are
/// `.halfSquaredError`, `.meanSquaredError`, `.softmaxCrossEntropy`, `.binaryCrossEntropy`, `.absoluteError` and `.linear`
/// (``LossRegistry``); ``CompositeLoss`` is a weighted sum of several, ``MaskedLoss`` passes over missing targets,
/// ``ClassWeightedLoss`` weights classes.
///
/// E is a function of one sample alone, so that a sample's derivatives do not depend on the others.
public protocol Loss: Sendable {
  /// What it is called in messages and reports, such as `half-squared-error`.
  var name: String { get }

  /// The loss of one sample and its derivatives.
  ///
  /// It is called by several threads at once, for targets that ``prepare(_:samples:outputs:)`` has accepted. A
  /// result that is not finite makes the sample fail with the status `not-finite`, and no other.
  ///
  /// - Parameters:
  ///   - outputs: a of the output neurons.
  ///   - targets: a row of what ``prepare(_:samples:outputs:)`` has returned.
  ///   - derivatives: takes ∂E/∂aⱼ for each output j; all 0 at first.
  func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double

  /// The numbers of columns that targets may have, at least one; ``prepare(_:samples:outputs:)`` gives as many as
  /// the first says. One for each output, if a loss does not say otherwise.
  func targetColumns(outputs: Int) -> [Int]

  /// Checks targets, and brings them into the form that ``evaluate(outputs:targets:derivatives:)`` takes.
  ///
  /// A loss that does not say otherwise takes any finite numbers.
  ///
  /// - Parameters:
  ///   - targets: samples × one of ``targetColumns(outputs:)``.
  ///   - samples: the number of samples.
  ///   - outputs: the number of outputs.
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  /// - Complexity: O(samples · outputs).
  func prepare(_ targets: Matrix, samples: Int, outputs: Int) throws(CyclogradError) -> Matrix

  /// The activation that the loss applies to the outputs itself, because it takes them as logits; `nil` if none.
  var appliedActivation: Activation? { get }

  /// Whether it goes output by output: with fewer outputs it is the loss of these alone. So outputs can be left out
  /// that have no target; see ``MaskedLoss``. No, if a loss does not say otherwise.
  var isOutputByOutput: Bool { get }

  /// Whether targets may be NaN, which means that there is none. No, if a loss does not say otherwise.
  var takesMissingTargets: Bool { get }
}

extension Loss {
  /// No activation.
  public var appliedActivation: Activation? { nil }

  /// It does not.
  public var isOutputByOutput: Bool { false }

  /// They may not.
  public var takesMissingTargets: Bool { false }

  /// One column for each output.
  public func targetColumns(outputs: Int) -> [Int] { [outputs] }

  /// Takes any finite numbers.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  public func prepare(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) -> Matrix {
    try checkTargets(targets, samples: samples, outputs: outputs)
    return targets
  }

  /// Refuses targets that have another shape than the loss takes, or numbers that are not finite: what
  /// ``prepare(_:samples:outputs:)`` of any loss begins with.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  /// - Complexity: O(samples · outputs).
  public func checkTargets(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) {
    guard targets.rows == samples else {
      throw CyclogradError(
        .shapeMismatch, "\(targets.rows) rows of targets for \(samples) samples",
        advice: "give one row for each sample")
    }
    let widths = targetColumns(outputs: outputs)
    guard widths.contains(targets.columns) else {
      func count(_ number: Int, _ what: String) -> String {
        "\(number) \(what)\(number == 1 ? "" : "s")"
      }
      throw CyclogradError(
        .shapeMismatch,
        "the targets have \(count(targets.columns, "column")), and the network has "
          + count(outputs, "output"),
        advice: targetAdvice(widths, outputs))
    }
    let takesMissing = takesMissingTargets
    if let index = targets.elements.firstIndex(where: {
      !$0.isFinite && !(takesMissing && $0.isNaN)
    }) {
      throw CyclogradError(
        .invalidValue, "a target is \(targets.elements[index])",
        at: .init(subject: "targets, row \(index / targets.columns)"),
        advice: "targets must be finite numbers")
    }
  }

  private func targetAdvice(_ widths: [Int], _ outputs: Int) -> String {
    if widths == [outputs] { return "give one column for each output" }
    if widths == [outputs, 1] {
      return "give one column for each output, or one with class numbers"
    }
    return "\(name) takes \(widths.map(String.init).joined(separator: " or ")) columns"
  }
}
