/// What the rules of a graph say of the weight of each edge of an expansion.
struct WeightRules: ParameterRules {
  let expansion: EdgeExpansion
  let ties: ParameterTies
  let sources: [ValueSource]
  private let transposed: TransposedTies

  init(_ expansion: EdgeExpansion, _ layout: GraphLayout) throws(GraphPartError) {
    self.expansion = expansion
    ties = try ParameterTies(
      expansion.origins.map {
        ParameterTies.Claim(
          part: $0.part, subject: $0.subject, rule: $0.rule, count: $0.parameterCount,
          values: $0.patternValues)
      })
    let edges = LocalEdges(expansion, layout)
    var sources: [ValueSource] = []
    sources.reserveCapacity(expansion.origins.count)
    for origin in expansion.origins {
      sources.append(try ValueSource(weightsOf: origin, edges))
    }
    self.sources = sources
    transposed = try TransposedTies(expansion.origins, ties, edges)
  }

  /// Whether any rule keeps its values from training.
  var hasFrozen: Bool { expansion.origins.contains { $0.rule.isTrainable == false } }

  /// Whether any rule has a factor.
  var hasFactors: Bool { expansion.origins.contains { $0.rule.factor != 1 } }

  /// The rule of an edge, and the parameter's number there or at the first rule of its name.
  ///
  /// - Parameter near: the rule of the edge before: edges of a row mostly come from the same connection.
  func parameter(ofEdge place: Int, near current: inout Int) -> Int {
    current = expansion.originIndex(ofEdge: place, near: current)
    let origin = expansion.origins[current]
    let index = place - origin.first
    return transposed.parameter(current, index) ?? origin.parameter(ofEdge: index)
  }

  /// The tie that a rule's parameter belongs to; `nil` if it is a parameter of its own.
  func tie(_ parameter: Int, of rule: Int) -> Int? {
    ties.base[rule] >= 0 ? Int(ties.base[rule]) + parameter : nil
  }

  /// The instance that a rule came in with its draws.
  func instance(_ rule: Int) -> String? { expansion.origins[rule].instance }
  func factor(_ rule: Int) -> Double { expansion.origins[rule].rule.factor }
  func isFrozen(_ rule: Int) -> Bool { expansion.origins[rule].rule.isTrainable == false }

  /// The initial value of a rule's parameter.
  func value(_ parameter: Int, of rule: Int, fanIn: Int) -> Double {
    sources[rule].value(parameter, fanIn: fanIn)
  }
}
