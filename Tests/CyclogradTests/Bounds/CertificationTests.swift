import TestSupport
import Testing

@testable import Cyclograd

@Suite("Classes within a box")
struct CertificationTests {
  /// The largest margin of output 0 over output 1 on a fine grid of inputs.
  private func gridMaximum(_ simulator: Simulator, _ parameters: Parameters, _ box: InputBox)
    throws -> Double
  {
    var inputs: [[Double]] = [[]]
    for j in 0..<3 {
      let (low, high) = (box.lower[0, j], box.upper[0, j])
      let ends: [Double] = (0...8).map { low + (high - low) * Double($0) / 8 }
      inputs = inputs.flatMap { head in ends.map { head + [$0] } }
    }
    let y = try simulator.equilibrium(parameters, inputs: Matrix(inputs)).outputs
    return (0..<y.rows).map { y[$0, 0] - y[$0, 1] }.max()!
  }

  @Test("splitting comes down to the true maximum, which an attack reaches")
  func exact() throws {
    let (network, parameters) = try SmallImplicitModel.graph(.relu).compile()
    let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-13))
    let box = try InputBox(
      around: Matrix([SmallImplicitModel.u]), radius: Matrix([SmallImplicitModel.sigma]))
    let truth = 1.2535672703751617
    #expect(try gridMaximum(simulator, parameters, box) <= truth + 1e-12)
    let task = try BoundTask(parameters, box, [[OutputFunctional([1, -1])]], simulator)
    var last = Double.infinity
    for splits in [0, 2, 8, 64] {
      let start = try task.solver.start(box.row(0), center: task.center(0))
      let found = try task.solver.branch(start, task.functionals[0], splits: splits) { _ in true }
      #expect(found.upper[0] >= truth && found.upper[0] <= last)
      last = found.upper[0]
    }
    #expect(last < truth + 1e-6)
    let attack = try Attack(on: parameters, within: box, targets: [1], by: simulator)
    #expect(abs(attack.rows[0].margin - truth) < 1e-9)
    #expect(attack.rows[0].isSuccessful)
  }

  @Test(
    "negative numbers of splits or seconds are refused", arguments: [(-1, nil), (0, -1), (0, .nan)])
  func limits(_ splits: Int, _ seconds: Double?) throws {
    let (network, parameters) = try SmallImplicitModel.graph(.relu).compile()
    let box = try InputBox(around: Matrix([SmallImplicitModel.u]), radius: 0.1)
    #expect {
      _ = try Certification(
        of: parameters, over: box, by: Simulator(network),
        options: .init(splits: splits, seconds: seconds))
    } throws: {
      ($0 as? CyclogradError)?.code == .invalidOption
    }
  }

  @Test("no certified sample is broken by any attack, and statuses do not contradict each other")
  func consistent() throws {
    var counts: [Certification.Status: Int] = [:]
    for seed in 0..<24 {
      let (graph, _) = BoundChainTests.graph(seed)
      let (network, parameters) = try graph.compile()
      let simulator = try Simulator(network)
      var random = TestRandom(UInt64(seed))
      let x = Matrix((0..<6).map { _ in random.vector(network.inputCount) })
      let box = try InputBox(
        around: x, radius: Double(seed % 6) / 20, changes: seed % 5 == 4 ? 1 : nil)
      let found = try Certification(
        of: parameters, over: box, by: simulator, options: .init(splits: 20))
      let attack = try Attack(
        on: parameters, within: box, by: simulator,
        kinds: network.groups.contains { $0.units[0].activation == .reciprocal }
          ? [.gradient, .projected] : Set(Attack.Kind.available), steps: 30, restarts: 4)
      for (row, hit) in zip(found.rows, attack.rows) {
        counts[row.status, default: 0] += 1
        #expect(!(row.status == .certified && hit.isSuccessful))
      }
      for (sample, hit) in attack.rows.enumerated() {
        var moved = 0
        for (j, value) in hit.input.enumerated() {
          #expect(box.lower[sample, j] <= value && value <= box.upper[sample, j])
          if value != x[sample, j] { moved += 1 }
        }
        if let changes = box.changes { #expect(moved <= changes) }
      }
    }
    #expect(counts[.certified, default: 0] > 20 && counts[.refuted, default: 0] > 5)
  }

  @Test("a sample's result is the same alone and on several threads")
  func alone() throws {
    let (network, parameters) = try BoundChainTests.graph(3).0.compile()
    let simulator = try Simulator(network)
    var random = TestRandom(5)
    let x = Matrix((0..<5).map { _ in random.vector(network.inputCount) })
    func rows(_ x: Matrix, _ threads: Int) throws -> [Certification.Row] {
      try Certification(
        of: parameters, over: InputBox(around: x, radius: 0.2), by: simulator,
        options: .init(bounds: .init(threads: threads), splits: 5)
      ).rows
    }
    let together = try rows(x, 3)
    for sample in 0..<5 {
      // Several threads split one sample between them.
      let alone = try rows(Matrix([Array(x[row: sample])]), 1 + sample)[0]
      #expect(alone.bounds.upper == together[sample].bounds.upper)
      #expect(alone.status == together[sample].status && alone.splits == together[sample].splits)
      #expect(alone.attack?.input == together[sample].attack?.input)
    }
  }

  @Test("where a method gives no bound at all, nothing is open but failed")
  func boundless() throws {
    // The loop amplifies, so that there is no comparison graph; an interval is there all the same.
    let graph = Graph(
      name: "loud",
      groups: [
        Group("x", size: 1, role: .input), Group("q", size: 1, activation: .tanh),
        Group("y", size: 2, role: .output, bias: [0, 9]),
      ],
      connections: [
        Connection("x", to: "q", weight: 1), Connection("q", to: "q", weight: 3),
        Connection("q", to: "y", weight: [1, -1]),
      ])
    let (network, parameters) = try graph.compile()
    func status(_ method: BoundMethod, target: Int? = nil) throws -> Certification.Status {
      try Certification(
        of: parameters, over: InputBox(around: Matrix([[0.5]]), radius: 0.1),
        targets: target.map { [$0] }, by: Simulator(network),
        options: .init(bounds: .init(methods: [method]), attacks: target != nil)
      ).rows[0].status
    }
    #expect(try status(.box) == .failed)
    #expect(try status(.interval) == .certified)
    // Another class is refuted by the sample itself, bounds or not.
    #expect(try status(.box, target: 0) == .refuted)
  }

  @Test("an attack that does not apply leaves the others alone, and is named")
  func inapplicable() throws {
    let graph = Graph(
      name: "steep",
      groups: [
        Group("x", size: 1, role: .input), Group("q", size: 1, activation: .reciprocal, bias: 2),
        Group("y", size: 2, role: .output, bias: [0, 0.4]),
      ],
      connections: [Connection("x", to: "q", weight: 1), Connection("q", to: "y", weight: [1, 0])])
    let (network, parameters) = try graph.compile()
    func attack(_ kinds: Set<Attack.Kind>) throws -> Attack {
      try Attack(
        on: parameters, within: InputBox(around: Matrix([[0]]), radius: 0.6),
        by: Simulator(network), kinds: kinds)
    }
    let found = try attack([.sensitivity, .gradient])
    #expect(found.inapplicable.map(\.kind) == [.sensitivity])
    #expect(found.rows[0].isSuccessful && found.rows[0].kind == .gradient)
    #expect { try attack([.sensitivity]) } throws: {
      ($0 as? CyclogradError)?.code == .notApplicable
    }
  }

  @Test("a projected attack changes no more inputs than may, whatever is rounded")
  func fewChanges() throws {
    let graph = Graph(
      name: "linear",
      groups: [
        Group("x", size: 6, role: .input), Group("q", size: 4, activation: .tanh),
        Group("y", size: 3, role: .output),
      ],
      connections: [
        Connection("x", to: "q", weight: .normal(1)),
        Connection("q", to: "q", weight: .normal(0.2)),
        Connection("q", to: "y", weight: .normal(1)),
      ])
    let (network, parameters) = try graph.compile()
    var random = TestRandom(11)
    let x = Matrix((0..<200).map { _ in random.vector(6) })
    let attack = try Attack(
      on: parameters, within: InputBox(around: x, radius: 0.317, changes: 2),
      by: Simulator(network), kinds: [.projected])
    for (sample, row) in attack.rows.enumerated() {
      let moved = row.input.indices.count { row.input[$0] != x[sample, $0] }
      #expect(moved <= 2, "sample \(sample)")
    }
  }

  /// y₀ = 1 and a linear y₁ of inputs from −1 to 1.
  private func attack(
    _ weights: [Double], _ kind: Attack.Kind, steps: Int = 12, restarts: Int = 50, seed: UInt64 = 0,
    changes: Int? = nil
  ) throws -> Attack.Row {
    let graph = Graph(
      name: "corners",
      groups: [
        Group("x", size: weights.count, role: .input),
        Group("one", size: 1, role: .output, bias: 1), Group("y", size: 1, role: .output, bias: 0),
      ],
      connections: [Connection("x", to: "y", weight: ParameterRule(.list(weights)))])
    let (network, parameters) = try graph.compile()
    return try Attack(
      on: parameters,
      within: InputBox(
        around: Matrix(rows: 1, columns: weights.count), radius: 1, changes: changes),
      by: Simulator(network), kinds: [kind], steps: steps, restarts: restarts, seed: seed
    ).rows[0]
  }

  @Test(
    "random attacks go to both ends, and elsewhere with another seed",
    arguments: [nil, 2] as [Int?])
  func randomCorners(changes: Int?) throws {
    var inputs: Set<[Double]> = []
    for seed in 0..<8 {
      let row = try attack([-1, -1, 1, -1], .random, seed: UInt64(seed), changes: changes)
      #expect(row.margin > 0 && row.kind == .random)
      let one = try attack(
        [-1, -1, 1, -1], .random, restarts: 1, seed: UInt64(seed), changes: changes)
      inputs.insert(one.input)
    }
    #expect(inputs.count > 1)
  }

  @Test("attacks by sensitivities look at both sides of a sample")
  func sensitiveSides() throws {
    for weights in [[1.0, 1], [-1, -1]] {
      let row = try attack(weights, .sensitivity)
      #expect(row.margin == 1 && row.kind == .sensitivity)
    }
  }

  @Test("attacks without steps or points are refused", arguments: [(-1, 3), (0, 3), (2, -1)])
  func attackLimits(steps: Int, restarts: Int) {
    for kind in [Attack.Kind.projected, .random] {
      #expect {
        _ = try attack([1, 1], kind, steps: steps, restarts: restarts)
      } throws: {
        ($0 as? CyclogradError)?.code == .invalidOption
      }
    }
  }

  @Test("one output, and classes that there are not, are refused")
  func refused() throws {
    let (network, parameters) = try selfLoop(.tanh, 0.5)
    let one = try Simulator(network)
    let box = try InputBox(around: Matrix([[0]]), radius: 0.1)
    #expect(throws: CyclogradError.self) {
      try Certification(of: parameters, over: box, by: one)
    }
    let (two, values) = try SmallImplicitModel.graph(.relu).compile()
    let simulator = try Simulator(two)
    let boxes = try InputBox(around: Matrix([SmallImplicitModel.u]), radius: 0.1)
    for targets in [[2], [-1], [0, 0]] {
      #expect(throws: CyclogradError.self) {
        try Certification(of: values, over: boxes, targets: targets, by: simulator)
      }
    }
  }
}
