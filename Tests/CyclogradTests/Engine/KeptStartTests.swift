import Cyclograd
import TestSupport
import Testing

@Suite("A start that is an equilibrium to rounding is kept, bit for bit", .tags(.slow), .unlessFast)
struct KeptStartTests {
  static let all = GradientBackend.available.map(\.name)

  /// z = tanh(w z), for which z = 0 is an equilibrium whose residual is exactly 0.
  static func degenerate(_ weight: Double) -> Graph {
    Graph("degenerate") {
      Group("h", size: 1, role: [.input, .output], activation: .tanh)
      Connection("h", to: "h", weight: .init(.constant(weight)))
    }
  }

  @Test("A start at which the linear system is singular, or nearly", arguments: all, [1, 2])
  func degenerate(backend: String, rows: Int) throws {
    for weight in [1, 1 - 1e-12] {
      let (network, parameters) = try Self.degenerate(weight).compile()
      let simulator = try Simulator(network, backend: .named(backend))
      let equilibrium = try simulator.equilibrium(
        parameters, inputs: Matrix(rows: rows, columns: 1))
      #expect(equilibrium.isConverged, "\(weight): \(equilibrium.evidence)")
      #expect(
        equilibrium.states.elements.allSatisfy { $0 == 0 }, "\(weight): \(equilibrium.states)")
      #expect(equilibrium.evidence.allSatisfy { $0.residual == 0 })
      let outcome = try simulator.differentiate(
        .halfSquaredError, targets: Matrix(rows: rows, columns: 1, repeating: 0.5), at: equilibrium)
      let factors = !["iterative", "edge-list"].contains(backend)
      if weight == 1 {
        #expect(outcome.gradient == nil, "\(outcome.evidence[0])")
        #expect(!factors || outcome.evidence[0].status == .singular, "\(outcome.evidence[0])")
        #expect(throws: CyclogradError.self) { try equilibrium.jacobians() }
      } else if let gradient = outcome.gradient {
        // dE/db = −0.5 / (1 − w), the mean over equal rows; the bias is the second parameter.
        let expected = -0.5 / (1 - weight)
        let isRight = abs(gradient.parameters[1] / expected - 1) < 1e-9
        let isUnknown = !factors && outcome.evidence[0].saysThatConditionIsUnknown
        #expect(isRight || isUnknown, "\(gradient.parameters[1]), \(outcome.evidence[0])")
      } else {
        #expect(!factors, "\(outcome.evidence[0])")
      }
    }
  }

  /// The largest |r_s| / (ε t_s), t_s = |z_s| + Σ |W_sj a_j| + |b_s| + |x̂_s|.
  static func residual(_ oracle: DenseOracle, _ z: [Double], _ inputs: [Double]) -> Double {
    let a = oracle.activations(z)
    let drive = oracle.drive(inputs)
    let residual = oracle.residual(z, drive)
    var size = zip(z, oracle.bias).map { abs($0) + abs($1) }
    for (s, x) in zip(oracle.inputs, inputs) { size[s] += abs(x) }
    for s in size.indices { for (w, a) in zip(oracle.w[s], a) { size[s] += abs(w * a) } }
    return zip(residual, size).reduce(0) { max($0, abs($1.0) / ($1.1 * .ulpOfOne)) }
  }

  /// One component of a kind, its equilibria known, stable ones and others; every neuron an input.
  static func cases() -> [HardCase] {
    [Activation.tanh, .relu, .logistic, .softplus, .leakyReLU(slope: 0.1), .identity].flatMap {
      activation in
      [0.5, 0.95, 1.3].flatMap { radius in
        [(1, 1), (3, 2), (12, 3), (12, 4), (30, 5)].map { size, seed in
          HardCase(
            name: "known equilibrium", activation: activation, size: size, radius: radius,
            seed: seed)
        }
      }
    }
  }

  @Test("Known equilibria of single components", arguments: all)
  func known(backend: String) throws {
    var differences = Differences()
    var count = 0
    for example in Self.cases() {
      let (network, parameters, near) = try example.make()
      let oracle = DenseOracle(network, parameters)
      guard let z = try oracle.equilibrium([], from: near), Self.residual(oracle, z, []) <= 2
      else { continue }
      let simulator = try Simulator(network, backend: .named(backend))
      guard simulator.unsuitability == nil else { continue }
      for rows in [1, 2, 5] {
        let kept = try simulator.equilibrium(
          parameters, inputs: Matrix(rows: rows, columns: 0), start: Matrix([z]))
        if kept.evidence[0].status == .notApplicable { continue }
        count += 1
        for row in 0..<rows {
          let evidence = kept.evidence[row]
          let name = "\(example), \(backend), row \(row) of \(rows)"
          if evidence.status != .converged { differences.add("\(name): \(evidence)") }
          let difference = SampleRecord.difference(
            "z of", network.unitNames, Array(kept.states[row: row]), z, other: "at the start")
          if let difference { differences.add("\(name): \(difference)") }
        }
      }
    }
    #expect(backend == "cholmod" || count > 150, "too few cases: \(count)")
    differences.expectNone()
  }

  @Test("A solution is its own solution", arguments: all)
  func again(backend: String) throws {
    var differences = Differences()
    for seed in 0..<40 as Range<UInt64> {
      let graph = EngineNetworks.make(seed &+ 500)
      let comparison = try SampleComparison(
        graph, .named(backend), samples: 2,
        options: SolverOptions(tolerance: 1e-13, maximumIterations: 100))
      let oracle = DenseOracle(comparison.network, comparison.parameters)
      let simulator = try comparison.simulator()
      for row in comparison.solved {
        let z = comparison.alone[row].states
        let inputs = comparison.inputs[row]
        guard Self.residual(oracle, z, inputs) <= 2 else { continue }
        let again = try simulator.equilibrium(
          comparison.parameters, inputs: Matrix([inputs]), start: Matrix([z]))
        let difference = SampleRecord.difference(
          "z of", comparison.network.unitNames, again.states.elements, z, other: "at the start")
        if let difference {
          differences.add("\(graph.name), \(backend), row \(row): \(difference)")
        }
      }
    }
    differences.expectNone()
  }
}
