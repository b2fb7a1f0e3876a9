/// (α/T) Σ ‖γ_t − γ_{t−1}‖² over t = 2 … T: how much the trained parameters γ of neighbouring blocks differ.
///
/// It is the last term of ``TrajectoryPenalty``, by itself.
public struct VariationPenalty: Regulariser, Hashable {
  /// The blocks t = 1 … T.
  public var blocks: [TrajectoryPenalty.Block]
  /// α.
  public var weight: Double

  /// Creates the term.
  public init(blocks: [TrajectoryPenalty.Block], weight: Double) {
    (self.blocks, self.weight) = (blocks, weight)
  }

  /// Such as `variation 0.1 from s1 to f20`.
  public var name: String {
    "variation \(weight)" + (blocks.first.map { " from \($0.from)" } ?? "")
      + (blocks.last.map { " to \($0.to)" } ?? "") + ", \(blocks.count) blocks"
  }

  /// Finds the parameters of the blocks.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for groups that the graph does not have, and for blocks that are not alike.
  /// - Complexity: O(blocks · edges).
  public func bound(to parameters: TrainedParameters) throws(CyclogradError) -> any BoundRegulariser
  {
    guard weight > 0, weight.isFinite, blocks.count > 1 else {
      throw CyclogradError(
        .invalidOption, "the weight is \(weight), for \(blocks.count) blocks",
        at: .init(subject: name), advice: "give a positive number, and at least two blocks")
    }
    var sections: [NetworkSection] = []
    for block in blocks {
      sections.append(
        try NetworkSection(of: parameters.network, from: block.from, to: block.to, for: name))
    }
    return Bound(
      variation: try BlockVariation(
        sections, weight: weight / Double(blocks.count), parameters, for: name))
  }

  private struct Bound: BoundRegulariser {
    let variation: BlockVariation

    func value(at step: RegularisedStep, addingGradientTo gradient: inout [Double]) -> Double {
      variation.value(step.parameters.values, addingGradientTo: &gradient)
    }
  }
}

/// λ Σ ‖γ_t − γ_{t−1}‖² over neighbouring blocks.
struct BlockVariation {
  /// Trained parameters that correspond to each other.
  private let pairs: [(Int, Int)]
  private let weight: Double

  init(
    _ sections: [NetworkSection], weight: Double, _ parameters: TrainedParameters,
    for subject: String
  ) throws(CyclogradError) {
    self.weight = weight
    var pairs: [(Int, Int)] = []
    func isTrained(_ place: Int) -> Bool {
      place < parameters.rateFactors.count && parameters.rateFactors[place] > 0
    }
    for (a, b) in zip(sections, sections.dropFirst()) {
      guard a.places.count == b.places.count,
        zip(a.graph.groups, b.graph.groups).allSatisfy({
          $0.shape == $1.shape && $0.units.map(\.activation) == $1.units.map(\.activation)
        })
      else {
        throw CyclogradError(
          .invalidOption, "the blocks are not alike", at: .init(subject: subject),
          advice: "compare blocks with the same groups and edges")
      }
      for (p, q) in zip(a.places, b.places) where p != q && (isTrained(p) || isTrained(q)) {
        pairs.append((p, q))
      }
    }
    self.pairs = pairs
  }

  func value(_ parameters: [Double], addingGradientTo gradient: inout [Double]) -> Double {
    var sum = 0.0
    for (p, q) in pairs {
      let difference = parameters[q] - parameters[p]
      sum += difference * difference
      gradient[q] += 2 * weight * difference
      gradient[p] -= 2 * weight * difference
    }
    return weight * sum
  }
}
