import TestSupport
import Testing

@testable import Cyclograd

/// The oracle for layers is CROWN as its paper has it (Zhang et al. 2018), written down densely, without rounding.
@Suite("Dual bounds narrow states by themselves, and are those of CROWN where there are no cycles")
struct DualBoundTests {
  private struct Layers {
    var weights: [[[Double]]] = []
    var biases: [[Double]] = []

    init(_ random: inout TestRandom, _ sizes: [Int]) {
      for (p, n) in zip(sizes, sizes.dropFirst()) {
        weights.append((0..<n).map { _ in (0..<p).map { _ in random.number(-1, 1) } })
        biases.append((0..<n).map { _ in random.number(-0.3, 0.3) })
      }
    }

    func graph() -> Graph {
      var graph = Graph(
        name: "layers", groups: [Group("l0", size: weights[0][0].count, role: .input)],
        connections: [])
      for (index, (w, b)) in zip(weights, biases).enumerated() {
        let isLast = index == weights.count - 1
        graph.groups.append(
          Group(
            "l\(index + 1)", size: b.count, role: isLast ? .output : [],
            activation: isLast ? .identity : .relu, bias: ParameterRule(.list(b))))
        graph.connections.append(
          Connection(
            "l\(index)", to: "l\(index + 1)", weight: ParameterRule(.list(w.flatMap { $0 }))))
      }
      return graph
    }

    /// Bounds of c applied to the states of layer `count`, from those of the layers before.
    private func upper(
      _ c: [Double], _ count: Int, _ states: [[ClosedRange<Double>]], _ x: [ClosedRange<Double>]
    ) -> Double {
      var nu = c
      var sum = 0.0
      for layer in (0..<count).reversed() {
        sum += zip(nu, biases[layer]).reduce(0) { $0 + $1.0 * $1.1 }
        nu = weights[layer][0].indices.map { j in
          nu.indices.reduce(0) { $0 + nu[$1] * weights[layer][$1][j] }
        }
        guard layer > 0 else { break }
        for (j, z) in states[layer - 1].enumerated() {
          let (l, h) = (z.lowerBound, z.upperBound)
          if h <= 0 {
            nu[j] = 0
          } else if l < 0 {
            if nu[j] > 0 {
              sum -= nu[j] * h / (h - l) * l
              nu[j] *= h / (h - l)
            } else {
              nu[j] *= h > -l ? 1 : 0
            }
          }
        }
      }
      return sum + zip(nu, x).reduce(0) { $0 + max($1.0 * $1.1.lowerBound, $1.0 * $1.1.upperBound) }
    }

    func crown(_ x: [ClosedRange<Double>], _ c: [Double]) -> Double {
      var states: [[ClosedRange<Double>]] = []
      for layer in 1..<weights.count {
        states.append(
          biases[layer - 1].indices.map { i in
            let unit = biases[layer - 1].indices.map { $0 == i ? 1.0 : 0 }
            return -upper(unit.map { -$0 }, layer, states, x)...upper(unit, layer, states, x)
          })
      }
      return upper(c, weights.count, states, x)
    }
  }

  @Test("dual bounds of layers are CROWN's or sharper, but where other states choose other slopes")
  func crown() throws {
    var (sharper, weaker) = (0, 0)
    for seed in 0..<30 {
      var random = TestRandom(UInt64(seed))
      let layers = Layers(&random, [4, 6, 5, 5, 2])
      let (network, parameters) = try layers.graph().compile()
      let center = (0..<4).map { _ in random.number(-1, 1) }
      let radius = random.number(0.05, 0.4)
      let c = [random.number(-1, 1), random.number(-1, 1)]
      let row = try Bounds(
        of: parameters, over: InputBox(around: Matrix([center]), radius: radius),
        functionals: [OutputFunctional(c)], by: Simulator(network),
        options: .init(methods: [.dual])
      ).rows[0]
      let known = layers.crown(center.map { $0 - radius...$0 + radius }, c)
      if row.upper[0] < known - 1e-6 { sharper += 1 }
      if row.upper[0] > known + 1e-9 { weaker += 1 }
      #expect(row.upper[0] <= known + 0.2 * known.magnitude, "seed \(seed)")
    }
    #expect(sharper >= 10 && weaker <= 2, "\(sharper) sharper, \(weaker) weaker")
  }

  @Test("products with Wᵀ, and sums of their rows, contain what slow sums in intervals do")
  func rows() throws {
    for seed in 0..<10 {
      let (graph, _) = BoundChainTests.graph(seed)
      let (plain, parameters) = try graph.compile()
      let network = try plain.writtenOut()
      var random = TestRandom(UInt64(seed) + 5)
      let products = WeightProducts(network, network.weights(parameters))
      let functionals =
        (0..<19).map { index in
          index < 12
            ? SampleBounds.Functional(neurons: [0, 1], values: [0.3, random.number(-1, 1)])
            : SampleBounds.Functional(unit: index % network.unitCount)
        }
      let d = (0..<19 * network.unitCount).map { _ in
        random.chance(0.2) ? 0 : random.number(-2, 2)
      }
      let rows = products.multipliers(functionals, d)
      let steps = [
        MultiplierRows.Step(row: 12, factor: random.number(-1, 1)),
        MultiplierRows.Step(row: 14, factor: random.number(-1, 1)),
      ]
      for row in 0..<12 {
        let sum = rows.sum(row, sign: -1, steps)
        for k in 0..<network.neuronCount {
          // Each product and sum by itself, outward.
          var exact = Interval.zero
          for (j, value) in zip(functionals[row].neurons, functionals[row].values) where j == k {
            exact = exact - Interval(value)
          }
          for s in 0..<network.unitCount {
            var g = -Interval(rows.g[row * network.unitCount + s])
            for step in steps {
              g = g + step.factor * Interval(rows.g[step.row * network.unitCount + s])
            }
            #expect(sum.g(s).lower <= g.upper && g.lower <= sum.g(s).upper)
            for e in network.inEdges(of: s) where network.sourceNeuron(of: e, into: s) == k {
              exact = exact + products.weights[e] * g
            }
          }
          #expect(sum.nu(k).lower <= exact.upper && exact.lower <= sum.nu(k).upper)
          #expect(sum.nu(k).upper - sum.nu(k).lower < 1e-12)
        }
      }
      let values = (0..<network.neuronCount).map { _ in
        Interval(centre: random.number(-1, 1), radius: random.chance(0.5) ? 0 : 0.1)
      }
      for (s, found) in products.sums(of: values).enumerated() {
        let slow = network.inEdges(of: s).reduce(Interval.zero) { sum, e in
          sum + products.weights[e] * values[network.sourceNeuron(of: e, into: s)]
        }
        #expect(abs(found.lower - slow.lower) < 1e-13 && abs(found.upper - slow.upper) < 1e-13)
        let middle = slow.middle
        #expect(found.contains(middle))
      }
    }
  }

  @Test(
    "adjoints of all functionals are those of a dense system, with or without the edges of inputs")
  func adjoints() throws {
    for (seed, scale) in [0.05, 0.3, 0.9].enumerated() {
      var random = TestRandom(UInt64(seed))
      let (network, parameters) = try Graph("cycle", seed: UInt64(seed)) {
        Group("x", size: 3, role: .input)
        Group("h", size: 7, activation: .relu)
        Group("y", size: 2, role: .output)
        Connection("x", to: "h", weight: .normal(1))
        Connection("h", to: "h", weight: .uniform(-scale...scale))
        Connection("h", to: "y", weight: .normal(1))
      }.compile()
      #expect(network.passedCount == 3)
      let weights = network.weights(parameters)
      var slopes = LinearizedGraph.Slopes(network)
      for s in slopes.own.indices { slopes.own[s] = random.chance(0.3) ? 0 : random.number(0, 1) }
      let count = network.neuronCount
      let c = Matrix((0..<4).map { _ in (0..<count).map { _ in random.number(-1, 1) } })
      for isWithoutInputs in [false, true] {
        let graph = try LinearizedGraph(network, isWithoutInputs: isWithoutInputs)
        let found = try graph.solveTransposed(
          graph.parameters(slopes, weights: weights, absolute: false), c)
        var system = (0..<count).map { i in (0..<count).map { $0 == i ? 1.0 : 0 } }
        for s in 0..<count {
          for e in network.inEdges(of: s) {
            let k = network.sourceNeuron(of: e, into: s)
            if !isWithoutInputs || k >= 3 { system[k][s] -= slopes.own[s] * weights[e] }
          }
        }
        for row in 0..<4 {
          let known = try DenseAlgebra.solve(system, Array(c[row: row]))
          for k in 0..<count { #expect(abs(found[row, k] - known[k]) < 1e-10) }
        }
      }
    }
  }

  @Test("bounds that are kept for a network lie just above the solution of its comparison graph")
  func kept() throws {
    var random = TestRandom(3)
    for scale in [0.1, 0.5, 0.95, 1.4] {
      let (network, parameters) = try Graph("cycle", seed: random.next()) {
        Group("x", size: 3, role: .input)
        Group("h", size: 12, activation: .tanh)
        Group("y", size: 2, role: .output)
        Connection("x", to: "h", weight: .normal(1))
        Connection("h", to: "h", weight: .uniform(-scale / 6...scale / 6))
        Connection("h", to: "y", weight: .normal(1))
      }.compile()
      let comparison = try ComparisonGraph(network, network.weights(parameters))
      let drive = (0..<network.unitCount).map { _ in random.number(0, 1) }
      guard let known = try? comparison.solve([drive])[0] else {
        #expect(throws: (any Error).self) { try comparison.above(drive) }
        continue
      }
      let found = try comparison.above(drive)
      for k in found.indices {
        #expect(known.lower[k] <= found[k])
        #expect(found[k] <= known.upper[k] + 1e-12 * (1 + known.upper[k]))
      }
      let nothing = try comparison.above(drive.map { _ in 0 })
      #expect(nothing.allSatisfy { $0 == 0 })
    }
  }
}
