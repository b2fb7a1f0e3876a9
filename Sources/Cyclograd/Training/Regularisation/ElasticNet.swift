/// λ₁ Σ |w| + ½ λ₂ Σ w² over some parameters (Zou & Hastie 2005): ℓ1 makes weights exactly zero, ℓ2 keeps them small.
///
/// It acts by its proximal step, w ← S(w, η λ₁) / (1 + η λ₂) with the soft threshold S(w, t) = sign(w) max(0, |w| − t). With
/// stochastic gradient descent this is the proximal gradient method; with others it is taken apart from their scaling, as AdamW
/// does with its decay. A parameter that several edges share counts once.
public struct ElasticNet: Regulariser, Hashable {
  /// λ₁.
  public var l1: Double
  /// λ₂.
  public var l2: Double
  /// Which parameters.
  public var selection: ParameterSelection

  /// Creates the term.
  public init(
    l1: Double = 0, l2: Double = 0, of selection: ParameterSelection = ParameterSelection(.weights)
  ) {
    (self.l1, self.l2, self.selection) = (l1, l2, selection)
  }

  /// Such as `l1 0.001 of weights`.
  public var name: String {
    let parts = [l1 > 0 || l2 == 0 ? "l1 \(l1)" : nil, l2 > 0 ? "l2 \(l2)" : nil]
    return parts.compactMap { $0 }.joined(separator: " + ") + " of \(selection.text)"
  }

  /// Finds the parameters.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option`.
  public func bound(to parameters: TrainedParameters) throws(CyclogradError) -> any BoundRegulariser
  {
    guard l1 >= 0, l2 >= 0, l1.isFinite, l2.isFinite, l1 + l2 > 0 else {
      throw CyclogradError(
        .invalidOption, "the penalties are \(l1) and \(l2)", at: .init(subject: name),
        advice: "give numbers of at least 0, not both of them 0")
    }
    let indices = try parameters.indices(of: selection, for: name)
    return Bound(
      l1: l1, l2: l2, indices: indices, factors: indices.map { parameters.rateFactors[$0] })
  }

  private struct Bound: BoundRegulariser {
    let l1: Double
    let l2: Double
    let indices: [Int]
    let factors: [Double]

    func value(at step: RegularisedStep, addingGradientTo gradient: inout [Double]) -> Double {
      var (absolute, squares) = (0.0, 0.0)
      for index in indices {
        let w = step.parameters.values[index]
        absolute += abs(w)
        squares += w * w
      }
      return l1 * absolute + 0.5 * l2 * squares
    }

    func proximalStep(_ values: inout [Double], rate: Double) {
      for (place, index) in indices.enumerated() {
        let step = rate * factors[place]
        let w = values[index]
        let size = abs(w) - step * l1
        values[index] = size > 0 ? (w < 0 ? -size : size) / (1 + step * l2) : 0
      }
    }
  }
}
