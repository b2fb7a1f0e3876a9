import Testing

@testable import Cyclograd

@Suite("Solve and transposed solve belong to the same matrix")
struct LinearizationTests {
  @Test("sizes are written by their order, also where they overflow")
  func readable() {
    #expect(JacobianPattern.readable(0) == "0" && JacobianPattern.readable(1234) == "1234")
    #expect(JacobianPattern.readable(2e9) == "10^9")
    #expect(JacobianPattern.readable(.infinity) == "10^308 or more")
    #expect(JacobianPattern.readable(.nan) == "10^308 or more")
  }

  /// The systems of a network's only cyclic component, at slopes of some state.
  final class Fixture {
    let workspace: ComponentWorkspace
    let sample: StateVectors
    let linearization: JacobianFactorization
    let weights: [Double]
    let oracle: DenseOracle
    /// The oracle's unit and neuron numbers of the component's.
    let units: [Int]
    let neurons: [Int]
    let z: [Double]

    init(_ graph: Graph, _ method: DirectMethod, seed: UInt64) throws {
      let (network, parameters) = try graph.compile()
      let stage = try #require(network.stages.first { $0.isCyclic })
      let component = Component(network, stage: stage)
      sample = StateVectors(network, lanes: 1)
      workspace = ComponentWorkspace(component, sample)
      weights = network.weights(parameters)
      linearization = try JacobianFactorization(component, method)
      oracle = DenseOracle(network, parameters)
      neurons = component.neurons.map { Int(network.fileNeuron[$0]) }
      let order = network.unitsInFileOrder
      units = component.units.map { s in order.firstIndex { Int($0) == s }! }
      var random = TestRandom(seed)
      var z = [Double](repeating: 0, count: network.unitCount)
      for s in 0..<network.unitCount { z[s] = random.number(-1, 1) }
      for (place, s) in order.enumerated() { sample.z[Int(s)] = z[place] }
      self.z = z
      network.activate(
        0..<Int32(network.runs.count), z: sample.z, activation: sample.activation,
        slope: sample.slope)
    }

    /// I (1 + shift) − W Dᵀ on the component, unit by unit.
    func dense(_ shift: Double) -> [[Double]] {
      let slopes = oracle.slopes(z)
      return units.map { s in
        units.map { t in
          let sum = neurons.reduce(0.0) { $0 + oracle.w[s][$1] * slopes[t][$1] }
          return (s == t ? 1 + shift : 0) - sum
        }
      }
    }

    func run(_ shift: Double, rho: [Double], g: [Double]) throws -> (
      step: [Double], d: [Double]
    ) {
      try sample.withWeights(weights) {
        try linearization.factor(workspace, shift: shift)
        return try workspace.withScratch { rhoVector, step in
          for (s, value) in rho.enumerated() { rhoVector[s] = value }
          try linearization.solveState(workspace, rho: rhoVector, shift: shift, step: step)
          for (k, value) in g.enumerated() { workspace.source[k] = value }
          return try workspace.withNeuronScratch { lambda in
            try linearization.solveAdjoint(workspace, g: workspace.source, lambda: lambda)
            workspace.multiplySlopes(by: lambda, into: workspace.d)
            return (Array(step), Array(workspace.d))
          }
        }
      }
    }
  }

  static let rich = Graph("rich", seed: 6) {
    Group("x", size: 2, role: .input)
    Group("h", size: 3, activation: .tanh)
    Group("s", size: 4, activation: .softmax)
    Group("p", size: 2, combine: .product, units: [.init(.arctan), .init(.logistic), .init(.cos)])
    Group("m", size: 2, combine: .max, units: [.init(.silu), .init(.identity)])
    Group("t", size: 2, activation: .softmax)
    Connection("x", to: "h")
    Connection("h", to: "s", weight: .normal(0.8))
    Connection("s", to: "s", weight: .normal(0.8))
    Connection("s", to: "p", unit: 1, weight: .normal(0.8))
    Connection("h", to: "p", unit: 0, weight: .normal(0.8))
    Connection("t", to: "p", unit: 2, weight: .normal(0.8))
    Connection("p", to: "m", unit: 0, weight: .normal(0.8))
    Connection("t", to: "m", unit: 1, weight: .normal(0.8))
    Connection("m", to: "t", weight: .normal(0.8))
    Connection("t", to: "h", weight: .normal(0.8))
    Connection("h", to: "h", weight: .normal(0.3))
  }

  static let symmetric = BackendTests.symmetric(12, .tanh, strength: 0.3)

  @Test(
    "⟨J⁻¹ρ, Dg⟩ = ⟨ρ, J⁻ᵀDg⟩, with softmax, product and max neurons",
    arguments: [DirectMethod.automatic, .only(.dense), .only(.klu)]
      + (hasGPLSolvers ? [.only(.umfpack)] : []),
    [UInt64(1), 2, 3, 4])
  func adjointness(_ method: DirectMethod, seed: UInt64) throws {
    try check(Fixture(Self.rich, method, seed: seed), shifts: [0], seed)
  }

  @Test("The same by Cholesky", .enabled(if: hasGPLSolvers), arguments: [UInt64(1), 2, 3])
  func cholesky(seed: UInt64) throws {
    let fixture = try Fixture(Self.symmetric, .only(.cholmod), seed: seed)
    try check(fixture, shifts: [0], seed)
    #expect(fixture.linearization.description == "cholmod")
  }

  @Test(
    "The shifted system is that of (1 + shift) I − W Dᵀ",
    arguments: [DirectMethod.Name.dense, .klu] + (hasGPLSolvers ? [.umfpack] : []),
    [0, 1e-3, 0.5, 10, 1e6])
  func shift(_ method: DirectMethod.Name, shift: Double) throws {
    for graph in [Self.rich, Self.symmetric] {
      try check(Fixture(graph, .only(method), seed: 11), shifts: [shift], 5)
    }
    if hasGPLSolvers {
      try check(Fixture(Self.symmetric, .only(.cholmod), seed: 11), shifts: [shift], 5)
    }
  }

  private func check(_ fixture: Fixture, shifts: [Double], _ seed: UInt64) throws {
    var random = TestRandom(seed &+ 100)
    for shift in shifts {
      let rho = random.vector(fixture.units.count)
      let g = random.vector(fixture.neurons.count)
      let (step, d) = try fixture.run(shift, rho: rho, g: g)
      let matrix = fixture.dense(shift)
      let exact = try DenseAlgebra.solve(matrix, rho)
      #expect(relativeDifference(step, exact) <= 1e-12)
      let slopes = fixture.oracle.slopes(fixture.z)
      let right = fixture.units.map { s in
        zip(fixture.neurons, g).reduce(0.0) { $0 + slopes[s][$1.0] * $1.1 }
      }
      guard shift == 0 else { continue }
      let adjoint = try DenseAlgebra.solve(
        DenseAlgebra.transpose(matrix, columns: rho.count), right)
      #expect(relativeDifference(d, adjoint) <= 1e-12)
      // ⟨J⁻¹ρ, D g⟩ = ⟨ρ, J⁻ᵀ D g⟩
      let left = DenseAlgebra.dot(step, right)
      #expect(abs(left - DenseAlgebra.dot(rho, d)) <= 1e-12 * max(1, abs(left)))
    }
  }
}
