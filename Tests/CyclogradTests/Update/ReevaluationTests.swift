import TestSupport
import Testing

@testable import Cyclograd

@Suite(
  "Equilibria brought up to date after a change in a few inputs or parameters", .tags(.slow),
  .unlessFast)
struct ReevaluationTests {
  /// A ring with two neighbours on each side, driven here and there, and read at two places.
  private static func ring(_ neurons: Int, gain: Double = 0.2) throws -> (Network, Parameters) {
    try Graph("ring", seed: 5) {
      Group("x", size: 4, role: .input)
      Group("h", size: neurons, activation: .tanh, bias: .uniform(-0.3...0.3))
      Group("y", size: 2, role: .output)
      for index in 0..<4 {
        Edge(.init("x", index), to: .init("h", index * neurons / 4), weight: 1.0)
      }
      for offset in [1, 2, neurons - 2, neurons - 1] {
        for source in 0..<neurons {
          Edge(
            .init("h", source), to: .init("h", (source + offset) % neurons),
            weight: ParameterRule(.constant(gain)))
        }
      }
      Edge(.init("h", 3), to: .init("y", 0), weight: 1.0)
      Edge(.init("h", neurons / 2), to: .init("y", 1), weight: 1.0)
    }.compile()
  }

  /// One neuron z = w tanh z + x, which has two stable equilibria around x = 0 for w > 1.
  private static func switching() throws -> (Network, Parameters) {
    try Graph("switch", seed: 1) {
      Group("h", size: 1, role: .output, activation: .tanh, bias: ParameterRule(.constant(0)))
      Edge(.init("h", 0), to: .init("h", 0), weight: ParameterRule(.constant(2)))
      Inputs(NeuronRange("h"))
    }.compile()
  }

  /// One neuron z = softplus z + b, which has a solution for b < 0 alone; parameter 1 is b.
  private static func fold() throws -> (Network, Parameters) {
    try Graph("fold", seed: 1) {
      Group(
        "h", size: 1, role: .output, activation: .softplus, bias: ParameterRule(.constant(-0.5)))
      Edge(.init("h", 0), to: .init("h", 0), weight: ParameterRule(.constant(1)))
    }.compile()
  }

  /// The largest residual of the states, measured by other means.
  private static func measured(_ equilibrium: Equilibrium, _ simulator: Simulator) throws -> Double
  {
    let again = try simulator.equilibrium(
      equilibrium.parameters, inputs: equilibrium.inputs, at: equilibrium.states)
    #expect(
      relativeDifference(
        again.neuronActivations.elements, equilibrium.neuronActivations.elements) < 1e-14)
    return again.evidence.map(\.residual).max() ?? 0
  }

  @Test(
    "After any changes, in any graph, the answer is that of a call from nothing",
    arguments: ["automatic", "edge-list", "direct", "iterative", "newton-krylov+gmres"])
  func random(backend: String) throws {
    var active = 0
    for seed in UInt64(1)...25 {
      let problem = try Problem(RandomGraphs.make(.tame, seed: seed), samples: 3, seed: seed)
      let simulator = try Simulator(problem.network, backend: .named(backend))
      var equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      guard equilibrium.isConverged else { continue }
      var random = TestRandom(seed)
      for _ in 0..<5 {
        var (inputs, parameters) = (equilibrium.inputs, equilibrium.parameters)
        if random.chance(0.6) {
          inputs[random.integer(0...2), random.integer(0...inputs.columns - 1)] = random.number(
            -1, 1)
        }
        if random.chance(0.6) {
          let place = random.integer(0...parameters.values.count - 1)
          parameters.values[place] += random.number(-0.02, 0.02)
        }
        try simulator.update(&equilibrium, parameters: parameters, inputs: inputs)
        let fresh = try simulator.equilibrium(parameters, inputs: inputs)
        guard fresh.isConverged else { continue }
        #expect(equilibrium.isConverged && equilibrium.parameters == parameters)
        #expect(equilibrium.inputs == inputs)
        #expect(
          relativeDifference(equilibrium.states.elements, fresh.states.elements) < 2e-9,
          "seed \(seed)")
        let residual = equilibrium.evidence.map(\.residual).max()!
        let measured = try Self.measured(equilibrium, simulator)
        #expect(measured <= residual + 1e-15, "seed \(seed)")
        active += equilibrium.evidence.count { $0.detail?.contains(Updater.name) == true }
      }
    }
    #expect(active > 80)
  }

  @Test(
    "Where networks are wild, what is called converged is an equilibrium", .tags(.slow),
    .unlessFast, arguments: 1...20)
  func wild(seed: Int) throws {
    let problem = try Problem(
      RandomGraphs.make(.wild, seed: UInt64(seed)), samples: 2, seed: UInt64(seed))
    let simulator = try Simulator(problem.network)
    var equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    var random = TestRandom(UInt64(seed))
    for _ in 0..<6 {
      var parameters = equilibrium.parameters
      parameters.values[random.integer(0...parameters.values.count - 1)] += random.number(-2, 2)
      try simulator.update(&equilibrium, parameters: parameters)
      for sample in 0..<2 where equilibrium.evidence[sample].status == .converged {
        let part = equilibrium[sample]
        #expect(part.outputs.elements.allSatisfy { $0.isFinite })
        let measured = try Self.measured(part, simulator)
        #expect(measured <= part.evidence[0].residual + 1e-14)
        #expect(part.evidence[0].residual <= 1e-10)
      }
    }
  }

  @Test(
    "A change on one side of a ring leaves the other as it was, bit for bit", .tags(.slow),
    .unlessFast)
  func local() throws {
    let (network, parameters) = try Self.ring(20_000)
    let simulator = try Simulator(network)
    let before = try simulator.equilibrium(
      parameters, inputs: Matrix([[0.5, -0.5, 0.2, 0.1]]))
    func changed(_ equilibrium: Equilibrium) -> Int {
      zip(equilibrium.z, before.z).count { $0 != $1 }
    }
    var equilibrium = before
    let inputs = Matrix([[0.5, -0.5, 0.2, 0.3]])
    try simulator.update(&equilibrium, inputs: inputs)
    let fresh = try simulator.equilibrium(parameters, inputs: inputs)
    #expect(relativeDifference(equilibrium.z, fresh.z) < 1e-9)
    #expect((50...1000).contains(changed(equilibrium)))
    #expect(equilibrium.evidence[0].detail == Updater.name)
    #expect(equilibrium.evidence[0].iterations > 10)

    // An edge cut, and put back.
    let cut = network.edgeCount / 2
    equilibrium = before
    try simulator.update(&equilibrium, setting: [cut: 0])
    #expect((20...1000).contains(changed(equilibrium)))
    var lesioned = parameters
    lesioned.values[cut] = 0
    #expect(equilibrium.parameters == lesioned)
    let other = try simulator.equilibrium(lesioned, inputs: before.inputs)
    #expect(relativeDifference(equilibrium.z, other.z) < 1e-9)
    try simulator.update(&equilibrium, parameters: parameters)
    #expect(relativeDifference(equilibrium.z, before.z) < 1e-9)

    // What changes nothing computes nothing.
    equilibrium = before
    try simulator.update(&equilibrium, parameters: parameters, inputs: before.inputs)
    #expect(equilibrium.z == before.z && equilibrium.evidence == before.evidence)
  }

  @Test("Thousands of changes do not pile up errors")
  func drift() throws {
    let (network, parameters) = try Self.ring(2_000)
    let simulator = try Simulator(network)
    var inputs = Matrix([[0.1, 0.2, 0.3, 0.4]])
    var equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    var random = TestRandom(3)
    for _ in 0..<3000 {
      // Steps of the size of the tolerance leave residuals behind without moving anything.
      inputs[0, random.integer(0...3)] += random.number(-1e-10, 1e-10)
      try simulator.update(&equilibrium, inputs: inputs)
    }
    #expect(equilibrium.isConverged && equilibrium.evidence[0].residual <= 1e-10)
    let measured = try Self.measured(equilibrium, simulator)
    #expect(measured <= 1e-10)
    let fresh = try simulator.equilibrium(parameters, inputs: inputs)
    #expect(relativeDifference(equilibrium.z, fresh.z) < 1e-9)
  }

  @Test(
    "Results do not depend on the number of threads, nor on other samples", .tags(.slow),
    .unlessFast)
  func threads() throws {
    let (network, parameters) = try Self.ring(3_000)
    var random = TestRandom(2)
    let first = Matrix(rows: 20, columns: 4, elements: random.vector(80))
    var second = first
    for row in stride(from: 0, to: 20, by: 3) { second[row, row % 4] += 0.3 }
    func run(_ threads: Int, _ rows: Range<Int>) throws -> Equilibrium {
      func part(_ matrix: Matrix) -> Matrix {
        Matrix(rows: rows.count, columns: 4, elements: rows.flatMap { matrix[row: $0] })
      }
      let simulator = try Simulator(network, options: SolverOptions(threads: threads))
      var equilibrium = try simulator.equilibrium(parameters, inputs: part(first))
      try simulator.update(&equilibrium, inputs: part(second))
      return equilibrium
    }
    let whole = try run(1, 0..<20)
    let (threaded, part) = (try run(3, 0..<20), try run(1, 9..<20))
    #expect(threaded.z == whole.z)
    #expect(part.z == (9..<20).map { whole[$0].z }.interleaved)
  }

  @Test("A change that reaches everything is left to the solver")
  func everywhere() throws {
    let (network, parameters) = try Self.ring(5_000)
    let simulator = try Simulator(network)
    var equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(rows: 1, columns: 4))
    var changed = parameters
    for index in changed.values.indices { changed.values[index] *= 0.9 }
    try simulator.update(&equilibrium, parameters: changed)
    let fresh = try simulator.equilibrium(changed, inputs: Matrix(rows: 1, columns: 4))
    #expect(equilibrium.isConverged)
    #expect(equilibrium.evidence[0].detail?.contains(Updater.name) != true)
    #expect(relativeDifference(equilibrium.z, fresh.z) < 1e-9)
  }

  /// A random digraph fed by one input, which feeds a small one of which nothing comes back.
  private static func digraphs() throws -> (Network, Parameters) {
    try Graph("digraphs", seed: 8) {
      Group("x", size: 2, role: .input)
      Group("large", size: 3000, activation: .tanh, bias: .uniform(-0.3...0.3))
      Group("small", size: 1500, activation: .logistic, bias: .uniform(-0.3...0.3))
      Group("y", size: 1, role: .output)
      Connection("large", to: "large", .inDegree(5), self: false, weight: .uniform(-0.25...0.25))
      Connection("small", to: "small", .inDegree(5), self: false, weight: .uniform(-0.8...0.8))
      Edge(.init("x", 0), to: .init("large", 3), weight: 1.0)
      Edge(.init("x", 1), to: .init("small", 3), weight: 1.0)
      Edge(.init("large", 10), to: .init("small", 40), weight: 1.0)
      Connection("small", to: "y", .inDegree(30), weight: .normal(0.3))
    }.compile()
  }

  @Test(
    "A component that a change fills is left to its solver, the largest with all that is around it")
  func fills() throws {
    let (network, parameters) = try Self.digraphs()
    let options = SolverOptions(listsComponents: true)
    let simulator = try Simulator(network, options: options)
    let first = try simulator.equilibrium(parameters, inputs: Matrix([[0.1, 0.2]]))
    let sizes = first.evidence[0].components.map(\.size)
    #expect(sizes.count == 2)
    for inputs in [Matrix([[0.1, 0.9]]), Matrix([[0.9, 0.2]]), Matrix([[0.1, 0.2 + 1e-8]])] {
      var equilibrium = first
      try simulator.update(&equilibrium, inputs: inputs)
      let fresh = try simulator.equilibrium(parameters, inputs: inputs)
      #expect(relativeDifference(equilibrium.z, fresh.z) < 1e-9)
      let evidence = equilibrium.evidence[0]
      // The small one is solved by itself, and both are listed once.
      #expect(evidence.detail?.contains(Updater.name) == (inputs[0, 0] == 0.1))
      #expect(evidence.components.map(\.size) == sizes)
      let measured = try Self.measured(equilibrium, simulator)
      #expect(measured <= evidence.residual + 1e-15)
    }
    var equilibrium = first
    try simulator.update(&equilibrium, inputs: Matrix([[0.1, 0.9]]))
    let parts = equilibrium.evidence[0].components
    #expect(parts[0] == first.evidence[0].components[0])
    #expect(parts[1].outcome.detail != Updater.name && parts[1].outcome.iterations > 2)
  }

  @Test("What a simulator did before does not change a bit")
  func independence() throws {
    let (network, parameters) = try Self.digraphs()
    let start = try Simulator(network).equilibrium(parameters, inputs: Matrix([[0.1, 0.2]]))
    let changes = Dictionary(
      uniqueKeysWithValues: (0..<30).map { (network.weightParameterCount + 50 * $0, 0.25) })
    func update(_ simulator: Simulator) throws -> Equilibrium {
      var equilibrium = start
      try simulator.update(&equilibrium, setting: changes)
      return equilibrium
    }
    let fresh = try update(Simulator(network))
    let used = try Simulator(network)
    var other = start
    try used.update(
      &other, setting: Dictionary(uniqueKeysWithValues: (0..<900).map { (5 * $0, 0.01) }))
    try used.update(&other, inputs: Matrix([[0.9, 0.3]]))
    let again = try update(used)
    #expect(again.z == fresh.z && again.evidence == fresh.evidence)
  }

  @Test(
    "A state that runs away is not claimed at loose tolerances either",
    arguments: [2e-3, 1e-5, 1e-300])
  func runaway(tolerance: Double) throws {
    // z = softplus(z) + b has no solution for b ≥ 0; residuals fall as 1/n.
    let (network, parameters) = try Self.fold()
    for backend in ["automatic", "edge-list"] {
      let simulator = try Simulator(
        network, backend: .named(backend),
        options: SolverOptions(tolerance: tolerance, maximumIterations: 5000))
      var equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(rows: 1, columns: 0))
      try simulator.update(&equilibrium, setting: [1: 0])
      let fresh = try simulator.equilibrium(
        equilibrium.parameters, inputs: Matrix(rows: 1, columns: 0))
      #expect(equilibrium.isConverged == fresh.isConverged, "\(backend)")
    }
  }

  @Test("After a row without an equilibrium the next one begins from a = 0")
  func passesOver() throws {
    // z = softplus(z) + x has a solution for x < 0 alone.
    let (network, parameters) = try Graph("gap", seed: 1) {
      Group("h", size: 1, role: .output, activation: .softplus, bias: ParameterRule(.constant(0)))
      Edge(.init("h", 0), to: .init("h", 0), weight: ParameterRule(.constant(1)))
      Inputs(NeuronRange("h"))
    }.compile()
    let simulator = try Simulator(network)
    let inputs = Matrix([[-1], [0.5], [-1], [-0.25]])
    let followed = try simulator.follow(parameters, inputs: inputs)
    #expect(followed.evidence.map { $0.status == .converged } == [true, false, true, true])
    #expect(followed.outputs[1, 0].isNaN)
    let fresh = try simulator.equilibrium(parameters, inputs: Matrix([[-1]]))
    // The very path of a call from nothing.
    #expect(followed[2].z == fresh.z && followed[2].evidence == fresh.evidence)
  }

  @Test("Following a branch shows hysteresis")
  func hysteresis() throws {
    let (network, parameters) = try Self.switching()
    let simulator = try Simulator(network)
    // The folds are where 2 (1 − tanh² z) = 1: x = ±0.5328.
    let up = (-10...10).map { [Double($0) / 10] }
    let forwards = try simulator.follow(parameters, inputs: Matrix(up), start: Matrix([[-1]]))
    let backwards = try simulator.follow(
      parameters, inputs: Matrix(up.reversed()), start: Matrix([[1]]))
    #expect(forwards.isConverged && backwards.isConverged)
    for (index, x) in up.enumerated() {
      let rising = forwards.outputs[index, 0]
      let falling = backwards.outputs[up.count - 1 - index, 0]
      #expect((rising < 0) == (x[0] < 0.55), "\(x)")
      #expect((falling > 0) == (x[0] > -0.55), "\(x)")
    }
  }

  @Test("An equilibrium that vanishes is not claimed, and one that comes back is found")
  func vanishing() throws {
    // z = softplus(z) + b has a solution for b < 0 alone.
    let (network, parameters) = try Self.fold()
    let simulator = try Simulator(network)
    var equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(rows: 1, columns: 0))
    let before = equilibrium.outputs[0, 0]
    try simulator.update(&equilibrium, setting: [1: 0.5])
    #expect(!equilibrium.isConverged && equilibrium.outputs[0, 0].isNaN)
    try simulator.update(&equilibrium, setting: [1: -0.5])
    #expect(equilibrium.isConverged && abs(equilibrium.outputs[0, 0] - before) < 1e-9)
  }

  @Test("Calls that do not fit leave the equilibrium as it was")
  func badCalls() throws {
    let (network, parameters) = try Self.ring(50)
    let simulator = try Simulator(network)
    let inputs = Matrix([[0.1, 0.2, 0.3, 0.4]])
    var equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    let before = equilibrium
    let other = try Simulator(Self.ring(50).0)
    var broken = parameters
    broken.values[3] = .nan
    #expect(throws: CyclogradError.self) { try other.update(&equilibrium, inputs: inputs) }
    let tiny = try Simulator(Self.ring(10).0)
    #expect(throws: CyclogradError.self) {
      try tiny.update(&equilibrium, parameters: Self.ring(10).1)
    }
    #expect(throws: CyclogradError.self) {
      try simulator.update(&equilibrium, inputs: Matrix(rows: 2, columns: 4))
    }
    #expect(throws: CyclogradError.self) {
      try simulator.update(&equilibrium, inputs: Matrix(rows: 1, columns: 3))
    }
    #expect(throws: CyclogradError.self) {
      try simulator.update(&equilibrium, inputs: Matrix([[0, .infinity, 0, 0]]))
    }
    #expect(throws: CyclogradError.self) { try simulator.update(&equilibrium, parameters: broken) }
    #expect(throws: CyclogradError.self) {
      try simulator.update(&equilibrium, parameters: Parameters([1]))
    }
    #expect(throws: CyclogradError.self) { try simulator.update(&equilibrium, setting: [-1: 0]) }
    #expect(throws: CyclogradError.self) {
      try simulator.update(&equilibrium, setting: [network.parameterCount: 0])
    }
    #expect(equilibrium.z == before.z && equilibrium.parameters == before.parameters)
    #expect(equilibrium.inputs == before.inputs && equilibrium.evidence == before.evidence)
  }

  @Test("Gradients at an updated equilibrium are those at a fresh one")
  func gradients() throws {
    let (network, parameters) = try Self.ring(3_000)
    let simulator = try Simulator(network)
    var equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(rows: 1, columns: 4))
    let inputs = Matrix([[0, 0.4, 0, 0]])
    try simulator.update(&equilibrium, setting: [7: 0.1], inputs: inputs)
    let fresh = try simulator.equilibrium(equilibrium.parameters, inputs: inputs)
    let targets = Matrix([[1, -1]])
    let (a, b) = (
      try simulator.gradient(of: .halfSquaredError, targets: targets, at: equilibrium),
      try simulator.gradient(of: .halfSquaredError, targets: targets, at: fresh)
    )
    #expect(relativeDifference(a.parameters, b.parameters) < 1e-9)
    #expect(relativeDifference(a.inputs.elements, b.inputs.elements) < 1e-9)
  }
}

extension [[Double]] {
  /// The first elements of all, then the second ones.
  fileprivate var interleaved: [Double] {
    (first ?? []).indices.flatMap { index in map { $0[index] } }
  }
}
