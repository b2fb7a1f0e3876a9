import Cyclograd

/// Random graphs of a few neurons that use everything a graph can say.
struct RandomGraphs {
  /// Weights so small that plain iteration settles, or so large that it often does not.
  enum Mood {
    case tame, wild
  }

  static func make(_ mood: Mood, seed: UInt64) -> Graph {
    var random = TestRandom(seed)
    var graph = Graph(name: "random \(seed)", seed: seed)
    var left = random.integer(2...12)
    while left > 0 {
      let size = min(left, random.integer(1...5))
      left -= size
      graph.groups.append(group("g\(graph.groups.count)", size, mood, &random))
    }
    let neurons = graph.groups.reduce(0) { $0 + $1.size }
    // At most `neurons` edges enter a unit, and a product of two units counts twice.
    let scale = mood == .tame ? 0.45 / Double(neurons) : 1.5
    var byRule = Set<[Int]>()
    for _ in 0..<random.integer(0...3) {
      let from = random.integer(0...graph.groups.count - 1)
      let to = random.integer(0...graph.groups.count - 1)
      let unit = random.integer(0...graph.groups[to].units.count - 1)
      guard byRule.insert([from, to, unit]).inserted else { continue }
      graph.connections.append(
        connection(graph.groups[from], graph.groups[to], unit, scale, &random))
    }
    let density = random.number(0.1, 0.6)
    for (to, target) in graph.groups.enumerated() {
      for (from, source) in graph.groups.enumerated() {
        for unit in 0..<target.units.count where !byRule.contains([from, to, unit]) {
          for k in 0..<target.size {
            for j in 0..<source.size where random.chance(density) {
              graph.edges.append(
                Edge(
                  NeuronReference(source.name, j), to: NeuronReference(target.name, k), unit: unit,
                  weight: edgeWeight(scale, &random)))
            }
          }
        }
      }
    }
    addRoles(&graph, &random)
    return graph
  }

  private static func bias(_ activation: Activation, _ random: inout TestRandom) -> ParameterRule {
    // The reciprocal stays away from its pole.
    if activation == .reciprocal { return .uniform(4...6) }
    switch random.integer(0...4) {
    case 0: return .frozen(.constant(random.number(-0.5, 0.5)))
    case 1: return .single(.constant(random.number(-0.5, 0.5)))
    default: return .uniform(-0.6...0.6)
    }
  }

  private static func group(
    _ name: String, _ size: Int, _ mood: Mood, _ random: inout TestRandom
  ) -> Group {
    let kind = random.number(0, 1)
    if kind < 0.15 {
      return Group(name, size: size, activation: .softmax, bias: .uniform(-0.5...0.5))
    }
    if kind < 0.45 {
      let bounded: [Activation] = [.logistic, .tanh, .arctan, .softsign, .cos, .clamp(), .gelu]
      let units = (0..<random.integer(2...3)).map { _ in
        let activation = random.pick(bounded)
        return Group.Unit(activation, bias: bias(activation, &random))
      }
      return Group(name, size: size, combine: random.chance(0.6) ? .product : .max, units: units)
    }
    var activation = random.pick(ReferenceActivation.all)
    if mood == .wild, activation == .reciprocal { activation = .tanh }
    return Group(name, size: size, activation: activation, bias: bias(activation, &random))
  }

  private static func connection(
    _ from: Group, _ to: Group, _ unit: Int, _ scale: Double, _ random: inout TestRandom
  ) -> Connection {
    var patterns: [Pattern] = [
      .all, .random(probability: 0.5), .inDegree(random.integer(0...from.size)),
    ]
    if from.size == to.size { patterns.append(.oneToOne) }
    let pattern = random.pick(patterns)
    var excludesSelf = from.name == to.name && random.chance(0.3)
    if case .inDegree(let degree) = pattern, degree == from.size { excludesSelf = false }
    let initial = InitialValue.constant(random.number(-scale, scale))
    let weight: ParameterRule =
      switch random.integer(0...3) {
      case 0: .single(initial)
      case 1: .frozen(.uniform(lower: -scale, upper: scale))
      default: .uniform(-scale...scale)
      }
    return Connection(
      from.name, to: to.name, unit: unit, pattern, self: !excludesSelf, weight: weight)
  }

  private static func edgeWeight(_ scale: Double, _ random: inout TestRandom) -> ParameterRule {
    let value = random.number(-scale, scale)
    switch random.integer(0...5) {
    case 0: return .frozen(.constant(value))
    case 1: return .shared("tie \(random.integer(0...1))")
    default: return ParameterRule(.constant(value))
    }
  }

  private static func addRoles(_ graph: inout Graph, _ random: inout TestRandom) {
    // The first rule of a name says the value; the default would depend on the fan-in.
    for name in ["tie 0", "tie 1"] {
      if let first = graph.edges.firstIndex(where: { $0.weight.share == name }) {
        graph.edges[first].weight = ParameterRule(
          .constant(random.number(-0.04, 0.04)), share: name)
      }
    }
    let all = graph.groups.flatMap { group in
      (0..<group.size).map { NeuronRange(group.name, $0...$0) }
    }
    graph.inputs = Array(all.shuffled(using: &random).prefix(random.integer(1...3)))
    graph.outputs = Array(all.shuffled(using: &random).prefix(random.integer(1...4)))
  }
}
