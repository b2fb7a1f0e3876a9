/// Which parameters of a graph's rules are one and the same.
///
/// Rules of weights and rules of biases are resolved separately, so their names do not meet.
struct ParameterTies {
  /// A rule that asks for `count` parameters.
  struct Claim {
    var part: GraphPart
    var subject: String
    var rule: ParameterRule
    var count: Int
    /// What the parameters start from, where the pattern says it.
    var values: [Double]?
  }

  /// For each claim the number of its first tie, or -1 if its parameters are its own.
  private(set) var base: [Int32] = []
  /// For each tie the claim that says what it starts from, and the parameter's number there.
  private(set) var definition: [(claim: Int32, parameter: Int32)] = []
  /// For each claim the one that decides whether it is trainable and what it starts from.
  private(set) var definer: [Int] = []

  var count: Int { definition.count }

  init(_ claims: [Claim]) throws(GraphPartError) {
    var named: [String: Int] = [:]
    for (index, claim) in claims.enumerated() {
      try Self.checkTie(claim, isFirst: claim.rule.share.map { named[$0] == nil } ?? true)
      guard let name = claim.rule.share else {
        definer.append(index)
        base.append(claim.rule.tying == .none ? -1 : add(claim, index))
        continue
      }
      guard let first = named[name] else {
        named[name] = index
        definer.append(index)
        base.append(add(claim, index))
        continue
      }
      try Self.check(claim, against: claims[first], name)
      definer.append(first)
      base.append(base[first])
    }
  }

  private mutating func add(_ claim: Claim, _ index: Int) -> Int32 {
    let first = Int32(definition.count)
    for parameter in 0..<claim.count { definition.append((Int32(index), Int32(parameter))) }
    return first
  }

  private static func checkTie(_ claim: Claim, isFirst: Bool) throws(GraphPartError) {
    let rule = claim.rule
    guard rule.factor != 1 || rule.isTransposed else { return }
    func fail(_ message: String, _ advice: String) throws(GraphPartError) {
      throw GraphPartError(
        part: claim.part, subject: claim.subject, message: message, advice: advice)
    }
    if !rule.factor.isFinite || rule.factor == 0 {
      try fail(
        "the factor of shared parameters is \(rule.factor)", "give a finite number other than 0")
    }
    guard let name = rule.share else {
      return try fail(
        "a factor or a transposition belongs to shared parameters", "give the parameters a name")
    }
    guard rule.isTransposed else { return }
    if isFirst {
      try fail(
        "it is the first that shares '\(name)', so there is nothing to transpose",
        "say 'transposed' at the others")
    }
    if case .connection = claim.part { return }
    try fail(
      "only the weights of a connection can be shared transposed", "leave 'transposed' out")
  }

  private static func check(
    _ claim: Claim, against first: Claim, _ name: String
  ) throws(GraphPartError) {
    func fail(_ message: String, _ advice: String) throws(GraphPartError) {
      throw GraphPartError(
        part: claim.part, subject: claim.subject, message: message, advice: advice)
    }
    if claim.count != first.count, !claim.rule.isTransposed {
      try fail(
        "it has \(claim.count) parameters to share as '\(name)', "
          + "but \(first.subject) has \(first.count)",
        "share only rules with the same number of edges")
    }
    let hasOtherValues =
      claim.values != nil && (claim.rule.isTransposed || claim.values != first.values)
    if hasOtherValues
      || (claim.rule.initial != nil && claim.rule.initial != first.rule.initial)
    {
      try fail(
        "its initial values differ from those of \(first.subject), which it shares as '\(name)'",
        "give them at the first of the two only")
    }
    if let trainable = claim.rule.isTrainable, trainable != first.rule.isTrainable ?? true {
      try fail(
        "it is \(trainable ? "" : "not ")trainable, unlike \(first.subject), "
          + "with which it shares '\(name)'", "say it at the first of the two only")
    }
  }
}
