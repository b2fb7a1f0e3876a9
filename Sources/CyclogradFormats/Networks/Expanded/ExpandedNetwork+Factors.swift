extension ExpandedNetwork {
  /// Dissolves ties with factors, for formats in which tied parameters are equal numbers.
  ///
  /// - Returns: what was lost, for people.
  mutating func removeFactors() -> String? {
    var hasFactor = [Bool](repeating: false, count: tieValues.count)
    for (tie, factor) in zip(weightTies, weightFactors) where tie >= 0 && factor != 1 {
      hasFactor[Int(tie)] = true
    }
    for (tie, factor) in zip(biasTies, biasFactors) where tie >= 0 && factor != 1 {
      hasFactor[Int(tie)] = true
    }
    let count = hasFactor.count { $0 }
    guard count > 0 else { return nil }
    weightTies = weightTies.map { $0 >= 0 && hasFactor[Int($0)] ? -1 : $0 }
    biasTies = biasTies.map { $0 >= 0 && hasFactor[Int($0)] ? -1 : $0 }
    weightFactors = []
    biasFactors = []
    tieValues = []
    return "\(count) ties with factors dissolved; their weights are parameters of their own now"
  }
}
