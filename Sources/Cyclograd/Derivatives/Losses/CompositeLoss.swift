/// A weighted sum of losses, each of some of the outputs: E = Σ wₜ Eₜ.
///
///     let loss = try CompositeLoss(
///       [
///         .init(.softmaxCrossEntropy, groups: ["class"]),
///         .init(.halfSquaredError, groups: ["position"], weight: 0.5),
///       ], for: network)
///
/// Targets have one column for each output of the network, in their order; a term takes those of its outputs. If
/// there are more or fewer columns, they are those of the first term, then those of the second, and so on, as many as
/// each loss needs for its outputs; where terms may have class numbers in place of distributions, all of them have, or
/// none.
public struct CompositeLoss: Loss {
  /// One of the losses.
  public struct Term: Sendable {
    /// The loss.
    public var loss: any Loss
    /// The outputs that it is of; `nil` for all.
    public var outputs: [NeuronRange]?
    /// What it is multiplied with.
    public var weight: Double

    /// A loss of some outputs, or of all.
    public init(_ loss: any Loss, outputs: [NeuronRange]? = nil, weight: Double = 1) {
      (self.loss, self.outputs, self.weight) = (loss, outputs, weight)
    }

    /// A loss of the outputs of some groups.
    public init(_ loss: any Loss, groups: [String], weight: Double = 1) {
      self.init(loss, outputs: groups.map { NeuronRange($0) }, weight: weight)
    }

    /// Such as `0.5 · absolute-error(y, z.0..2)`.
    var name: String {
      (weight == 1 ? "" : "\(weight) · ") + loss.name
        + (outputs.map { "(\($0.map(\.description).joined(separator: ", ")))" } ?? "")
    }
  }

  /// A term whose outputs were found.
  struct Part: Sendable {
    let loss: any Loss
    let weight: Double
    /// Places among the network's outputs, ascending.
    let outputs: [Int]
    /// Columns of prepared targets.
    let targets: Range<Int>
  }

  /// The terms.
  public let terms: [Term]
  let parts: [Part]
  let outputCount: Int

  /// Finds the outputs of the terms.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option` for outputs that the network does not have or that
  ///   are listed twice in a term, and for weights that are not finite.
  /// - Complexity: O(terms · outputs).
  public init(_ terms: [Term], for network: Network) throws(CyclogradError) {
    self.terms = terms
    outputCount = network.outputCount
    guard !terms.isEmpty else {
      throw CyclogradError(
        .invalidOption, "a sum of losses has no terms", advice: "give at least one")
    }
    var parts: [Part] = []
    for (index, term) in terms.enumerated() {
      let subject = "loss, term \(index + 1) (\(term.loss.name))"
      guard term.weight.isFinite else {
        throw CyclogradError(
          .invalidOption, "the weight is \(term.weight)", at: .init(subject: subject),
          advice: "give a finite number")
      }
      let outputs = try network.outputs(term.outputs, subject)
      let first = parts.last?.targets.upperBound ?? 0
      let width = term.loss.targetColumns(outputs: outputs.count).first ?? 0
      parts.append(
        Part(
          loss: term.loss, weight: term.weight, outputs: outputs, targets: first..<first + width))
    }
    self.parts = parts
  }

  /// Where all of the terms may lack targets.
  public var takesMissingTargets: Bool { parts.allSatisfy(\.loss.takesMissingTargets) }

  /// Such as `softmax-cross-entropy(class) + 0.5 · half-squared-error(position)`.
  public var name: String { terms.map(\.name).joined(separator: " + ") }

  /// The weighted sum, with the weighted sums of the derivatives.
  public func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var sum = 0.0
    for part in parts {
      let count = part.outputs.count
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { room in
        room.initialize(repeating: 0)
        let own = UnsafeMutableBufferPointer(rebasing: room[..<count])
        let slopes = UnsafeMutableBufferPointer(rebasing: room[count...])
        for (place, j) in part.outputs.enumerated() { own[place] = outputs[j] }
        var span = slopes.mutableSpan
        sum +=
          part.weight
          * part.loss.evaluate(
            outputs: own.span, targets: targets.extracting(part.targets), derivatives: &span)
        for (place, j) in part.outputs.enumerated() {
          derivatives[j] += part.weight * slopes[place]
        }
      }
    }
    return sum
  }
}
