import TestSupport
import Testing

@testable import Cyclograd

@Suite("Vector–Jacobian products", .tags(.slow), .unlessFast)
struct VectorJacobianTests {
  /// A random network with an equilibrium, solved to rounding level.
  private static func equilibrium(_ seed: UInt64) throws -> (Problem, Equilibrium)? {
    let mood: RandomGraphs.Mood = seed % 2 == 0 ? .tame : .wild
    let problem = try Problem(RandomGraphs.make(mood, seed: 9_000 + seed), samples: 3, seed: seed)
    let found = try Simulator(problem.network, options: .init(tolerance: 1e-13)).equilibrium(
      problem.parameters, inputs: problem.inputMatrix)
    guard found.isConverged else { return nil }
    var random = TestRandom(seed)
    let oracle = DenseOracle(problem.network, problem.parameters)
    let worst = (0..<3).map { oracle.sensitivity(at: Array(found.states[row: $0]), &random) }.max()
    return worst! < 1e4 ? (problem, found) : nil
  }

  private static func dot(_ x: [Double], _ y: [Double]) -> Double { DenseAlgebra.dot(x, y) }

  private static func random(_ rows: Int, _ columns: Int, _ random: inout TestRandom) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: random.vector(rows * columns))
  }

  @Test("⟨v, J u⟩ = ⟨Jᵀ v, u⟩ for inputs and parameters, by factorizations and by every backend")
  func adjoint() throws {
    var compared = 0
    for seed in 0..<50 as Range<UInt64> {
      guard let (problem, equilibrium) = try Self.equilibrium(seed) else { continue }
      let network = problem.network
      var random = TestRandom(seed)
      let v = Self.random(3, network.outputCount, &random)
      let tangent = Tangent(
        inputs: Self.random(3, network.inputCount, &random),
        parameters: random.vector(network.parameterCount))
      let forward = Self.dot(v.elements, try equilibrium.jvp(tangent).elements)
      func expectAgreement(_ parameters: [Double], _ inputs: Matrix, _ what: String) {
        let backward =
          Self.dot(parameters, tangent.parameters!)
          + Self.dot(inputs.elements, tangent.inputs!.elements)
        let scale = max(1, DenseAlgebra.largest(parameters), DenseAlgebra.largest(inputs.elements))
        #expect(abs(forward - backward) < 1e-8 * scale, "seed \(seed), \(what)")
      }
      let pullback = try equilibrium.vjp(.outputs(v), threads: 2)
      expectAgreement(pullback.parameters, pullback.inputs, "vjp")
      for backend in built(["automatic", "edge-list", "direct", "iterative", "klu"]) {
        let outcome = try problem.simulator(backend).differentiate(.outputs(v), at: equilibrium)
        // Where plain iteration does not converge, its adjoint need not either.
        guard let gradient = outcome.gradient else { continue }
        expectAgreement(gradient.parameters, gradient.inputs, backend)
        compared += 1
      }
    }
    #expect(compared > 100)
  }

  @Test("Σ v a over outputs has the derivatives of the dense oracle and of central differences")
  func oracle() throws {
    var compared = 0
    for seed in 0..<40 as Range<UInt64> {
      guard let (problem, equilibrium) = try Self.equilibrium(seed) else { continue }
      let network = problem.network
      var random = TestRandom(seed + 100)
      let v = Self.random(3, network.outputCount, &random)
      let rows = (0..<3).map { Array(v[row: $0]) }
      let states = (0..<3).map { Array(equilibrium.states[row: $0]) }
      let oracle = DenseOracle(network, problem.parameters)
      // The mean of v · a, three times.
      let mean = try oracle.gradient(ReferenceLoss(LinearLoss()), at: states, targets: rows)
      let found = try problem.simulator("direct").gradient(
        outputDerivatives: v, at: equilibrium)
      #expect(found.sampleCount == 3)
      #expect(abs(found.loss - 3 * mean.loss) < 1e-10 * max(1, abs(found.loss)))
      let scale = max(1, DenseAlgebra.largest(found.parameters))
      let expected = mean.parameters.map { 3 * $0 }
      #expect(
        relativeDifference(found.parameters, expected, floor: scale) < 1e-8, "seed \(seed)")
      #expect(
        relativeDifference(
          found.inputs.elements, mean.inputs.joined().map { 3 * $0 }, floor: scale) < 1e-8)
      guard seed % 2 == 0 else { continue }
      let direction = random.vector(network.parameterCount)
      guard
        let central = try oracle.centralDifference(
          ReferenceLoss(LinearLoss()), problem.parameters.values, inputs: problem.inputs,
          targets: rows, at: states, along: direction)
      else { continue }
      #expect(
        abs(Self.dot(found.parameters, direction) - 3 * central) < 1e-6 * scale, "seed \(seed)")
      compared += 1
    }
    #expect(compared > 10)
  }

  @Test("A cotangent of all neurons is one of a network whose outputs are all neurons")
  func neurons() throws {
    var compared = 0
    for seed in 0..<20 as Range<UInt64> {
      var graph = RandomGraphs.make(.tame, seed: 400 + seed)
      let problem = try Problem(graph, samples: 5, seed: seed)
      graph.outputs = graph.groups.map { NeuronRange($0.name) }
      let all = try graph.compile()
      #expect(all.network.outputCount == all.network.neuronCount)
      var random = TestRandom(seed)
      let v = Self.random(5, problem.network.neuronCount, &random)
      for backend in ["automatic", "edge-list", "direct"] {
        let simulator = try problem.simulator(backend)
        let equilibrium = try simulator.equilibrium(
          problem.parameters, inputs: problem.inputMatrix)
        guard equilibrium.isConverged else { continue }
        let wide = try Simulator(
          all.network, backend: .named(backend), options: simulator.options)
        let state = try wide.equilibrium(all.parameters, inputs: problem.inputMatrix)
        let found = try simulator.gradient(neuronDerivatives: v, at: equilibrium)
        let expected = try wide.gradient(outputDerivatives: v, at: state)
        let scale = max(1, DenseAlgebra.largest(expected.parameters))
        #expect(
          relativeDifference(found.parameters, expected.parameters, floor: scale) < 1e-10,
          "seed \(seed), \(backend)")
        #expect(
          relativeDifference(found.inputs.elements, expected.inputs.elements, floor: scale) < 1e-10)
        #expect(abs(found.loss - expected.loss) < 1e-10 * max(1, abs(expected.loss)))
        let pullback = try equilibrium.vjp(.neurons(v))
        #expect(relativeDifference(pullback.parameters, expected.parameters, floor: scale) < 1e-8)
        compared += 1
      }
    }
    #expect(compared > 40)
  }

  @Test("The gradient of a mean loss is the product with (a − y) / N, for every kind of gradient")
  func mean() throws {
    let problem = try Problem(LossTests.graph, samples: 5)
    let simulator = try problem.simulator("direct")
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let v = Matrix(
      rows: 5, columns: 3,
      elements: zip(equilibrium.outputs.elements, problem.targetMatrix.elements).map {
        ($0 - $1) / 5
      })
    for kind in [GradientKind.exact, .semi, .neumann(terms: 3), .phantom(steps: 2, damping: 0.5)] {
      let mean = try simulator.differentiate(
        .halfSquaredError, targets: problem.targetMatrix, at: equilibrium, kind: kind
      ).get()
      let product = try simulator.differentiate(.outputs(v), at: equilibrium, kind: kind).get()
      #expect(relativeDifference(product.parameters, mean.parameters) < 1e-14, "\(kind)")
      #expect(relativeDifference(product.inputs.elements, mean.inputs.elements) < 1e-14)
    }
  }

  @Test("Samples are summed: twice as many of them have twice the derivatives")
  func sum() throws {
    let problem = try Problem(LossTests.graph, samples: 4)
    let simulator = try problem.simulator("direct")
    let once = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let twice = try simulator.equilibrium(
      problem.parameters, inputs: Matrix(problem.inputs + problem.inputs))
    let v = problem.targets
    let first = try simulator.gradient(outputDerivatives: Matrix(v), at: once)
    let second = try simulator.gradient(outputDerivatives: Matrix(v + v), at: twice)
    #expect(relativeDifference(second.parameters, first.parameters.map { 2 * $0 }) < 1e-13)
    #expect(
      relativeDifference(
        second.inputs.elements, first.inputs.elements + first.inputs.elements) < 1e-13)
    #expect(abs(second.loss - 2 * first.loss) < 1e-13)
  }

  @Test("A check passes for what is right, and fails for what is not; so do certificates")
  func check() throws {
    let problem = try Problem(LossTests.graph, samples: 2)
    let simulator = try problem.simulator("direct")
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    var random = TestRandom(5)
    let v = Self.random(2, problem.network.neuronCount, &random)
    let gradient = try simulator.gradient(neuronDerivatives: v, at: equilibrium)
    let check = try GradientCheck(gradient, of: .neurons(v), at: equilibrium)
    #expect(check.isPassed && check.checked == problem.network.parameterCount + 4)
    let certificate = try GradientCertificate(gradient, of: .neurons(v), at: equilibrium)
    #expect(certificate.isProved && certificate.largestError < 1e-10)
    let other = Self.random(2, problem.network.neuronCount, &random)
    #expect(try !GradientCheck(gradient, of: .neurons(other), at: equilibrium).isPassed)
    #expect(
      try GradientCertificate(gradient, of: .neurons(other), at: equilibrium).largestError > 1e-3)
  }

  @Test("Without outputs, neurons can be differentiated all the same")
  func noOutputs() throws {
    let (network, parameters) = try Graph("no outputs") {
      Group("x", size: 1, role: .input)
      Group("h", size: 1, activation: .tanh)
      Connection("x", to: "h", weight: 1)
      Connection("h", to: "h", weight: 0.5)
    }.compile()
    let simulator = try Simulator(network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[1]]))
    let gradient = try simulator.gradient(neuronDerivatives: Matrix([[0, 1]]), at: equilibrium)
    // da/dx = s / (1 − s / 2) with s = 1 − a².
    let a = equilibrium.neuronActivations[0, 1]
    let s = 1 - a * a
    #expect(abs(gradient.inputs[0, 0] - s / (1 - s / 2)) < 1e-10)
    #expect(throws: CyclogradError.self) {
      try simulator.gradient(outputDerivatives: Matrix(rows: 1, columns: 0), at: equilibrium)
    }
  }

  @Test("What does not fit is refused")
  func failures() throws {
    let problem = try Problem(LossTests.graph, samples: 2)
    let simulator = try problem.simulator("direct")
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    func code(_ cotangent: Cotangent) -> [CyclogradError.Code?] {
      [
        { _ = try simulator.differentiate(cotangent, at: equilibrium) },
        { _ = try equilibrium.vjp(cotangent) },
      ].map { (body: () throws -> Void) in
        do {
          try body()
          return nil
        } catch { return (error as? CyclogradError)?.code }
      }
    }
    let neurons = problem.network.neuronCount
    #expect(code(.outputs(Matrix(rows: 2, columns: 3))) == [nil, nil])
    #expect(code(.neurons(Matrix(rows: 2, columns: neurons))) == [nil, nil])
    for wrong in [
      Cotangent.outputs(Matrix(rows: 2, columns: neurons)), .outputs(Matrix(rows: 1, columns: 3)),
      .neurons(Matrix(rows: 2, columns: 3)), .neurons(Matrix(rows: 3, columns: neurons)),
    ] {
      #expect(code(wrong) == [.shapeMismatch, .shapeMismatch])
    }
    for value in [Double.nan, .infinity] {
      let bad = Matrix([[0, 0, 0], [0, value, 0]])
      #expect(code(.outputs(bad)) == [.invalidValue, .invalidValue])
    }
    let other = try Simulator(Problem(LossTests.graph).network)
    #expect(throws: CyclogradError.self) {
      try other.gradient(outputDerivatives: Matrix(rows: 2, columns: 3), at: equilibrium)
    }
  }
}
