import Testing

@testable import Cyclograd

@Suite("A trainer updates what it should")
struct TrainerTests {
  /// h = relu(h + x): without an equilibrium where x > 0, with h = 0 where x < 0.
  private func runaway() throws -> (network: Network, parameters: Parameters) {
    try Graph("runaway") {
      Group("x", size: 1, role: .input)
      Group("h", size: 1, activation: .relu)
      Group("y", size: 1, role: .output)
      Connection("x", to: "h", weight: .frozen(.constant(1)))
      Connection("h", to: "h", weight: .frozen(.constant(1)))
      Connection("h", to: "y", weight: 1)
    }.compile()
  }

  @Test("A sample that does not converge is left out, and its gradient with it")
  func skipped() throws {
    let (network, parameters) = try runaway()
    let options = TrainerOptions(optimizer: .sgd(), learningRate: LearningRate(0.1))
    var both = try Trainer(Simulator(network), parameters, options)
    let report = try both.step(
      inputs: Matrix([[-1], [2], [-3]]), targets: Matrix([[1], [1], [5]]), samples: [7, 8, 9])
    #expect(report.used == 2)
    #expect(report.skipped.map(\.sample) == [8])
    #expect(report.skipped.first.map { $0.evidence.status != .converged } == true)
    #expect(both.state.skippedSamples == 1)
    var alone = try Trainer(Simulator(network), parameters, options)
    let expected = try alone.step(inputs: Matrix([[-1], [-3]]), targets: Matrix([[1], [5]]))
    #expect(report.loss == expected.loss)
    #expect(both.parameters == alone.parameters)
    #expect(both.parameters != parameters)
  }

  @Test(
    "A step without any usable sample changes nothing but the counts; many in a row are an error")
  func empty() throws {
    let (network, parameters) = try runaway()
    var trainer = try Trainer(
      Simulator(network), parameters, TrainerOptions(emptyStepLimit: 3))
    for _ in 0..<2 {
      let report = try trainer.step(inputs: Matrix([[1]]), targets: Matrix([[1]]))
      #expect(report.loss.isNaN && report.used == 0)
    }
    #expect(trainer.parameters == parameters)
    #expect(trainer.state.optimizer.updates == 0)
    let error = #expect(throws: CyclogradError.self) {
      try trainer.step(inputs: Matrix([[1]]), targets: Matrix([[1]]))
    }
    #expect(error?.code == .blownUp)
    #expect(error?.location.subject?.contains("step 3") == true)
  }

  @Test(
    "Norms by where parameters act are those of the gradient and the parameters before the update")
  func blocks() throws {
    let (network, parameters) = try Graph("blocks", seed: 3) {
      Group("x", size: 2, role: .input)
      Group("h", size: 3, activation: .tanh)
      Group("y", size: 1, role: .output)
      Connection("x", to: "h", weight: .frozen(.constant(1)))
      Connection("h", to: "h", weight: .normal(0.2))
      Connection("h", to: "y", weight: .normal(1))
    }.compile()
    let (x, t) = (Matrix([[0.5, -1], [1, 0.25]]), Matrix([[1], [0]]))
    let simulator = try Simulator(network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: x)
    let gradient = try simulator.gradient(of: .halfSquaredError, targets: t, at: equilibrium)
    var options = TrainerOptions(optimizer: .sgd(), learningRate: LearningRate(0.1))
    var silent = try Trainer(simulator, parameters, options)
    #expect(try silent.step(inputs: x, targets: t).blocks.isEmpty)
    options.reportsBlocks = true
    var trainer = try Trainer(simulator, parameters, options)
    let report = try trainer.step(inputs: x, targets: t)
    #expect(trainer.parameters == silent.parameters)
    #expect(
      Set(report.blocks.map(\.name))
        == ["h → h", "h → y", "biases of h", "biases of y"])
    func norm(_ selection: ParameterSelection, _ values: [Double]) -> Double {
      var sum = 0.0
      network.forEachParameter(of: selection) { sum += values[$0] * values[$0] }
      return sum.squareRoot()
    }
    for (name, selection) in [
      ("h → h", ParameterSelection(.weights, from: "h", to: "h")),
      ("h → y", .init(.weights, from: "h", to: "y")), ("biases of h", .init(.biases, to: "h")),
    ] {
      let block = try #require(report.blocks.first { $0.name == name })
      let slope = norm(selection, gradient.parameters)
      #expect(abs(block.gradient - slope) <= 1e-12 * max(1, slope), "\(name)")
      #expect(abs(block.parameters - norm(selection, parameters.values)) < 1e-12, "\(name)")
    }
    #expect(report.residual == equilibrium.evidence.map(\.residual).max())
  }

  @Test("With the policy stop, training stops before anything changes")
  func stop() throws {
    let (network, parameters) = try runaway()
    var trainer = try Trainer(
      Simulator(network), parameters, TrainerOptions(failures: .stop))
    let error = #expect(throws: CyclogradError.self) {
      try trainer.step(
        inputs: Matrix([[-1], [1]]), targets: Matrix([[1], [1]]), samples: [3, 4])
    }
    #expect(error?.code == .notConverged)
    #expect(error?.location.subject == "step 1, sample 4")
    #expect(trainer.state.steps == 0 && trainer.parameters == parameters)
  }

  @Test("A learning rate that blows up is reported with step and group; parameters stay finite")
  func blowUp() throws {
    let problem = try TrainingProblem()
    var trainer = try problem.trainer(
      TrainerOptions(
        optimizer: .sgd(), learningRate: LearningRate(0.01),
        groups: [ParameterGroup("answers", .init(.weights, to: "y"), rateFactor: 1e6)]))
    let error = #expect(throws: CyclogradError.self) {
      for _ in 0..<200 {
        _ = try trainer.step(inputs: problem.table.inputs, targets: problem.table.targets)
      }
    }
    #expect(error?.code == .blownUp)
    // What the answers' rate has blown up may show in another group's parameters first.
    let subject = error?.location.subject ?? ""
    #expect(subject.hasPrefix("step \(trainer.state.steps + 1), parameter group "))
    #expect(trainer.parameters.values.allSatisfy { abs($0) <= 1e8 })
  }

  @Test("Groups have learning rates of their own, frozen ones stay")
  func groups() throws {
    let problem = try TrainingProblem()
    let step = { (groups: [ParameterGroup]) in
      var trainer = try problem.trainer(
        TrainerOptions(optimizer: .sgd(), learningRate: LearningRate(0.1), groups: groups))
      _ = try trainer.step(inputs: problem.table.inputs, targets: problem.table.targets)
      return zip(trainer.parameters.values, problem.parameters.values).map { $0 - $1 }
    }
    let plain = try step([])
    let changed = try step([
      ParameterGroup("slow", .init(.weights, from: "h", to: "h"), rateFactor: 0.5),
      ParameterGroup("fixed", .init(to: "y"), isFrozen: true),
    ])
    var kinds: [Int: String] = [:]
    problem.network.forEachParameterUse { use in
      let from = use.source.map { String($0.prefix(1)) } ?? "bias"
      kinds[use.parameter] = "\(from) \(use.target.prefix(1))"
    }
    for (parameter, kind) in kinds {
      switch kind {
      case "h h": #expect(abs(changed[parameter] - 0.5 * plain[parameter]) < 1e-15)
      case "h y", "k y", "bias y", "bias x": #expect(changed[parameter] == 0)
      default: #expect(changed[parameter] == plain[parameter])
      }
      if kind != "bias x" { #expect(plain[parameter] != 0, "\(kind)") }
    }
    let error = #expect(throws: CyclogradError.self) {
      try step([ParameterGroup("typo", .init(to: "z"))])
    }
    #expect(error?.message.contains("'z'") == true)
  }

  @Test("Weights of groups without a decay of their own have that of the options, biases none")
  func decayOfGroups() throws {
    let problem = try TrainingProblem()
    let step = { (decay: Double, groups: [ParameterGroup]) in
      var trainer = try problem.trainer(
        TrainerOptions(
          optimizer: .sgd(), learningRate: LearningRate(0.1), groups: groups, decay: decay))
      _ = try trainer.step(inputs: problem.table.inputs, targets: problem.table.targets)
      return trainer.parameters.values
    }
    let decayed = try step(0.5, [])
    #expect(decayed != (try step(0, [])))
    #expect(try step(0.5, [ParameterGroup("all", .init())]) == decayed)
    #expect(try step(0.5, [ParameterGroup("some", .init(.weights, to: "h"))]) == decayed)
    #expect(try step(0.1, [ParameterGroup("own", .init(.weights), decay: 0.5)]) == decayed)
    #expect(try step(0.5, [ParameterGroup("none", .init(), decay: 0)]) == (try step(0, [])))
  }

  @Test("Derivatives are cut, then the norm is scaled down")
  func clipping() throws {
    let problem = try TrainingProblem()
    let (x, y) = (problem.table.inputs, problem.table.targets)
    let simulator = try problem.simulator()
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: y,
      at: simulator.equilibrium(problem.parameters, inputs: x)
    ).parameters
    let trained = gradient.indices.filter { problem.network.isTrainable(parameter: $0) }
    let cut = gradient.map { max(-0.05, min(0.05, $0)) }
    #expect(cut != gradient)
    let norm = trained.reduce(0) { $0 + cut[$1] * cut[$1] }.squareRoot()
    var trainer = try problem.trainer(
      TrainerOptions(
        optimizer: .sgd(), learningRate: LearningRate(1), valueLimit: 0.05,
        normLimit: norm / 2))
    let report = try trainer.step(inputs: x, targets: y)
    #expect(abs(report.gradientNorm - norm) < 1e-14)
    for index in trained {
      let change = problem.parameters.values[index] - trainer.parameters.values[index]
      #expect(abs(change - cut[index] / 2) < 1e-14)
    }
  }

  @Test("Warm starts take fewer iterations to the same gradient, sample by sample")
  func warmStarts() throws {
    let problem = try TrainingProblem()
    let make = { (start: TrainerOptions.WarmStart) in
      try Trainer(
        Simulator(problem.network, backend: .iterative, options: .init(tolerance: 1e-9)),
        problem.parameters,
        TrainerOptions(
          optimizer: .sgd(), learningRate: LearningRate(1e-3), warmStart: start))
    }
    var (cold, warm) = (try make(.none), try make(.sample))
    var (coldIterations, warmIterations) = (0, 0)
    for step in 0..<6 {
      // Samples change their rows, and sample 0 is new in the last step.
      let rows = step == 5 ? [0, 3, 1] : [1 + step % 3, 1 + (step + 1) % 3, 1 + (step + 2) % 3]
      let (inputs, targets) = problem.table.samples(rows)
      let a = try cold.step(inputs: inputs, targets: targets, samples: rows)
      let b = try warm.step(inputs: inputs, targets: targets, samples: rows)
      #expect(abs(a.loss - b.loss) < 1e-7)
      if step > 0 {
        coldIterations += a.forwardIterations
        warmIterations += b.forwardIterations
      }
    }
    #expect(warmIterations < coldIterations, "\(warmIterations) \(coldIterations)")
    #expect(Set(warm.state.warmStates.keys) == [0, 1, 2, 3])
  }

  @Test("Bit-identical for any number of threads")
  func threads() throws {
    let problem = try TrainingProblem()
    let results = try [1, 2, 5].map { threads in
      var trainer = try problem.trainer(
        TrainerOptions(normLimit: 0.1, warmStart: .row), threads: threads)
      for _ in 0..<5 {
        _ = try trainer.step(inputs: problem.table.inputs, targets: problem.table.targets)
      }
      return trainer.state
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }
}
