import Testing

@testable import Cyclograd

@Suite("What overflows in a sample is that sample's")
struct SampleFailureTests {
  static let backends = built(["automatic", "edge-list", "direct", "iterative", "klu"])

  /// y = x, with E = ½ y² for targets of 0.
  private static func identity(_ inputs: [Double]) throws -> (Simulator, Equilibrium) {
    let (network, parameters) = try Graph("identity") {
      Group("x", size: 1, role: [.input, .output])
    }.compile()
    let simulator = try Simulator(network)
    return (simulator, try simulator.equilibrium(parameters, inputs: Matrix(inputs.map { [$0] })))
  }

  /// y = w x.
  private static func product(
    _ weight: Double, _ inputs: [Double]
  ) throws -> (Simulator, Equilibrium) {
    let (network, parameters) = try Graph("product") {
      Group("x", size: 1, role: .input)
      Group("y", size: 1, role: .output)
      Connection("x", to: "y", weight: .init(.constant(weight)))
    }.compile()
    let simulator = try Simulator(network)
    return (simulator, try simulator.equilibrium(parameters, inputs: Matrix(inputs.map { [$0] })))
  }

  @Test("A loss that overflows fails its row only, and the mean can be had without it")
  func loss() throws {
    let (simulator, equilibrium) = try Self.identity([1e200, 1, 2])
    let targets = Matrix([[0], [0], [0]])
    let outcome = try simulator.differentiate(.halfSquaredError, targets: targets, at: equilibrium)
    #expect(outcome.gradient == nil && outcome.overflow == nil)
    #expect(outcome.evidence.map(\.status) == [.notFinite, .converged, .converged])
    #expect(outcome.evidence[0].detail == "its loss overflows")
    let error = #expect(throws: CyclogradError.self) { try outcome.get() }
    #expect(error?.code == .notConverged && error?.location.subject == "row 0")
    #expect(error?.message.hasPrefix("no gradient was found for 1 of 3 samples") == true)
    for (row, slope) in [(1, 1.0), (2, 2.0)] {
      let own = try simulator.gradient(
        of: .halfSquaredError, targets: Matrix([[0]]), at: equilibrium[row])
      #expect(own.parameters == [slope] && own.loss == slope * slope / 2)
    }
    let rest = try simulator.differentiate(
      .halfSquaredError, targets: targets, at: equilibrium, skippingFailures: true
    ).get()
    #expect(rest.sampleCount == 2 && rest.samples == [1, 2])
    #expect(rest.loss == 1.25 && rest.parameters == [1.5])
    #expect(rest.inputs[0, 0].isNaN && rest.inputs[1, 0] == 0.5 && rest.inputs[2, 0] == 1)
    #expect(rest.largestDerivative == 1.5)
    let check = try GradientCheck(
      rest, of: .halfSquaredError, targets: targets, at: equilibrium)
    #expect(check.isPassed && check.total == 3)
    let certificate = try GradientCertificate(
      rest, of: .halfSquaredError, targets: targets, at: equilibrium)
    #expect(certificate.isProved && certificate.states.count == 2)
    #expect(throws: CyclogradError.self) {
      try GradientCheck(rest, of: .halfSquaredError, targets: Matrix([[0]]), at: equilibrium[1])
    }
  }

  @Test("So does a derivative of a sample that overflows, though loss and adjoint are finite")
  func derivative() throws {
    // d = −1e150 and a = 1e200 in the second sample.
    let (simulator, equilibrium) = try Self.product(1e-200, [1, 1e200, 2])
    let targets = Matrix([[0], [1e150], [0]])
    let outcome = try simulator.differentiate(.halfSquaredError, targets: targets, at: equilibrium)
    #expect(outcome.gradient == nil)
    #expect(outcome.evidence.map(\.status) == [.converged, .notFinite, .converged])
    #expect(
      outcome.evidence[1].detail
        == "its derivative with respect to the weight of x.0 to y.0 overflows")
    let rest = try simulator.differentiate(
      .halfSquaredError, targets: targets, at: equilibrium, skippingFailures: true
    ).get()
    #expect(rest.samples == [0, 2])
    let expected = try simulator.gradient(
      of: .halfSquaredError, targets: Matrix([[0], [0]]), at: equilibrium.selecting([0, 2]))
    #expect(rest.parameters == expected.parameters && rest.loss == expected.loss)
  }

  @Test("A derivative of the loss that is not finite is told with its output; so is a loss of nan")
  func own() throws {
    struct Root: Loss {
      var name: String { "root" }
      func evaluate(
        outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
      ) -> Double {
        derivatives[0] = 0.5 / outputs[0].squareRoot()
        return outputs[0].squareRoot()
      }
    }
    let (simulator, equilibrium) = try Self.identity([4, 0, -1])
    let outcome = try simulator.differentiate(
      Root(), targets: Matrix([[0], [0], [0]]), at: equilibrium)
    #expect(outcome.evidence.map(\.status) == [.converged, .notFinite, .notFinite])
    #expect(
      outcome.evidence[1].detail
        == "the derivative of its loss with respect to the output x.0 is inf")
    #expect(outcome.evidence[2].detail == "its loss is not a number")
  }

  @Test("A mean that overflows although each sample is finite is an error of its own")
  func mean() throws {
    let (simulator, equilibrium) = try Self.product(1e-300, [1.5e308, 1.5e308])
    let targets = Matrix([[1], [1]])
    for row in 0...1 {
      #expect(throws: Never.self) {
        try simulator.gradient(of: .linear, targets: Matrix([[1]]), at: equilibrium[row])
      }
    }
    for skips in [false, true] {
      let outcome = try simulator.differentiate(
        .linear, targets: targets, at: equilibrium, skippingFailures: skips)
      #expect(outcome.gradient == nil)
      #expect(outcome.evidence.allSatisfy { $0.status == .converged })
      let error = #expect(throws: CyclogradError.self) { try outcome.get() }
      #expect(error?.code == .overflow)
      #expect(error?.message.contains("the mean over 2 samples overflows") == true)
    }
    // Also where a third sample has failed by itself.
    let (other, three) = try Self.product(1e-300, [1.5e308, 1.5e308, 1])
    let broken = try other.differentiate(
      .halfSquaredError, targets: Matrix([[1.5e8 - 1], [1.5e8 - 1], [1e200]]), at: three,
      skippingFailures: true)
    #expect(broken.evidence.map(\.status) == [.converged, .converged, .notFinite])
    #expect(#expect(throws: CyclogradError.self) { try broken.get() }?.code == .overflow)
    let sum = try simulator.differentiate(.outputs(targets), at: equilibrium)
    #expect(sum.overflow?.message.contains("the sum over 2 samples overflows") == true)
    let comparison = try Cyclograd.Comparison(
      simulator.network, equilibrium.parameters, inputs: equilibrium.inputs, targets: targets,
      loss: .linear, backends: [.direct], options: SolverOptions())
    #expect(comparison.rows[0].status == .notFinite && comparison.rows[0].loss == nil)
    // Of a loss whose values overflow together.
    let (identity, states) = try Self.identity([1.8e154, 1.8e154])
    #expect(
      try identity.differentiate(
        .halfSquaredError, targets: Matrix([[0], [0]]), at: states
      ).overflow != nil)
  }

  @Test("Σ v a itself may overflow: its derivatives are finite")
  func sum() throws {
    let (simulator, equilibrium) = try Self.identity([1e200, 1])
    let gradient = try simulator.gradient(
      outputDerivatives: Matrix([[1e200], [2]]), at: equilibrium)
    #expect(gradient.loss == .infinity)
    #expect(gradient.inputs.elements == [1e200, 2] && gradient.parameters == [1e200])
  }

  /// Two inputs, a cycle and an output, whose samples take all sorts of ways.
  private static let cycle = Graph("neighbours", seed: 8) {
    Group("x", size: 2, role: .input)
    Group("h", size: 6, activation: .tanh, bias: .uniform(-0.3...0.3))
    Group("y", size: 1, role: .output)
    Connection("x", to: "h", weight: .uniform(-1...1))
    Connection("h", to: "h", weight: .uniform(-0.5...0.5))
    Connection("h", to: "y", weight: .normal(0.8))
  }

  @Test(
    "What others do changes no bit of a sample's own adjoint", arguments: backends, [3, 8, 21])
  func neighbours(backend: String, count: Int) throws {
    var problem = try Problem(Self.cycle, samples: count)
    let simulator = try problem.simulator(backend)
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let whole = try simulator.gradient(
      of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
    let broken = [1, count - 1]
    for row in broken { problem.targets[row] = [row == 1 ? 1e200 : 1e160] }
    let rest = try simulator.differentiate(
      .halfSquaredError, targets: problem.targetMatrix, at: equilibrium, skippingFailures: true
    ).get()
    #expect(rest.samples == (0..<count).filter { !broken.contains($0) })
    // The factor 1/N is another one; it is rounded once here and there.
    for row in rest.samples {
      for (a, b) in zip(rest.inputs[row: row], whole.inputs[row: row]) {
        let (d, e) = (a * Double(count - 2), b * Double(count))
        #expect(abs(d - e) <= 4 * abs(e).ulp, "\(backend), row \(row)")
      }
    }
    let alone = try simulator.gradient(
      of: .halfSquaredError, targets: problem.targetMatrix.selecting(rows: rest.samples),
      at: equilibrium.selecting(rest.samples))
    #expect(relativeDifference(rest.parameters, alone.parameters) < 1e-9)
    #expect(abs(rest.loss - alone.loss) <= 1e-15 * alone.loss)
  }

  @Test("A sample for which no equilibrium was found can be left out as well", arguments: backends)
  func equilibria(backend: String) throws {
    // h = relu(h + x) has none where x > 0.
    let (network, parameters) = try Graph("runaway") {
      Group("x", size: 1, role: .input)
      Group("h", size: 1, activation: .relu)
      Group("y", size: 1, role: .output, bias: 1)
      Connection("x", to: "h", weight: 1)
      Connection("h", to: "h", weight: 1)
      Connection("h", to: "y", weight: 1)
    }.compile()
    let simulator = try Simulator(network, backend: .named(backend))
    let inputs = Matrix([[-1], [2], [-3], [1]])
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    let statuses = equilibrium.evidence.map(\.status)
    #expect(statuses.map { $0 == .converged } == [true, false, true, false])
    let targets = Matrix([[0], [0], [3], [0]])
    let strict = try simulator.differentiate(.halfSquaredError, targets: targets, at: equilibrium)
    #expect(strict.gradient == nil && strict.evidence.map(\.status) == statuses)
    let rest = try simulator.differentiate(
      .halfSquaredError, targets: targets, at: equilibrium, skippingFailures: true)
    #expect(rest.evidence[1].status == statuses[1])
    // (y − t) is 1 and −2.
    let gradient = try rest.get()
    #expect(gradient.samples == [0, 2] && gradient.loss == 1.25)
    #expect(abs(gradient.parameters.last! - -0.5) < 1e-15)
    let none = try simulator.differentiate(
      .halfSquaredError, targets: Matrix([[1e200], [0], [1e200], [0]]), at: equilibrium,
      skippingFailures: true)
    #expect(none.gradient == nil && none.overflow == nil)
    #expect(throws: CyclogradError.self) { try none.get() }
  }

  @Test("Training leaves out the failing sample alone, and a mean that overflows blows it up")
  func training() throws {
    let problem = try TrainingProblem(samples: 8)
    var targets = problem.table.targets
    targets[3, 1] = 1e200
    let rows = [0, 1, 2, 4, 5, 6, 7]
    for optimizer in [Optimizer.sgd(), .adam(), .lbfgs()] {
      let options = TrainerOptions(
        optimizer: optimizer, learningRate: LearningRate(0.1), warmStart: .sample)
      var trainer = try problem.trainer(options)
      var alone = try problem.trainer(options)
      for _ in 0..<3 {
        let report = try trainer.step(
          inputs: problem.table.inputs, targets: targets, samples: Array(10..<18))
        #expect(report.used == 7 && report.skipped.map(\.sample) == [13])
        #expect(report.skipped[0].evidence.detail == "its loss overflows")
        let expected = try alone.step(
          inputs: problem.table.inputs.selecting(rows: rows),
          targets: targets.selecting(rows: rows))
        #expect(abs(report.loss - expected.loss) < 1e-10)
      }
      #expect(
        relativeDifference(trainer.parameters.values, alone.parameters.values) < 1e-8,
        "\(optimizer.name)")
    }
    var strict = try problem.trainer(TrainerOptions(failures: .stop))
    let error = #expect(throws: CyclogradError.self) {
      try strict.step(inputs: problem.table.inputs, targets: targets, samples: Array(10..<18))
    }
    #expect(error?.code == .notConverged)
    #expect(error?.location.subject == "step 1, sample 13")
    #expect(error?.message.hasPrefix("no gradient was found for a sample") == true)

    let (simulator, equilibrium) = try Self.product(1e-300, [1.5e308, 1.5e308])
    var trainer = try Trainer(
      simulator, equilibrium.parameters, TrainerOptions(loss: .linear))
    let overflow = #expect(throws: CyclogradError.self) {
      try trainer.step(inputs: equilibrium.inputs, targets: Matrix([[1], [1]]))
    }
    #expect(overflow?.code == .blownUp)
    #expect(overflow?.message.contains("the mean over 2 samples overflows") == true)
    #expect(trainer.state.steps == 0)
  }
}
