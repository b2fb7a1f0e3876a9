import Testing

@testable import Cyclograd

@Suite("An equilibrium carries its factors, and nobody sees it in the numbers")
struct KeptFactorsTests {
  private let network: Network
  private let parameters: Parameters

  init() throws {
    (network, parameters) = try LargeNetworks.scattered(80, degree: 4, gain: 0.9, seed: 3).compile()
  }

  private func equilibrium(samples: Int, _ simulator: Simulator) throws -> Equilibrium {
    var random = TestRandom(7)
    return try simulator.equilibrium(
      parameters,
      inputs: Matrix((0..<samples).map { _ in random.vector(network.inputCount) })
    ).requireConverged()
  }

  private func direct() throws -> Simulator {
    try Simulator(network, backend: .named("direct"))
  }

  /// Everything that differentiates by factorizations.
  private func derivatives(_ equilibrium: Equilibrium) throws -> [Double] {
    let rows = equilibrium.sampleCount
    var random = TestRandom(8)
    func matrix(_ columns: Int) -> Matrix {
      Matrix(rows: rows, columns: columns, elements: random.vector(rows * columns))
    }
    let tangent = Tangent(inputs: matrix(network.inputCount))
    let cotangent = Cotangent.outputs(matrix(network.outputCount))
    let pullback = try equilibrium.vjp(cotangent)
    let gradient = try direct().differentiate(cotangent, at: equilibrium).get()
    var result = try equilibrium.jvp(tangent).elements
    result += pullback.inputs.elements
    result += pullback.parameters
    result += gradient.parameters
    for jacobian in try equilibrium.jacobians() { result += jacobian.elements }
    return result
  }

  @Test func oneSampleIsFactoredOnce() throws {
    let found = try equilibrium(samples: 1, direct())
    #expect(found.factors.count == 0)
    let first = try derivatives(found)
    // By `automatic` and by the backend's own method.
    let methods = found.factors.count
    #expect(methods >= 1)
    #expect(try derivatives(found) == first)
    #expect(found.factors.count == methods)
    #expect(try derivatives(equilibrium(samples: 1, direct())) == first)
  }

  @Test func ofSeveralSamplesTheSecondDemandIsKept() throws {
    let found = try equilibrium(samples: 3, direct())
    _ = try found.jacobians()
    #expect(found.factors.count == 0)
    let first = try found.jacobians(threads: 2)
    #expect(found.factors.count >= 3)
    #expect(try found.jacobians() == first)
    #expect(try equilibrium(samples: 3, direct()).jacobians() == first)
  }

  @Test("A copy that was moved since shares the factors, but none that is not its own")
  func moved() throws {
    let simulator = try direct()
    let found = try equilibrium(samples: 1, simulator)
    let before = try derivatives(found)
    var other = found
    var inputs = found.inputs
    inputs[0, 0] += 1
    try simulator.update(&other, inputs: inputs)
    let after = try derivatives(other)
    #expect(after != before)
    #expect(try derivatives(found) == before)
    #expect(try derivatives(other) == after)
    #expect(try derivatives(other[0]) == after)
  }

  @Test("Many threads at once: a lent factor is made again")
  func concurrent() async throws {
    let found = try equilibrium(samples: 1, direct())
    let first = try derivatives(found)
    try await withThrowingTaskGroup(of: [Double].self) { group in
      for _ in 0..<8 { group.addTask { try derivatives(found) } }
      for try await result in group { #expect(result == first) }
    }
  }

  @Test("A truncated or semi gradient has a matrix of its own")
  func otherMatrices() throws {
    let (found, simulator) = (try equilibrium(samples: 1, direct()), try direct())
    let targets = Matrix([[Double](repeating: 0.5, count: found.network.outputCount)])
    func gradient(_ kind: GradientKind, _ equilibrium: Equilibrium) throws -> [Double] {
      try simulator.differentiate(.halfSquaredError, targets: targets, at: equilibrium, kind: kind)
        .get().parameters
    }
    for kind in [GradientKind.exact, .semi, .exact, .semi] {
      #expect(try gradient(kind, found) == gradient(kind, found[0]))
    }
  }
}
