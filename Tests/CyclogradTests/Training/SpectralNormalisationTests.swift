import TestSupport
import Testing

@testable import Cyclograd

@Suite("Normalised weights have the spectral norm that they are to have, and exact derivatives")
struct SpectralNormalisationTests {
  private static func map(
    _ graph: Graph, _ rule: SpectralNormalisation
  ) throws -> (map: SpectralMap, trainer: Trainer) {
    let (network, parameters) = try graph.compile()
    let trainer = try Trainer(
      Simulator(network), parameters, TrainerOptions(normalisations: [rule]))
    return (trainer.normalisers[0], trainer)
  }

  private static func dense(_ weights: [Double]) -> Graph {
    Graph("dense", seed: 1) {
      Group("x", size: 2, role: .input)
      Group("y", size: 3, role: .output)
      Connection("x", to: "y", weight: ParameterRule(.list(weights)))
    }
  }

  @Test("A dense matrix, in 60 digits")
  func dense() throws {
    let weights = [0.369, 0.725, 0.886, 1.327, 0.72, 1.267]
    let rule = SpectralNormalisation(from: "x", to: "y", bound: 0.9, iterations: nil)
    let (map, trainer) = try Self.map(Self.dense(weights), rule)
    let labels = try Self.dense([0, 1, 2, 3, 4, 5]).compile().parameters.values
    let values = trainer.state.parameters.values
    let found = map.converged(from: [0.6, 0.8], values)
    #expect(abs(found.value - 2.306775306916713) < 1e-13)
    let upstream = [-0.942, -0.069, 0.887, 0.298, 0.802, -0.774]
    let expected = [
      -0.37926684547817147, -0.046268606954193821, 0.32299656238799303, 0.078247103232565725,
      0.29182210579023711, -0.33672183931420158,
    ]
    let normalised = [
      0.14396720781786598, 0.28286240018415397, 0.34567736077677305, 0.51773573109568599,
      0.28091162501046999, 0.49432642901148014,
    ]
    var gradient = labels.indices.map { $0 < 6 ? upstream[Int(labels[$0])] : 0 }
    map.pullBack(&gradient, values, found)
    let effective = trainer.parameters.values
    for p in 0..<6 {
      #expect(abs(gradient[p] - expected[Int(labels[p])]) < 1e-12)
      #expect(abs(effective[p] - normalised[Int(labels[p])]) < 1e-12)
    }
    // The power method from e₁, one step after the other.
    let steps = [
      1.1998154024682297, 2.3067638480412409, 2.3067753068747108, 2.3067753069167132,
    ]
    for (count, value) in steps.enumerated() {
      let v = map.advanced([1, 0], values, steps: count)
      #expect(abs(map.singular(v, values).value - value) < 1e-12, "\(count) steps")
    }
  }

  @Test("A kernel on five sites is a matrix, too")
  func tied() throws {
    let kernel = [0.7, -1.1, 0.4]
    let upstream: [[Double]] = [
      [-0.062, -0.507, 0, 0, 0], [0.088, 0.148, -0.974, 0, 0], [0, -0.567, -0.441, 0.833, 0],
      [0, 0, 0.531, -0.681, 0.594], [0, 0, 0, -0.722, 0.235],
    ]
    let graph = Graph("kernel", seed: 1) {
      Group("x", shape: [1, 5], role: .input)
      Group("y", shape: [1, 5], role: .output)
      Connection(
        "x", to: "y", .neighborhood(Neighborhood(1, 3)),
        weight: ParameterRule(.list(kernel), tying: .kernel))
    }
    let rule = SpectralNormalisation(from: "x", to: "y", bound: 0.8, iterations: nil)
    let (map, trainer) = try Self.map(graph, rule)
    let values = trainer.state.parameters.values
    let found = map.converged(from: map.start(seed: 3, index: 0), values)
    #expect(abs(found.value - 2.0568045266705629) < 1e-13)
    // By tap: the derivative of each is the sum over its edges.
    var taps = [0.0, 0, 0]
    for i in 0..<5 { for j in max(0, i - 1)...min(4, i + 1) { taps[j - i + 1] += upstream[i][j] } }
    var gradient = values.map { value in kernel.firstIndex(of: value).map { taps[$0] } ?? 0 }
    map.pullBack(&gradient, values, found)
    let expected = [-0.32650339196947202, -0.23787869619346020, -0.082785478579425095]
    for (p, value) in values.enumerated() {
      guard let tap = kernel.firstIndex(of: value) else { continue }
      #expect(abs(gradient[p] - expected[tap]) < 2e-11)
    }
  }

  @Test("Derivatives are those of differences at fixed v, whatever v is", arguments: [1, 2, 5])
  func differences(steps: Int) throws {
    var random = TestRandom(UInt64(steps))
    let weights = (0..<6).map { _ in 2 * random.symmetricUnit() }
    let rule = SpectralNormalisation(from: "x", to: "y", bound: 0.5, iterations: steps)
    let (map, trainer) = try Self.map(Self.dense(weights), rule)
    let values = trainer.state.parameters.values
    let upstream = values.map { _ in random.symmetricUnit() }
    let v = map.advanced([0.28, 0.96], values, steps: steps)
    func objective(_ values: [Double]) -> Double {
      let factor = map.factor(map.singular(v, values).value)
      return map.members.reduce(0) { $0 + upstream[$1] * factor * values[$1] }
    }
    var gradient = upstream
    map.pullBack(&gradient, values, map.singular(v, values))
    let h = 1e-6
    for p in map.members {
      var (up, down) = (values, values)
      up[p] += h
      down[p] -= h
      #expect(abs(gradient[p] - (objective(up) - objective(down)) / (2 * h)) < 1e-8)
    }
    // It is orthogonal to W.
    #expect(abs(map.members.reduce(0) { $0 + gradient[$1] * values[$1] }) < 1e-14)
  }

  private static func options(_ iterations: Int?, seed: UInt64 = 0) -> TrainerOptions {
    TrainerOptions(
      learningRate: LearningRate(0.05),
      normalisations: [
        SpectralNormalisation(from: "h", to: "h", bound: 0.3, iterations: iterations),
        SpectralNormalisation(from: "h", to: "y", bound: 0.2, iterations: iterations, always: true),
      ], seed: seed)
  }

  @Test("A training keeps norms within their bounds, and its loss falls")
  func training() throws {
    let problem = try TrainingProblem()
    let (inputs, targets) = problem.table.samples(Array(0..<12))
    for iterations in [1, nil] {
      var trainer = try problem.trainer(Self.options(iterations))
      var losses: [Double] = []
      for _ in 0..<60 { losses.append(try trainer.step(inputs: inputs, targets: targets).loss) }
      #expect(losses[59] < 0.9 * losses[0])
      let effective = trainer.parameters.values
      for (map, bound) in zip(trainer.normalisers, [0.3, 0.2]) {
        let start = map.start(seed: 9, index: 0)
        let norm = map.converged(from: start, effective).value
        #expect(norm <= bound * (1 + 1e-12))
        if map.rule.isAlways { #expect(abs(norm - bound) < 1e-12) }
      }
      #expect(trainer.parameters != trainer.state.parameters)
    }
  }

  @Test("The gradient of a step is that of the loss as a function of what is trained")
  func gradient() throws {
    let problem = try TrainingProblem()
    let (inputs, targets) = problem.table.samples(Array(0..<12))
    var options = Self.options(nil)
    options.optimizer = .sgd()
    options.learningRate = LearningRate(1)
    let trainer = try problem.trainer(options)
    var stepped = trainer
    _ = try stepped.step(inputs: inputs, targets: targets)
    let simulator = trainer.simulator
    func loss(_ values: [Double]) throws -> Double {
      let parameters = trainer.effective(Parameters(values))
      return try simulator.gradient(
        of: .halfSquaredError, targets: targets,
        at: simulator.equilibrium(parameters, inputs: inputs)
      ).loss
    }
    let values = trainer.state.parameters.values
    let h = 1e-5
    for p in values.indices where problem.network.isTrainable(parameter: p) {
      var (up, down) = (values, values)
      up[p] += h
      down[p] -= h
      let expected = try (loss(up) - loss(down)) / (2 * h)
      let found = values[p] - stepped.state.parameters.values[p]
      #expect(abs(found - expected) < 1e-8, "\(problem.network.describe(parameter: p))")
    }
  }

  @Test("A training that is stopped goes on as if it had not been")
  func resumption() throws {
    let problem = try TrainingProblem()
    let (inputs, targets) = problem.table.samples(Array(0..<12))
    let options = Self.options(1)
    var whole = try problem.trainer(options)
    for _ in 0..<6 { _ = try whole.step(inputs: inputs, targets: targets) }
    var first = try problem.trainer(options)
    for _ in 0..<3 { _ = try first.step(inputs: inputs, targets: targets) }
    var second = try Trainer(try problem.simulator(threads: 2), first.state, options)
    for _ in 0..<3 { _ = try second.step(inputs: inputs, targets: targets) }
    #expect(second.state == whole.state)
  }

  @Test("What does not fit is refused")
  func refused() throws {
    let problem = try TrainingProblem()
    for rules in [
      [SpectralNormalisation(from: "h", to: "z")], [SpectralNormalisation(from: "y", to: "h")],
      [SpectralNormalisation(from: "h", to: "y", bound: 0)],
      [SpectralNormalisation(from: "h", to: "y", iterations: 0)],
      [SpectralNormalisation(from: "x", to: "h"), SpectralNormalisation(from: "x", to: "k")],
    ] {
      #expect(throws: CyclogradError.self) {
        try problem.trainer(TrainerOptions(normalisations: rules))
      }
    }
    #expect(throws: CyclogradError.self) {
      try TrainerOptions(
        optimizer: .lbfgs(), normalisations: [SpectralNormalisation(from: "h", to: "y")]
      ).validate()
    }
    let frozen = ParameterGroup("still", ParameterSelection(.weights, from: "h"), isFrozen: true)
    #expect(throws: CyclogradError.self) {
      try problem.trainer(
        TrainerOptions(
          groups: [frozen], normalisations: [SpectralNormalisation(from: "h", to: "y")]))
    }
  }
}
