/// Rules that say which parameters weights or biases are, and what they start from.
protocol ParameterRules {
  /// Which parameters of several rules are one.
  var ties: ParameterTies { get }
  /// Where the values of each rule come from.
  var sources: [ValueSource] { get }

  /// Whether a rule keeps its values from training.
  func isFrozen(_ rule: Int) -> Bool
}

extension ParameterRules {
  /// Whether a tie keeps its value from training: as the rule says that the tie was first met in.
  func isFrozen(tie: Int) -> Bool { isFrozen(Int(ties.definition[tie].claim)) }

  /// The initial value of a tie.
  ///
  /// - Parameter fanIn: the largest number of edges of a row that the tie is in.
  func value(ofTie tie: Int, fanIn: Int) -> Double {
    let definition = ties.definition[tie]
    return sources[Int(definition.claim)].value(Int(definition.parameter), fanIn: fanIn)
  }
}
