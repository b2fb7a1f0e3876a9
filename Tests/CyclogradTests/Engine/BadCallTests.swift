import Cyclograd
import Testing

@Suite("Calls with what does not fit, and graphs at the edge of sense")
struct BadCallTests {
  static func network() throws -> (Network, Parameters) {
    try Graph("call", seed: 1) {
      Group("x", size: 2, role: .input)
      Group("h", size: 3, activation: .tanh)
      Group("y", size: 2, role: .output)
      Connection("x", to: "h")
      Connection("h", to: "h", weight: .uniform(-0.2...0.2))
      Connection("h", to: "y")
    }.compile()
  }

  private func expect(
    _ code: CyclogradError.Code, _ words: String, subject: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
  ) {
    do {
      try body()
      Issue.record("no error", sourceLocation: sourceLocation)
    } catch let error as CyclogradError {
      #expect(error.code == code, sourceLocation: sourceLocation)
      #expect(error.message.contains(words), "\(error)", sourceLocation: sourceLocation)
      #expect(error.location.subject == subject, sourceLocation: sourceLocation)
    } catch { Issue.record(error, sourceLocation: sourceLocation) }
  }

  @Test("Inputs", arguments: ["edge-list", "direct"])
  func inputs(backend: String) throws {
    let (network, parameters) = try Self.network()
    let simulator = try Simulator(network, backend: .named(backend))
    func solve(_ inputs: Matrix) throws {
      _ = try simulator.equilibrium(parameters, inputs: inputs)
    }
    expect(.shapeMismatch, "1 columns") { try solve(Matrix([[1]])) }
    expect(.shapeMismatch, "3 columns") { try solve(Matrix([[1, 2, 3]])) }
    expect(.shapeMismatch, "0 columns") { try solve(Matrix(rows: 1, columns: 0)) }
    expect(.invalidValue, "nan", subject: "inputs, row 1, column 0") {
      try solve(Matrix([[1, 2], [.nan, 0]]))
    }
    expect(.invalidValue, "inf", subject: "inputs, row 0, column 1") {
      try solve(Matrix([[1, .infinity]]))
    }
  }

  @Test("Parameters")
  func parameters() throws {
    let (network, parameters) = try Self.network()
    let simulator = try Simulator(network)
    let inputs = Matrix([[1, 2]])
    expect(.shapeMismatch, "3 parameters") {
      _ = try simulator.equilibrium(Parameters([1, 2, 3]), inputs: inputs)
    }
    var uses: [String] = []
    network.forEachParameterUse { use in
      var bad = parameters
      bad.values[use.parameter] = .infinity
      let subject =
        use.source.map { "weight of \($0) to \(use.target)" } ?? "bias of \(use.target)"
      expect(.invalidValue, "is inf", subject: subject) {
        _ = try simulator.equilibrium(bad, inputs: inputs)
      }
      uses.append(subject)
    }
    #expect(uses.count == 6 + 9 + 6 + 7)
  }

  @Test("States")
  func states() throws {
    let (network, parameters) = try Self.network()
    let simulator = try Simulator(network)
    let inputs = Matrix([[1, 2], [3, 4], [5, 6]])
    for bad in [
      Matrix(rows: 3, columns: 6), Matrix(rows: 2, columns: 7), Matrix(rows: 0, columns: 7),
    ] {
      expect(.shapeMismatch, "the states have") {
        _ = try simulator.equilibrium(parameters, inputs: inputs, at: bad)
      }
      expect(.shapeMismatch, "the states have") {
        _ = try simulator.equilibrium(parameters, inputs: inputs, start: bad)
      }
    }
    var states = Matrix(rows: 3, columns: 7)
    states[2, 4] = .nan
    expect(.invalidValue, "nan", subject: "states, row 2") {
      _ = try simulator.equilibrium(parameters, inputs: inputs, at: states)
    }
    // One row serves all samples.
    let cold = try simulator.equilibrium(parameters, inputs: inputs)
    let warm = try simulator.equilibrium(
      parameters, inputs: inputs, start: Matrix([Array(cold.states[row: 1])]))
    #expect(warm.isConverged)
    #expect(relativeDifference(warm.states.elements, cold.states.elements) < 1e-9)
  }

  @Test("Targets and equilibria")
  func targets() throws {
    let (network, parameters) = try Self.network()
    let simulator = try Simulator(network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[1, 2], [3, 4]]))
    func differentiate(_ targets: Matrix) throws {
      _ = try simulator.gradient(of: .halfSquaredError, targets: targets, at: equilibrium)
    }
    expect(.shapeMismatch, "1 rows of targets for 2") { try differentiate(Matrix([[0, 1]])) }
    expect(.shapeMismatch, "the targets have 3 columns, and the network has 2 outputs") {
      try differentiate(Matrix([[0, 1, 0], [0, 1, 0]]))
    }
    expect(.invalidValue, "nan", subject: "targets, row 1") {
      try differentiate(Matrix([[0, 1], [.nan, 0]]))
    }
    let other = try Simulator(try Self.network().0)
    expect(.invalidOption, "another network") {
      _ = try other.gradient(
        of: .halfSquaredError, targets: Matrix(rows: 2, columns: 2), at: equilibrium)
    }
  }

  @Test("Options and names")
  func options() throws {
    let (network, _) = try Self.network()
    for tolerance in [0, -1, .nan, .infinity] {
      expect(.invalidOption, "tolerance") {
        _ = try Simulator(network, options: SolverOptions(tolerance: tolerance))
      }
    }
    expect(.invalidOption, "iterations") {
      _ = try Simulator(network, options: SolverOptions(maximumIterations: 0))
    }
    expect(.invalidOption, "threads") {
      _ = try Simulator(network, options: SolverOptions(threads: 0))
    }
    expect(.invalidOption, "'magic'") { _ = try GradientBackend.named("magic") }
    expect(.invalidOption, "'magic'") { _ = try LossRegistry.named("magic") }
    for loss in LossRegistry.all { #expect(try LossRegistry.named(loss.name).name == loss.name) }
  }

  @Test("A graph without outputs has equilibria but no gradient")
  func noOutputs() throws {
    let (network, parameters) = try Graph("no outputs") {
      Group("x", size: 1, role: .input, activation: .tanh)
      Connection("x", to: "x", weight: 0.5)
    }.compile()
    let simulator = try Simulator(network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[1]]))
    #expect(equilibrium.isConverged)
    #expect(equilibrium.outputs.columns == 0)
    expect(.invalidGraph, "no outputs") {
      _ = try simulator.gradient(
        of: .halfSquaredError, targets: Matrix(rows: 1, columns: 0), at: equilibrium)
    }
  }

  @Test("A graph without inputs takes samples without columns", arguments: ["edge-list", "direct"])
  func noInputs(backend: String) throws {
    let graph = Graph("no inputs") {
      Group("y", size: 1, role: .output, activation: .tanh, bias: 0.4)
      Connection("y", to: "y", weight: 0.5)
    }
    try Problem(graph, samples: 2).expectAgreement(backend)
  }

  @Test("No samples: an empty equilibrium, and no gradient", arguments: ["edge-list", "direct"])
  func noSamples(backend: String) throws {
    let (network, parameters) = try Self.network()
    let simulator = try Simulator(
      network, backend: .named(backend), options: SolverOptions(threads: 4))
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(rows: 0, columns: 2))
    #expect(equilibrium.sampleCount == 0)
    #expect(equilibrium.isConverged)
    #expect(equilibrium.outputs == Matrix(rows: 0, columns: 2))
    #expect(equilibrium.states == Matrix(rows: 0, columns: 7))
    expect(.notConverged, "no samples") {
      _ = try simulator.gradient(
        of: .halfSquaredError, targets: Matrix(rows: 0, columns: 2), at: equilibrium)
    }
  }

  @Test("A graph without edges, and one whose rules give none", arguments: ["edge-list", "direct"])
  func noEdges(backend: String) throws {
    let graph = Graph("no edges") {
      Group("x", size: 2, role: [.input, .output], activation: .tanh, bias: 0.1)
      Connection("x", to: "x", .inDegree(0), weight: .single(1))
      Connection("x", to: "x", .neighborhood(Neighborhood(1, 1)), self: false, weight: .kernel(1))
    }
    let problem = try Problem(graph)
    #expect(problem.network.edgeCount == 0)
    try problem.expectAgreement(backend)
  }

  @Test("A gradient that overflows is not returned as if it were good")
  func overflow() throws {
    let (network, parameters) = try Graph("overflow") {
      Group("x", size: 1, role: .input)
      Group("y", size: 1, role: .output)
      Connection("x", to: "y", weight: 1e200)
    }.compile()
    // Plain iteration takes 1e200 for running away, which is not the same as not finite.
    let plain = try Simulator(network, backend: .edgeList)
      .equilibrium(parameters, inputs: Matrix([[1]]))
    #expect(plain.evidence[0].status == .diverged)
    let simulator = try Simulator(network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[1]]))
    #expect(equilibrium.isConverged)
    let outcome = try simulator.differentiate(
      .halfSquaredError, targets: Matrix([[0]]), at: equilibrium)
    #expect(outcome.gradient == nil)
    #expect(outcome.evidence[0].status == .notFinite)
  }
}
