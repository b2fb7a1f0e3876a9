import Cyclograd
import TestSupport

/// Graphs of many equal steps.
enum RepeatedCells {
  static let none = ParameterRule.frozen(0)

  /// A long short-term memory whose weights are tied, and whose constants are not.
  static func lstm(_ steps: Int, size: Int = 3) -> Graph {
    Graph("lstm", seed: 3) {
      Group("h0", size: size, bias: none)
      Group("c0", size: size, bias: none)
      Group("y", size: 2, role: .output)
      Connection("h\(steps)", to: "y")
      for t in 1...steps {
        Group("x\(t)", size: 2, role: .input)
        Group(
          "kept\(t)", size: size, combine: .product,
          units: [.init(.logistic, bias: .default.shared("bf")), .init(bias: none)])
        Group(
          "new\(t)", size: size, combine: .product,
          units: [
            .init(.logistic, bias: .default.shared("bi")),
            .init(.tanh, bias: .default.shared("bg")),
          ])
        Group("c\(t)", size: size, bias: none)
        Group(
          "h\(t)", size: size, combine: .product,
          units: [.init(.logistic, bias: .default.shared("bo")), .init(.tanh, bias: none)])
        for (target, unit, name) in [
          ("kept", 0, "f"), ("new", 0, "i"), ("new", 1, "g"), ("h", 0, "o"),
        ] {
          Connection("x\(t)", to: "\(target)\(t)", unit: unit, weight: .default.shared("w" + name))
          Connection(
            "h\(t - 1)", to: "\(target)\(t)", unit: unit, weight: .default.shared("u" + name))
        }
        Connection("c\(t - 1)", to: "kept\(t)", unit: 1, .oneToOne, weight: .frozen(1))
        Connection("kept\(t)", to: "c\(t)", .oneToOne, weight: .frozen(1))
        Connection("new\(t)", to: "c\(t)", .oneToOne, weight: .frozen(1))
        Connection("c\(t)", to: "h\(t)", unit: 1, .oneToOne, weight: .frozen(1))
      }
    }
  }

  /// Steps that are implicit models: each has a cycle.
  static func implicit(_ steps: Int, size: Int = 20, _ activation: Activation = .relu) -> Graph {
    Graph("implicit", seed: 1) {
      Group("h0", size: size, bias: none)
      Group("y", size: 2, role: .output, bias: none)
      Connection("h\(steps)", to: "y")
      for t in 1...steps {
        Group("s\(t)", size: 1, role: .input)
        Group("x\(t)", size: size, activation: activation, bias: none)
        Group("h\(t)", size: size, bias: none)
        Connection("s\(t)", to: "x\(t)", weight: .default.shared("bs"))
        Connection("h\(t - 1)", to: "x\(t)", weight: .normal(0.2).shared("bh"))
        Connection("x\(t)", to: "x\(t)", weight: .normal(0.5 / Double(size)).shared("a"))
        Connection("x\(t)", to: "h\(t)", weight: .normal(0.2).shared("c"))
        Connection("h\(t - 1)", to: "h\(t)", weight: .normal(0.1).shared("dh"))
      }
    }
  }

  /// Steps of random groups and rules, some of which are tied, with factors, and some constant.
  static func random(_ seed: UInt64, steps: Int) -> Graph {
    var random = TestRandom(seed)
    let activations: [Activation] = [.identity, .tanh, .logistic, .relu, .softmax]
    let sizes = (0..<random.integer(1...4)).map { _ in random.integer(1...5) }
    var graph = Graph(name: "random", seed: seed)
    func bias(_ name: String) -> ParameterRule {
      switch random.integer(0...3) {
      case 0: .default
      case 1: .frozen(.constant(0.25))
      case 2: ParameterRule(.constant(0.5), tying: .single)
      default: .uniform(-1...1).shared(name)
      }
    }
    let groups = sizes.enumerated().map { index, size in
      var group = Group(
        "", size: size, activation: random.pick(activations), bias: bias("b\(index)"))
      if random.chance(0.3) {
        group = Group(
          "", size: size, combine: random.chance(0.5) ? .product : .max,
          units: [.init(.tanh, bias: bias("p\(index)")), .init(bias: bias("q\(index)"))])
      }
      return group
    }
    struct Rule {
      var from: Int, to: Int, back: Bool, weight: ParameterRule, pattern: Pattern, unit: Int
    }
    var rules: [Rule] = []
    for to in sizes.indices {
      for from in sizes.indices {
        for back in [false, true] where random.chance(back ? 0.6 : 0.5) {
          let name = "w\(from)-\(to)-\(back)"
          let draws = random.chance(0.3)
          let weight: ParameterRule =
            random.chance(0.25)
            ? .frozen(.constant(0.1)) : .normal(0.15).shared(name, factor: 1)
          rules.append(
            Rule(
              from: from, to: to, back: back, weight: weight,
              pattern: draws ? .random(probability: 0.5) : .all,
              unit: random.integer(0...groups[to].units.count - 1)))
        }
      }
    }
    let (first, last) = (random.integer(0...sizes.count - 1), random.integer(0...sizes.count - 1))
    graph.groups = [Group("u", size: 2, role: .input)]
    graph.connections = [Connection("u", to: "g1-\(first)")]
    let readsFirst = random.chance(0.3)
    for t in 1...steps {
      for (index, var group) in groups.enumerated() {
        group.name = "g\(t)-\(index)"
        graph.groups.append(group)
      }
      for (number, rule) in rules.enumerated() where !(rule.back && t == 1) {
        graph.connections.append(
          Connection(
            "g\(rule.back ? t - 1 : t)-\(rule.from)", to: "g\(t)-\(rule.to)", unit: rule.unit,
            rule.pattern, weight: rule.weight,
            draws: rule.pattern == .all ? nil : DrawOrigin(seed: seed, position: number)))
      }
    }
    graph.groups.append(Group("y", size: 2, role: .output))
    graph.connections.append(Connection("g\(steps)-\(last)", to: "y"))
    if readsFirst { graph.connections.append(Connection("g1-\(first)", to: "y", unit: 0)) }
    if random.chance(0.5) {
      // -1 times what the first copy's edge has.
      let minus = ParameterRule(nil, share: "single", factor: -1)
      for t in 1...steps {
        graph.edges.append(
          Edge(
            NeuronReference("g\(t)-0", 0), to: NeuronReference("g\(t)-\(sizes.count - 1)", 0),
            weight: t == 1 ? .normal(0.1).shared("single") : minus))
      }
    }
    return graph
  }
}
