/// What the rules of a graph say of the bias of each unit.
struct BiasRules: ParameterRules {
  let claims: [ParameterTies.Claim]
  let ties: ParameterTies
  let sources: [ValueSource]
  /// How many neighbouring neurons of a claim's group have one bias.
  private let widths: [Int]
  /// The instance that each claim's group came in with its draws.
  private let instances: [String?]
  /// The claim of each group's first unit.
  private let firstClaim: [Int]

  init(_ graph: Graph, _ layout: GraphLayout) throws(GraphPartError) {
    var claims: [ParameterTies.Claim] = []
    var sources: [ValueSource] = []
    var widths: [Int] = []
    var instances: [String?] = []
    var firstClaim: [Int] = []
    for (index, entry) in layout.entries.enumerated() {
      firstClaim.append(claims.count)
      for (unit, description) in entry.group.units.enumerated() {
        let name = entry.group.name
        let subject = "biases of \(name)" + (entry.unitsPerNeuron > 1 ? ", unit \(unit)" : "")
        var rule = description.bias
        if rule.isTrainable == nil, rule.share == nil, entry.group.role == .input {
          rule.isTrainable = false
        }
        let width = Self.width(rule.tying, entry)
        let claim = ParameterTies.Claim(
          part: .group(index), subject: subject, rule: rule, count: entry.size / width)
        sources.append(
          try ValueSource(
            biasesOf: claim,
            CounterRandom(
              seed: entry.group.draws?.seed ?? graph.seed, purpose: .bias,
              index: entry.group.draws.map { $0.position + unit } ?? claims.count)))
        claims.append(claim)
        widths.append(width)
        instances.append(entry.group.draws?.instance)
      }
    }
    ties = try ParameterTies(claims)
    self.claims = claims
    self.sources = sources
    self.widths = widths
    self.instances = instances
    self.firstClaim = firstClaim
  }

  private static func width(_ tying: ParameterRule.Tying, _ entry: GraphLayout.Entry) -> Int {
    switch tying {
    case .none: 1
    case .single: entry.size
    case .kernel: entry.size / entry.group.grid.channels
    }
  }

  /// Whether any rule keeps its values from training.
  var hasFrozen: Bool { claims.contains { $0.rule.isTrainable == false } }

  /// Whether any rule has a factor.
  var hasFactors: Bool { claims.contains { $0.rule.factor != 1 } }

  /// The rule of a unit of a group's neurons.
  func rule(ofGroup group: Int, unit: Int) -> Int { firstClaim[group] + unit }

  /// The tie that the bias of a group's neuron belongs to; `nil` if it is a parameter of its own.
  func tie(_ neuron: Int, of rule: Int) -> Int? {
    ties.base[rule] >= 0 ? Int(ties.base[rule]) + neuron / widths[rule] : nil
  }

  /// The instance that a rule came in with its draws.
  func instance(_ rule: Int) -> String? { instances[rule] }
  func factor(_ rule: Int) -> Double { claims[rule].rule.factor }
  func isFrozen(_ rule: Int) -> Bool { claims[rule].rule.isTrainable == false }

  /// The initial value of the bias of a group's neuron that is a parameter of its own.
  func value(_ neuron: Int, of rule: Int, fanIn: Int) -> Double {
    sources[rule].value(neuron, fanIn: fanIn)
  }
}
