import Testing

@testable import Cyclograd

@Suite("Several equilibria, their stability, and none")
struct EquilibriumSearchTests {
  @Test("tanh(2 a) = a has two stable solutions and an unstable one")
  func three() throws {
    let (network, parameters) = try selfLoop(.tanh, 2)
    let search = try EquilibriumSearch(
      network, parameters, inputs: Matrix([[0], [3]]), starts: 16)
    // From a = 0 plain iteration stays at 0, the unstable one.
    let radii = search.samples[0].map(\.radius.value)
    #expect(radii.count == 3 && abs(radii[0] - 2) < 1e-12)
    #expect(search.samples[0].map(\.radius.isStable) == [false, true, true])
    #expect(radii.dropFirst().allSatisfy { abs($0 - 2 * (1 - 0.957504 * 0.957504)) < 1e-5 })
    #expect(search.samples[0].map(\.starts).reduce(0, +) == 16)
    // Far out there is but one.
    #expect(search.samples[1].count == 1)
    #expect(throws: CyclogradError.self) {
      try EquilibriumSearch(network, parameters, inputs: Matrix([[0]]), starts: 0)
    }
  }

  @Test(
    "two certified equilibria refute, and so does a proof that there is none", .tags(.slow),
    .unlessFast)
  func refuted() throws {
    func check(_ activation: Activation, _ weight: Double, _ inputs: [Double]) throws
      -> SampleChecks
    {
      let (network, parameters) = try selfLoop(activation, weight)
      return try SampleChecks(
        network, parameters, inputs: Matrix(inputs.map { [$0] }),
        global: GlobalCertificate(network, parameters), starts: 12)
    }
    let three = try check(.tanh, 2, [0, 3])
    #expect(three.rows.map(\.certifiedCount) == [3, 1] && three.isRefuted)
    let none = try check(.softplus, 1, [0.5, -0.5])
    #expect(none.rows[0].nonexistence != nil && none.rows[0].found.isEmpty)
    #expect(none.rows[1].nonexistence == nil && none.rows[1].certifiedCount == 1)
    #expect(none.isRefuted)
    // Exactly on the boundary: y = relu(y) has every y ≥ 0.
    let boundary = try check(.relu, 1, [0])
    #expect(boundary.rows[0].nonexistence == nil)
    #expect(try !check(.tanh, 0.9, [0, 1]).isRefuted)
  }

  @Test("an attack on proofs of nonexistence: none is claimed where an equilibrium is known")
  func attack() throws {
    var claims = 0
    for trial in 0..<AttackSize.networks {
      var random = TestRandom(UInt64(trial) + 90_000)
      let n = random.integer(1...4)
      let activation: Activation = random.chance(0.5) ? .relu : .softplus
      let isKnown = random.chance(0.5)
      let lowest = random.chance(0.7) ? 0.0 : -0.3
      var graph = Graph("grow") {
        Group("x", size: n, role: .input)
        Group("y", size: n, role: .output, activation: activation)
      }
      var w = Array(repeating: [Double](repeating: 0, count: n), count: n)
      for i in 0..<n {
        graph.edges.append(Edge(.init("x", i), to: .init("y", i), weight: .init(.constant(1))))
        for j in 0..<n {
          w[i][j] = random.number(lowest, 1.6)
          graph.edges.append(
            Edge(.init("y", j), to: .init("y", i), weight: .init(.constant(w[i][j]))))
        }
      }
      let (network, parameters) = try graph.compile()
      let z = random.vector(n, -2, 2)
      let a = z.map { ReferenceActivation.value(activation, $0) }
      // z is an equilibrium for u = z − W a; else the drive pushes upward.
      let inputs = (0..<n).map { i in
        isKnown ? z[i] - DenseAlgebra.dot(w[i], a) : random.number(0, 1)
      }
      let checks = try SampleChecks(
        network, parameters, inputs: Matrix([inputs]),
        global: GlobalCertificate(network, parameters),
        options: .init(maximumIterations: 60), starts: 1)
      let component = Component(network, stage: network.stages.first { $0.isCyclic }!)
      let claimed = Nonexistence.isProved(
        component, network.weights(parameters),
        drive: component.units.map { s in
          // The neuron's number within its group is that of the input.
          Interval(
            inputs[Int(network.name(atPosition: Int(network.neuronOfUnit[s])).dropFirst(2))!])
        })
      if claimed { claims += 1 }
      #expect(!(claimed && isKnown), "trial \(trial)")
      #expect(!(claimed && !checks.rows[0].found.isEmpty), "trial \(trial)")
    }
    #expect(claims > AttackSize.networks / 20)
  }

  @Test("the spectral radius of a large component is an estimate, and says so")
  func large() throws {
    let n = SpectralRadius.largestDense + 20
    for size in [n, 60] {
      let (network, parameters) = try Graph("mean") {
        Group("y", size: size, role: .output)
        Connection("y", to: "y", weight: .frozen(.constant(0.75 / Double(size))))
      }.compile()
      let equilibrium = try Simulator(network).equilibrium(
        parameters, inputs: Matrix(rows: 1, columns: 0))
      let radius = try equilibrium.spectralRadii()[0]
      #expect(abs(radius.value - 0.75) < 1e-9)
      #expect(radius.isEstimate == (size == n))
    }
  }

  @Test(
    "With a rough tolerance one equilibrium is not listed twice", arguments: [1e-2, 1e-4, 1e-6])
  func rough(tolerance: Double) throws {
    let (network, parameters) = try selfLoop(.tanh, -0.9)
    var options = SolverOptions()
    options.tolerance = tolerance
    let search = try EquilibriumSearch(
      network, parameters, inputs: Matrix([[0.3], [-2], [0]]), options: options, starts: 6)
    #expect(search.samples.map(\.count) == [1, 1, 1])
    #expect(search.samples.allSatisfy { $0[0].starts == 6 })
  }
}
