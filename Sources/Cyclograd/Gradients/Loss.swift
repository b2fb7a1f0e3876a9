import Foundation

/// What is minimised: summed over the outputs, averaged over the samples.
public enum Loss: String, Hashable, Sendable, CaseIterable {
  /// ½ Σ (yⱼ − aⱼ)² (equation 5).
  case halfSquaredError = "half-squared-error"
  /// −Σ yⱼ ln softmax(a)ⱼ; targets are distributions over the outputs, or one class number.
  case softmaxCrossEntropy = "softmax-cross-entropy"
  /// −Σ yⱼ ln σ(aⱼ) + (1 − yⱼ) ln(1 − σ(aⱼ)); outputs are logits, targets lie in [0, 1].
  case binaryCrossEntropy = "binary-cross-entropy"
  /// Σ |yⱼ − aⱼ|; the derivative where they are equal is taken as 0.
  case absoluteError = "absolute-error"

  /// Checks targets against the outputs they are for, and turns class numbers into distributions.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  public func prepare(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) -> Matrix {
    guard targets.rows == samples else {
      throw CyclogradError(
        .shapeMismatch, "\(targets.rows) rows of targets for \(samples) samples",
        advice: "give one row for each sample")
    }
    let isClasses = self == .softmaxCrossEntropy && targets.columns == 1 && outputs != 1
    guard targets.columns == outputs || isClasses else {
      throw CyclogradError(
        .shapeMismatch,
        "the targets have \(targets.columns) column\(targets.columns == 1 ? "" : "s"), and the network has "
          + "\(outputs) output\(outputs == 1 ? "" : "s")",
        advice: self == .softmaxCrossEntropy
          ? "give one column for each output, or one with class numbers"
          : "give one column for each output")
    }
    for row in 0..<targets.rows {
      try check(targets, row, outputs, isClasses)
    }
    guard isClasses else { return targets }
    var distributions = Matrix(rows: samples, columns: outputs)
    for row in 0..<samples { distributions[row, Int(targets[row, 0])] = 1 }
    return distributions
  }

  private func check(
    _ targets: Matrix, _ row: Int, _ outputs: Int, _ isClasses: Bool
  ) throws(CyclogradError) {
    func fail(_ message: String, _ advice: String) throws(CyclogradError) {
      throw CyclogradError(
        .invalidValue, message, at: .init(subject: "targets, row \(row)"), advice: advice)
    }
    let values = targets[row: row]
    if let value = values.first(where: { !$0.isFinite }) {
      try fail("a target is \(value)", "targets must be finite numbers")
    }
    switch self {
    case .halfSquaredError, .absoluteError: return
    case .binaryCrossEntropy:
      if let value = values.first(where: { $0 < 0 || $0 > 1 }) {
        try fail("the target \(value) is not between 0 and 1", "give probabilities, or 0 and 1")
      }
    case .softmaxCrossEntropy where isClasses:
      let value = values[values.startIndex]
      if value != value.rounded() || value < 0 || value >= Double(outputs) {
        try fail(
          "\(value) is not a class number", "give whole numbers from 0 to \(outputs - 1)")
      }
    case .softmaxCrossEntropy:
      let sum = values.reduce(0, +)
      if values.contains(where: { $0 < 0 }) || abs(sum - 1) > 1e-6 {
        try fail(
          "the targets are not a distribution: they sum to \(sum)",
          "give numbers of at least 0 that sum to 1, or one column with class numbers")
      }
    }
  }

  /// The loss of one sample.
  ///
  /// - Parameters:
  ///   - outputs: a of the output neurons.
  ///   - targets: as many numbers, as ``prepare(_:samples:outputs:)`` gave them.
  ///   - derivative: is called with ∂E/∂aⱼ for each output j.
  public func evaluate(
    outputs: some RandomAccessCollection<Double>, targets: some RandomAccessCollection<Double>,
    derivative: (_ j: Int, _ value: Double) -> Void
  ) -> Double {
    var sum = 0.0
    switch self {
    case .halfSquaredError:
      for (j, (a, y)) in zip(outputs, targets).enumerated() {
        sum += 0.5 * (a - y) * (a - y)
        derivative(j, a - y)
      }
    case .absoluteError:
      for (j, (a, y)) in zip(outputs, targets).enumerated() {
        sum += abs(a - y)
        derivative(j, a > y ? 1 : (a < y ? -1 : 0))
      }
    case .binaryCrossEntropy:
      for (j, (a, y)) in zip(outputs, targets).enumerated() {
        let e = exp(-abs(a))
        sum += max(a, 0) - a * y + log1p(e)
        derivative(j, (a < 0 ? e : 1) / (1 + e) - y)
      }
    case .softmaxCrossEntropy:
      let largest = outputs.max() ?? 0
      var total = 0.0
      for a in outputs { total += exp(a - largest) }
      let logarithm = largest + log(total)
      // Targets may sum to 1 only up to rounding to single precision.
      let weight = targets.reduce(0, +)
      for (j, (a, y)) in zip(outputs, targets).enumerated() {
        sum += y * (logarithm - a)
        derivative(j, weight * exp(a - logarithm) - y)
      }
    }
    return sum
  }

  /// The loss of a name, for the command line.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option` for an unknown name.
  public static func named(_ name: String) throws(CyclogradError) -> Loss {
    if let loss = Loss(rawValue: name) { return loss }
    let advice: String
    if let meant = meant(by: name) {
      advice = "'\(meant.rawValue)' is the nearest: \(meant.formula)"
    } else {
      advice = Suggestion.advice(
        name, among: allCases.map(\.rawValue), listing: "the losses are")
    }
    throw CyclogradError(.invalidOption, "there is no loss named '\(name)'", advice: advice)
  }

  /// The loss that other programs call so. None is taken in another's place: factors and means differ.
  private static func meant(by name: String) -> Loss? {
    guard name.utf8.count <= 40 else { return nil }
    var plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
    if plain.hasSuffix("loss") { plain.removeLast(4) }
    return switch plain {
    case "mse", "l2", "meansquarederror", "squarederror": .halfSquaredError
    case "mae", "l1", "meanabsoluteerror": .absoluteError
    case "bce", "bcewithlogits": .binaryCrossEntropy
    case "ce", "crossentropy", "categoricalcrossentropy": .softmaxCrossEntropy
    default: nil
    }
  }

  /// What it is, for a person who knows it by another name.
  private var formula: String {
    switch self {
    case .halfSquaredError: "half the sum of (y − a)² over the outputs"
    case .absoluteError: "the sum of |y − a| over the outputs"
    case .softmaxCrossEntropy:
      "outputs are logits of classes; of logits each by itself it is binary-cross-entropy"
    case .binaryCrossEntropy: "each output is a logit by itself"
    }
  }
}
