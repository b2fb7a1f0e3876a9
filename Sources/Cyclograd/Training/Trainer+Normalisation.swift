/// Effective parameters of a step, and the way back from their derivatives.
struct NormalisedParameters {
  /// What the network has.
  var parameters: Parameters
  /// What is trained.
  fileprivate var trained: [Double]
  /// For each rule its singular vectors.
  fileprivate var singular: [SpectralMap.Singular]
  fileprivate var maps: [SpectralMap]

  /// Turns derivatives by effective parameters into those by trained ones.
  func pullBack(_ gradient: inout [Double]) {
    for (map, singular) in zip(maps, singular) {
      map.pullBack(&gradient, trained, singular)
    }
  }

  /// The vectors that the power method goes on from.
  var vectors: [[Double]] { singular.map(\.right) }
}

extension Trainer {
  /// The parameters of the network with trained parameters: those under `normalise` divided by their converged norms.
  ///
  /// - Complexity: a few hundred products with each normalised matrix.
  public func effective(_ trained: Parameters) -> Parameters {
    guard !normalisers.isEmpty else { return trained }
    var result = trained
    for (index, map) in normalisers.enumerated() {
      let start = map.start(seed: options.seed, index: index)
      let factor = map.factor(map.converged(from: start, trained.values).value)
      for p in map.members where factor != 1 { result.values[p] = factor * trained.values[p] }
    }
    return result
  }

  /// The effective parameters of a step; the power method goes on from where it was.
  func normalised(_ trained: Parameters) -> NormalisedParameters {
    var result = NormalisedParameters(
      parameters: trained, trained: trained.values, singular: [], maps: normalisers)
    for (index, map) in normalisers.enumerated() {
      let vector = state.normalisation[index]
      let singular =
        if let steps = map.rule.iterations {
          map.singular(map.advanced(vector, trained.values, steps: steps), trained.values)
        } else {
          map.converged(from: vector, trained.values)
        }
      let factor = map.factor(singular.value)
      for p in map.members where factor != 1 {
        result.parameters.values[p] = factor * trained.values[p]
      }
      result.singular.append(singular)
    }
    return result
  }

  /// The maps of the options, none of which touches another one's parameters.
  static func maps(
    _ rules: [SpectralNormalisation], _ trained: TrainedParameters
  ) throws(CyclogradError) -> [SpectralMap] {
    var owner: [Int: String] = [:]
    var result: [SpectralMap] = []
    for rule in rules {
      let map = try SpectralMap(rule, of: trained)
      for p in map.members {
        guard let other = owner.updateValue(rule.name, forKey: p) else { continue }
        throw CyclogradError(
          .invalidOption, "it shares weights with \(other)",
          at: .init(subject: "normalise \(rule.name)"),
          advice: "normalise tied weights once")
      }
      result.append(map)
    }
    return result
  }
}
