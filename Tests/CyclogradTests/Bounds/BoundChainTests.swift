import TestSupport
import Testing

@testable import Cyclograd

/// Random networks with cycles, of all kinds of neurons, and random boxes; every bound is attacked.
@Suite("Bounds hold under attack")
struct BoundChainTests {
  /// As many networks as certificates are attacked with where that is asked for; a few otherwise.
  private static let count = AttackSize.networks >= 1000 ? AttackSize.networks : 40

  @Test(
    "no input of a box leaves any method's bounds, and an interval lies within the box",
    arguments: 0..<4)
  func chain(_ part: Int) throws {
    let seeds = stride(from: part, to: Self.count, by: 4)
    var proved = 0
    for seed in seeds {
      if try attack(seed, Self.graph(seed)) != nil { proved += 1 }
    }
    #expect(Double(proved) > 0.7 * Double(Self.count / 4))
  }

  @Test("no input of a box leaves the bounds where a group of the cycle selects by keys")
  func selection() throws {
    var proved = 0
    for seed in 0..<16 {
      let scope = try attack(seed, Self.selectingGraph(seed))
      if scope == .all || scope == .unique { proved += 1 }
    }
    #expect(proved > 12)
  }

  /// Compares bounds with the outputs of many inputs of the box; what the bounds speak of.
  private func attack(
    _ seed: Int, _ problem: (graph: Graph, radius: Double)
  ) throws -> BoundScope? {
    let (network, parameters) = try problem.graph.compile()
    let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-13))
    var random = TestRandom(UInt64(seed) + 77)
    let x = (0..<network.inputCount).map { _ in random.number(-1, 1) }
    let changes = seed % 4 == 3 ? 1 : nil
    let box = try InputBox(
      around: Matrix([x]), radius: problem.radius, range: seed % 3 == 0 ? -1...1 : nil,
      changes: changes)
    let functionals =
      OutputFunctional.outputs(network.outputCount)
      + [OutputFunctional((0..<network.outputCount).map { _ in random.number(-1, 1) })]
    var rows: [BoundMethod: Bounds.Row] = [:]
    for method in BoundMethod.direct {
      rows[method] = try Bounds(
        of: parameters, over: box, functionals: functionals, by: simulator,
        options: .init(methods: [method])
      ).rows[0]
    }
    let best = try Bounds(of: parameters, over: box, functionals: functionals, by: simulator)
      .rows[0]
    var attacks: [[Double]] = [x]
    for _ in 0..<40 {
      var u = x
      let all = Array(u.indices)
      for j in changes == nil ? all : [all[random.integer(0...all.count - 1)]] {
        let (low, high) = (box.lower[0, j], box.upper[0, j])
        switch random.integer(0...3 - 1) {
        case 0: u[j] = low
        case 1: u[j] = high
        default: u[j] = low + (high - low) * random.number(0, 1)
        }
      }
      attacks.append(u)
    }
    let found = try simulator.equilibrium(parameters, inputs: Matrix(attacks))
    for (sample, evidence) in found.evidence.enumerated() where evidence.status == .converged {
      for (index, functional) in functionals.enumerated() {
        let value = zip(functional.coefficients, found.outputs[row: sample]).reduce(0) {
          $0 + $1.0 * $1.1
        }
        for row in Array(rows.values) + [best] where row.scope != .local {
          #expect(
            row.lower[index] - 1e-9 <= value && value <= row.upper[index] + 1e-9,
            "seed \(seed), sample \(sample), functional \(index): \(value) outside \(row.lower[index])...\(row.upper[index]) of \(row.upperMethods)"
          )
        }
      }
    }
    if best.scope == .unique, rows[.box]!.isBounded {
      for index in functionals.indices {
        // Where few inputs change, the box counts the largest entries of S, and intervals do not.
        if changes == nil {
          #expect(rows[.interval]!.upper[index] <= rows[.box]!.upper[index] + 1e-9)
        }
        for method in BoundMethod.direct {
          #expect(best.upper[index] <= rows[method]!.upper[index] + 1e-7)
        }
      }
    }
    return best.scope
  }

  static func graph(_ seed: Int) -> (Graph, Double) {
    var random = TestRandom(UInt64(seed))
    let activations: [Activation] = [
      .relu, .tanh, .logistic, .leakyReLU(slope: 0.1), .softplus, .silu, .gelu, .cos, .clamp(),
      .elu(alpha: 0.7), .arctan, .softsign, .asinh, .complement,
    ]
    func activation() -> Activation { activations[random.integer(0...activations.count - 1)] }
    let n = 2 + random.integer(0...6 - 1)
    let scale = random.number(0.1, 0.9) / Double(n + 3)
    let products: [Activation] = [.logistic, .tanh]
    var graph = Graph(
      name: "random", seed: UInt64(seed),
      groups: [
        Group("x", size: 1 + random.integer(0...3 - 1), role: .input),
        Group("h", size: n, activation: activation(), bias: .uniform(-0.5...0.5)),
        Group("g", size: 2, activation: activation(), bias: .uniform(-0.5...0.5)),
        Group("y", size: 2, role: .output),
      ],
      connections: [
        Connection("x", to: "h", weight: .uniform(-1...1)),
        Connection("h", to: "h", weight: .uniform(-scale...scale)),
        Connection("h", to: "g", weight: .uniform(-1...1)),
        Connection("g", to: "y", weight: .uniform(-1...1)),
        Connection("h", to: "y", weight: .uniform(-1...1)),
        Connection("x", to: "y", weight: .uniform(-0.5...0.5)),
      ])
    let kind = seed % 5
    if kind > 0 {
      let units: [Group.Unit] =
        kind == 1
        ? products.map { .init($0, bias: .uniform(-0.5...0.5)) }
        : [.init(activation(), bias: .uniform(-0.5...0.5)), .init(activation())]
      graph.groups.append(
        kind == 3
          ? Group("m", size: 3, activation: .softmax)
          : Group("m", size: 2, combine: kind == 1 ? .product : .max, units: units))
      for unit in 0..<(kind == 3 ? 1 : 2) {
        graph.connections.append(
          Connection("h", to: "m", unit: unit, weight: .uniform(-scale...scale)))
        graph.connections.append(
          Connection("x", to: "m", unit: unit, weight: .uniform(-0.4...0.4)))
      }
      graph.connections.append(Connection("m", to: "h", weight: .uniform(-scale...scale)))
      graph.connections.append(Connection("m", to: "y", weight: .uniform(-1...1)))
    }
    return (graph, random.number(0, 0.6))
  }

  /// The same, with a group in the cycle that selects: of two keys, bounded or not, one is the larger for certain, and
  /// the values are of any sign.
  private static func selectingGraph(_ seed: Int) -> (Graph, Double) {
    var random = TestRandom(UInt64(seed) + 500)
    let bounded: [Activation] = [.tanh, .logistic, .cos, .clamp(), .arctan, .softsign]
    let key = random.pick([Activation.identity, .logistic, .tanh, .asinh, .softplus])
    let biases = random.chance(0.5) ? [6.0, 0] : [0, 6]
    let scale = random.number(0.1, 0.25)
    var units = biases.map { Group.Unit(key, bias: ParameterRule(.constant($0))) }
    for _ in biases {
      units.append(Group.Unit(random.pick(bounded), bias: .uniform(-1...1)))
    }
    var connections = [
      Connection("x", to: "h", weight: .uniform(-1...1)),
      Connection("m", to: "h", weight: .uniform(-scale...scale)),
      Connection("m", to: "y", weight: .uniform(-1...1)),
      Connection("h", to: "y", weight: .uniform(-1...1)),
    ]
    for unit in units.indices {
      connections.append(Connection("x", to: "m", unit: unit, weight: .uniform(-0.4...0.4)))
      connections.append(Connection("h", to: "m", unit: unit, weight: .uniform(-scale...scale)))
    }
    let graph = Graph(
      name: "selecting", seed: UInt64(seed),
      groups: [
        Group("x", size: 2, role: .input),
        Group("h", size: 3, activation: random.pick(bounded), bias: .uniform(-0.5...0.5)),
        Group("m", size: 2, combine: .select, units: units),
        Group("y", size: 2, role: .output),
      ], connections: connections)
    return (graph, random.number(0, 0.3))
  }
}
