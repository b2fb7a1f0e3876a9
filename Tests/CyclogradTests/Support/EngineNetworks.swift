import Cyclograd

/// Random networks of 2 to 60 neurons on which methods take different roads: gains up to 4, at which many have
/// several equilibria, in several components of several kinds. Every neuron is an input and an output.
struct EngineNetworks {
  private enum Kind: CaseIterable {
    /// Everything feeds everything, so that rows have no gaps.
    case dense
    /// A few groups that feed each other now and then.
    case sparse
    /// Products, maxima and softmax groups within cycles.
    case combined
    /// One cycle, with some edges of neurons to themselves.
    case ring
    /// No cycle at all.
    case acyclic
  }

  private var random: TestRandom
  private var graph: Graph
  private let gain: Double

  static func make(_ seed: UInt64) -> Graph {
    var maker = EngineNetworks(seed)
    maker.addParts()
    return maker.graph
  }

  private init(_ seed: UInt64) {
    random = TestRandom(seed &* 0x1234_5677 &+ 17)
    graph = Graph(name: "seed \(seed)", seed: seed)
    gain = random.pick([0.3, 0.6, 0.9, 1.3, 2, 4])
  }

  private mutating func addParts() {
    var left = random.integer(2...60)
    while left > 0 {
      let kind = random.pick(Kind.allCases)
      let before = graph.groups
      let most = min(left, kind == .dense ? 40 : 14)
      let size = random.integer(min(most, kind == .dense ? 8 : 1)...most)
      left -= size
      let part = addGroups(kind, size)
      connect(part, kind)
      for group in before where random.chance(0.5) {
        let target = random.pick(part)
        add(group, target, .inDegree(random.integer(1...min(2, group.size))), 0.6)
      }
    }
  }

  private mutating func addGroups(_ kind: Kind, _ size: Int) -> [Group] {
    var left = size
    var result: [Group] = []
    while left > 0 {
      let most = min(left, kind == .dense ? 40 : kind == .ring ? 14 : 5)
      let isWhole = kind == .ring || kind == .dense && random.chance(0.6)
      let count = isWhole ? most : random.integer(1...most)
      left -= count
      let group = group("g\(graph.groups.count)", count, mayCombine: kind == .combined)
      graph.groups.append(group)
      result.append(group)
    }
    return result
  }

  private mutating func group(_ name: String, _ size: Int, mayCombine: Bool) -> Group {
    let role: Group.Role = [.input, .output]
    let bias = ParameterRule.uniform(-0.4...0.4)
    let dice = random.number(0, 1)
    if mayCombine, dice < 0.3 {
      return Group(name, size: size, role: role, activation: .softmax, bias: bias)
    }
    if mayCombine, dice < 0.9 {
      let units = (0..<random.integer(2...3)).map { _ in Group.Unit(activation(), bias: bias) }
      return Group(
        name, size: size, role: role, combine: dice < 0.6 ? .product : .max, units: units)
    }
    return Group(name, size: size, role: role, activation: activation(), bias: bias)
  }

  /// Activations without a bound are rarer where they would run away.
  private mutating func activation() -> Activation {
    let bounded: [Activation] = [.tanh, .logistic, .cos, .tanh]
    let unbounded: [Activation] = [.relu, .leakyReLU(slope: 0.1), .silu, .softplus]
    return random.pick(random.chance(gain > 1 ? 0.2 : 0.5) ? unbounded : bounded)
  }

  private mutating func connect(_ part: [Group], _ kind: Kind) {
    for (i, source) in part.enumerated() {
      for (j, target) in part.enumerated() {
        switch kind {
        case .dense: add(source, target, .all, gain)
        case .sparse, .combined:
          // Neighbours in a circle are always connected.
          guard (i + 1) % part.count == j || random.chance(0.5) else { continue }
          let pattern: Pattern =
            random.chance(0.5)
            ? .random(probability: 0.6) : .inDegree(random.integer(1...min(3, source.size)))
          add(source, target, pattern, gain)
        case .ring where i == j: addRing(target)
        case .acyclic where i < j: add(source, target, .all, 0.7)
        case .ring, .acyclic: continue
        }
      }
    }
  }

  private mutating func add(
    _ source: Group, _ target: Group, _ pattern: Pattern, _ deviation: Double
  ) {
    for unit in target.units.indices {
      graph.connections.append(
        Connection(
          source.name, to: target.name, unit: unit, pattern,
          weight: .normal(deviation, scaled: .fanIn)))
    }
  }

  private mutating func addRing(_ group: Group) {
    for k in 0..<group.size {
      let target = NeuronReference(group.name, k)
      func add(_ source: Int, _ weight: Double) {
        graph.edges.append(
          Edge(
            NeuronReference(group.name, source), to: target, weight: .init(.constant(weight))))
      }
      if group.size > 1 { add((k + 1) % group.size, random.number(-gain, gain)) }
      if group.size == 1 || random.chance(0.3) { add(k, random.number(-gain, gain)) }
    }
  }
}
