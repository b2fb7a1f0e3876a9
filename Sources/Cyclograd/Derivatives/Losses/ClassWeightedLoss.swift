/// A loss of classes in which each class has a weight: E is multiplied with that of the sample's class.
///
/// With several outputs targets are class numbers or distributions y, whose weight is Σ yⱼ wⱼ; with one output they lie
/// between 0 and 1 for two classes, and the weight is (1 − y) w₀ + y w₁. The mean over samples divides by their number,
/// not by the sum of the weights. Of labels that are smoothed the weights are those of the labels themselves.
public struct ClassWeightedLoss: Loss {
  /// The loss without weights.
  public let base: any Loss
  /// One for each class.
  public let weights: [Double]
  /// What label smoothing adds to the weight of each sample, and multiplies it with.
  private let smoothing: (offset: Double, factor: Double)

  /// A loss with a weight for each class.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option` for weights that are negative or not finite, and for fewer
  ///   than two.
  public init(_ base: any Loss, weights: [Double]) throws(CyclogradError) {
    guard weights.count > 1, weights.allSatisfy({ $0 >= 0 && $0.isFinite }),
      weights.contains(where: { $0 > 0 })
    else {
      throw CyclogradError(
        .invalidOption,
        "the weights of classes are \(weights.map(\.description).joined(separator: ", "))",
        advice: "give a number of at least 0 for each class, not all of them 0")
    }
    self.base = base
    self.weights = weights
    let amount = (base as? LabelSmoothing)?.amount ?? 0
    smoothing = (amount * weights.reduce(0, +) / Double(weights.count), 1 - amount)
  }

  /// Such as `softmax-cross-entropy with class weights 0.5, 2.0`.
  public var name: String {
    base.name + " with class weights " + weights.map(\.description).joined(separator: ", ")
  }

  /// That of the loss without weights.
  public var appliedActivation: Activation? { base.appliedActivation }

  /// As many as the loss without weights takes.
  public func targetColumns(outputs: Int) -> [Int] { base.targetColumns(outputs: outputs) }

  /// Prepares targets as the loss without weights does, and refuses what is no class.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  public func prepare(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) -> Matrix {
    let prepared = try base.prepare(targets, samples: samples, outputs: outputs)
    guard prepared.columns == outputs, max(2, outputs) == weights.count else {
      throw CyclogradError(
        .shapeMismatch, "\(weights.count) weights of classes for \(max(2, outputs)) classes",
        advice: "give one for each output, or two for a single output")
    }
    for row in 0..<prepared.rows {
      let sum = prepared[row: row].reduce(0, +)
      let isWrong = prepared[row: row].contains { !($0 >= 0 && $0 <= 1) }
      guard !isWrong, outputs == 1 || abs(sum - 1) <= 1e-6 else {
        throw CyclogradError(
          .invalidValue, "the target is no class", at: .init(subject: "targets, row \(row)"),
          advice: "weights of classes need class numbers, or one 1 among zeros")
      }
    }
    return prepared
  }

  /// The weighted loss.
  public func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var weight = 0.0
    if targets.count == 1 {
      weight = (1 - targets[0]) * weights[0] + targets[0] * weights[1]
    } else {
      for j in targets.indices { weight += targets[j] * weights[j] }
    }
    if smoothing.factor < 1 { weight = max(0, weight - smoothing.offset) / smoothing.factor }
    let value = base.evaluate(outputs: outputs, targets: targets, derivatives: &derivatives)
    for j in outputs.indices { derivatives[j] *= weight }
    return weight * value
  }

  /// N / (C nᴄ): the classes have the same weight together.
  ///
  /// - Parameters:
  ///   - classes: the class of each sample, from 0.
  ///   - count: the number of classes C.
  /// - Throws: ``CyclogradError`` `invalid-value` for a class without a sample.
  /// - Complexity: O(samples).
  public static func balanced(_ classes: [Int], count: Int) throws(CyclogradError) -> [Double] {
    var sizes = [Int](repeating: 0, count: count)
    for number in classes where sizes.indices.contains(number) { sizes[number] += 1 }
    if let empty = sizes.firstIndex(of: 0) {
      throw CyclogradError(
        .invalidValue, "no sample is of class \(empty), so classes cannot be balanced",
        advice: "give samples of all classes, or a list of weights")
    }
    return sizes.map { Double(classes.count) / (Double(count) * Double($0)) }
  }
}
