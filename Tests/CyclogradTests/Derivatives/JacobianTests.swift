import Testing

@testable import Cyclograd

@Suite("Jacobians and forward derivatives")
struct JacobianTests {
  @Test("numbers that are too large are no derivatives, and directions are numbers")
  func notFinite() throws {
    let graph = Graph("large", seed: 1) {
      Group("x", size: 1, role: .input)
      Group("h", size: 1, activation: .tanh)
      Group("y", size: 1, role: .output)
      Connection("x", to: "h", weight: 1e200)
      Connection("h", to: "y", weight: 1e200)
    }
    let (network, parameters) = try graph.compile()
    let found = try Simulator(network).equilibrium(
      parameters, inputs: Matrix(rows: 1, columns: 1, elements: [0]))
    try #require(found.isConverged)
    let error = #expect(throws: CyclogradError.self) { try found.jacobians() }
    #expect(error?.message.contains("the derivative of y.0 by x.0 is inf") == true)
    #expect(throws: CyclogradError.self) {
      try found.jvp(Tangent(inputs: Matrix(rows: 1, columns: 1, elements: [1])))
    }
    let bad = #expect(throws: CyclogradError.self) {
      try found.jvp(Tangent(inputs: Matrix(rows: 1, columns: 1, elements: [.nan])))
    }
    #expect(bad?.message.contains("the direction of x.0 is nan") == true)
  }

  private static func equilibrium(_ seed: UInt64) throws -> (Problem, Equilibrium)? {
    let mood: RandomGraphs.Mood = seed % 2 == 0 ? .tame : .wild
    let problem = try Problem(RandomGraphs.make(mood, seed: 7_000 + seed), samples: 2, seed: seed)
    let found = try Simulator(problem.network, options: .init(tolerance: 1e-13)).equilibrium(
      problem.parameters, inputs: problem.inputMatrix)
    return found.isConverged ? (problem, found) : nil
  }

  @Test("along one direction, or backwards, large components are swept where factors would fill up")
  func largeComponents() throws {
    let graph = Graph("large", seed: 3) {
      Group("x", size: 4, role: .input)
      Group("h", size: 6_000, activation: .tanh)
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", .inDegree(1), weight: .normal(0.5))
      Connection("h", to: "h", .inDegree(8), weight: .normal(0.3))
      Connection("h", to: "y", .inDegree(50))
    }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network, options: .init(tolerance: 1e-13))
    let inputs = Matrix([[0.3, -0.2, 0.9, 0.1], [1, 2, -1, 0.5]])
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    try #require(equilibrium.isConverged)
    let direction = Matrix([[0.5, 1, -0.25, 2], [0.1, 0, 1, -1]])
    let h = 1e-5
    func moved(_ length: Double) throws -> Matrix {
      let elements = zip(inputs.elements, direction.elements).map { $0 + length * $1 }
      return try simulator.equilibrium(
        parameters, inputs: Matrix(rows: 2, columns: 4, elements: elements)
      ).outputs
    }
    let (above, below) = (try moved(h), try moved(-h))
    let products = try equilibrium.jvp(Tangent(inputs: direction))
    for (index, product) in products.elements.enumerated() {
      let difference = (above.elements[index] - below.elements[index]) / (2 * h)
      #expect(abs(product - difference) < 1e-7)
    }
    let cotangent = Matrix([[1, -2], [0.5, 3]])
    let pullback = try equilibrium.vjp(.outputs(cotangent))
    func dot(_ x: some Sequence<Double>, _ y: some Sequence<Double>) -> Double {
      zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for row in 0..<2 {
      let forward = dot(products[row: row], cotangent[row: row])
      let backward = dot(pullback.inputs[row: row], direction[row: row])
      #expect(abs(forward - backward) < 1e-10)
    }
  }

  @Test("agree with dense algebra, and J v with J and with central differences")
  func random() throws {
    var compared = 0
    for seed in 0..<60 as Range<UInt64> {
      guard let (problem, equilibrium) = try Self.equilibrium(seed) else { continue }
      var random = TestRandom(seed)
      let oracle = DenseOracle(problem.network, problem.parameters)
      guard oracle.sensitivity(at: Array(equilibrium.states[row: 0]), &random) < 1e5 else {
        continue
      }
      let jacobians = try equilibrium.jacobians(threads: 2)
      let direction = Matrix(
        problem.inputs.map { row in row.map { _ in random.number(-1, 1) } })
      let products = try equilibrium.jvp(Tangent(inputs: direction))
      for row in 0..<2 {
        let z = Array(equilibrium.states[row: row])
        let exact = try oracle.jacobian(at: z)
        let scale = max(1, exact.joined().map(abs).max() ?? 0)
        for (i, expected) in exact.enumerated() {
          for (j, value) in expected.enumerated() {
            #expect(abs(jacobians[row][i, j] - value) < 1e-8 * scale, "seed \(seed)")
          }
          let product = zip(jacobians[row][row: i], direction[row: row]).reduce(0) {
            $0 + $1.0 * $1.1
          }
          #expect(abs(products[row, i] - product) < 1e-8 * scale, "seed \(seed)")
        }
        compared += 1
      }
    }
    #expect(compared > 60)
  }

  @Test("J v along parameters is what central differences give, and the gradient's product")
  func parameters() throws {
    var compared = 0
    var kinks = 0
    for seed in 0..<40 as Range<UInt64> {
      guard seed % 2 == 0, let (problem, equilibrium) = try Self.equilibrium(seed) else { continue }
      var random = TestRandom(seed + 1)
      let direction = problem.parameters.values.map { _ in random.number(-1, 1) }
      let change = try equilibrium.jvp(Tangent(parameters: direction))
      // For half the squared error with targets y, the derivative along v is Σ (a − y) (J v) / N.
      let gradient = try Simulator(problem.network, backend: .direct).gradient(
        of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
      let along = zip(gradient.parameters, direction).reduce(0) { $0 + $1.0 * $1.1 }
      var expected = 0.0
      let outputs = equilibrium.outputs
      for row in 0..<2 {
        for j in 0..<outputs.columns {
          expected += (outputs[row, j] - problem.targets[row][j]) * change[row, j] / 2
        }
      }
      #expect(abs(along - expected) < 1e-9 * max(1, abs(along)), "seed \(seed)")
      compared += 1
      let step = 1e-6
      func moved(_ sign: Double) throws -> Matrix {
        var parameters = problem.parameters
        for p in direction.indices { parameters.values[p] += sign * step * direction[p] }
        return try Simulator(problem.network, backend: .direct, options: .init(tolerance: 1e-13))
          .equilibrium(parameters, inputs: problem.inputMatrix, start: equilibrium.states).outputs
      }
      let (above, below) = (try moved(1), try moved(-1))
      for n in change.elements.indices
      where above.elements[n].isFinite && below.elements[n].isFinite {
        let difference = (above.elements[n] - below.elements[n]) / (2 * step)
        // A kink within the step makes the difference worthless, but not often.
        if abs(difference - change.elements[n]) > 1e-4 * max(1, abs(difference)) { kinks += 1 }
      }
    }
    #expect(compared > 10 && kinks <= 2)
  }

  @Test(
    "the quality of an adjoint's linear system: backward error at rounding level, condition as known"
  )
  func quality() throws {
    // I − W = [[1, −1 + ε], [−1 + ε, 1]] has the condition (2 − ε) / ε in the ∞-norm.
    for gap in [0.5, 1e-3, 1e-6] {
      let (network, parameters) = try Graph("pair") {
        Group("y", size: 2, role: [.input, .output])
        Edge(.init("y", 0), to: .init("y", 1), weight: .init(.constant(1 - gap)))
        Edge(.init("y", 1), to: .init("y", 0), weight: .init(.constant(1 - gap)))
      }.compile()
      for lists in [false, true] {
        let simulator = try Simulator(
          network, backend: .named("dense"), options: .init(listsComponents: lists))
        let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[1, 0.3]]))
        let gradient = try simulator.gradient(
          of: .halfSquaredError, targets: Matrix([[0, 0]]), at: equilibrium)
        let quality = try #require(gradient.evidence[0].linearSystem)
        #expect(quality.backwardError <= 4e-16)
        let value = try #require(quality.reciprocalCondition) * (2 - gap) / gap
        // An estimate from below of the condition, within a factor of 3 where it was asked for.
        #expect(value > 1 - 1e-6 && (!lists || value < 3), "\(gap)")
      }
    }
  }

  @Test("what has no derivative says so, and what does not fit is refused")
  func failures() throws {
    let (network, parameters) = try Graph("flat") {
      Group("y", size: 1)
      Edge(.init("y", 0), to: .init("y", 0), weight: .init(.constant(1)))
      Inputs(NeuronRange("y", 0...0))
      Outputs(NeuronRange("y", 0...0))
    }.compile()
    let equilibrium = try Simulator(network, backend: .edgeList).equilibrium(
      parameters, inputs: Matrix([[0]]))
    #expect(throws: CyclogradError.self) { try equilibrium.jacobians() }
    #expect(throws: CyclogradError.self) {
      try equilibrium.jvp(Tangent(inputs: Matrix([[1, 2]])))
    }
    #expect(throws: CyclogradError.self) { try equilibrium.jvp(Tangent(parameters: [])) }
  }
}

extension DenseOracle {
  /// ∂outputs/∂inputs, column by column: (I − W Dᵀ) δz = e, δa = Dᵀ δz.
  fileprivate func jacobian(at z: [Double]) throws -> [[Double]] {
    let transposed = DenseAlgebra.transpose(slopes(z), columns: neuronCount)
    let matrix = DenseAlgebra.subtract(
      DenseAlgebra.identity(unitCount), DenseAlgebra.product(w, transposed))
    let columns = try inputs.map { s in
      var right = [Double](repeating: 0, count: unitCount)
      right[s] = 1
      return DenseAlgebra.product(transposed, try DenseAlgebra.solve(matrix, right))
    }
    return outputs.map { k in columns.map { $0[k] } }
  }
}
