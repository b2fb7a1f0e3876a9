import Cyclograd
import TestSupport
import Testing

@Suite("Regularisers make their proximal steps, and are reported")
struct RegulariserTests {
  private static func network() throws -> (network: Network, parameters: Parameters) {
    try Graph("regularised", seed: 4) {
      Group("x", size: 3, role: .input)
      Group("h", size: 4, activation: .tanh)
      Group("y", size: 1, role: .output)
      Connection("x", to: "h", weight: .uniform(-0.9...0.9))
      Connection("h", to: "h", weight: .uniform(-0.3...0.3))
      Connection("h", to: "y", weight: .uniform(-0.9...0.9))
    }.compile()
  }

  private static let inputs = Matrix([[0.3, -1, 0.5], [1, 0.2, -0.7], [-0.4, 0.6, 1]])
  private static let targets = Matrix([[0.4], [-0.2], [0.8]])

  private static func step(
    _ terms: [any Regulariser], rate: Double = 0.05, groups: [ParameterGroup] = []
  ) throws -> (before: Parameters, after: Parameters, report: StepReport, network: Network) {
    let (network, parameters) = try network()
    var trainer = try Trainer(
      try Simulator(network), parameters,
      TrainerOptions(
        optimizer: .sgd(), learningRate: LearningRate(rate), groups: groups, regularisers: terms))
    let report = try trainer.step(inputs: inputs, targets: targets)
    return (parameters, trainer.parameters, report, network)
  }

  @Test("Elastic net: no step nearby is better, and the rest is that of plain descent")
  func elasticNet() throws {
    let (l1, l2, rate) = (0.8, 0.3, 0.05)
    let plain = try Self.step([]).after
    let found = try Self.step([ElasticNet(l1: l1, l2: l2)], rate: rate)
    func objective(_ v: Double, _ w: Double) -> Double {
      (v - w) * (v - w) / 2 + rate * (l1 * abs(v) + l2 * v * v / 2)
    }
    var zeros = 0
    for index in plain.values.indices where plain.values[index] != found.after.values[index] {
      let (v, w) = (found.after.values[index], plain.values[index])
      if v == 0 { zeros += 1 }
      for d in [1e-3, -1e-3, 1e-5, -1e-5] { #expect(objective(v, w) <= objective(v + d, w)) }
    }
    #expect(zeros > 0, "a soft threshold makes some weights exactly zero")
    let term = try #require(found.report.regularisation.first)
    #expect(term.name == "l1 0.8 + l2 0.3 of weights")
    var expected = 0.0
    let huge = try Self.step([ElasticNet(l1: 1e12)]).after
    for index in plain.values.indices where huge.values[index] == 0 {
      let w = found.before.values[index]
      expected += l1 * abs(w) + l2 * w * w / 2
    }
    #expect(abs(term.value - expected) < 1e-12)
  }

  @Test(
    "Group norms: no step nearby is better, and whole groups become zero",
    arguments: [
      GroupNorm.Norm.euclidean, .maximum,
    ])
  func groupNorms(norm: GroupNorm.Norm) throws {
    let (strength, rate) = (4.0, 0.05)
    let plain = try Self.step([]).after
    let term = GroupNorm(strength, by: .source, norm: norm, from: "x", to: "h")
    let found = try Self.step([term], rate: rate)
    let changed = plain.values.indices.filter { plain.values[$0] != found.after.values[$0] }
    // Four edges go out of each of three inputs.
    let zero = try Self.step([GroupNorm(1e9, by: .source, from: "x", to: "h")]).after
    let chosen = plain.values.indices.filter { plain.values[$0] != zero.values[$0] }
    #expect(chosen.count == 12 && Set(changed).isSubset(of: chosen))
    func size(_ v: [Double]) -> Double {
      norm == .euclidean
        ? v.reduce(0) { $0 + $1 * $1 }.squareRoot() : v.map { abs($0) }.max() ?? 0
    }
    // Which parameters belong together shows by making one input's huge in turn.
    let groups = try Self.columns(chosen)
    func objective(_ values: [Double]) -> Double {
      var sum = 0.0
      for index in chosen {
        let d = values[index] - plain.values[index]
        sum += d * d / 2
      }
      return sum + rate * strength * groups.reduce(0) { $0 + size($1.map { values[$0] }) }
    }
    var random = TestRandom(9)
    let best = objective(found.after.values)
    for _ in 0..<200 {
      var other = found.after.values
      for index in chosen { other[index] += 1e-4 * random.symmetricUnit() }
      #expect(objective(other) >= best - 1e-15)
    }
    let reported = try #require(found.report.regularisation.first).value
    let expected = strength * groups.reduce(0) { $0 + size($1.map { found.before.values[$0] }) }
    #expect(abs(reported - expected) < 1e-12)
  }

  /// The parameters of each input's edges: those with a derivative when only this input is not zero.
  private static func columns(_ chosen: [Int]) throws -> [[Int]] {
    let (network, parameters) = try network()
    let simulator = try Simulator(network)
    return try (0..<3).map { input in
      var x = Matrix(rows: 1, columns: 3)
      x[0, input] = 1
      let gradient = try simulator.gradient(
        of: .linear, targets: Matrix([[1]]),
        at: simulator.equilibrium(parameters, inputs: x))
      return chosen.filter { gradient.parameters[$0] != 0 }
    }
  }

  @Test("Parameters that are frozen or slower keep to that")
  func rates() throws {
    let term = ElasticNet(l1: 0.8)
    let frozen = ParameterGroup(
      "still", ParameterSelection(.weights, from: "x"), isFrozen: true)
    let found = try Self.step([term], groups: [frozen])
    let free = try Self.step([term])
    let still = try Self.step([], groups: [frozen])
    for index in found.before.values.indices {
      if still.after.values[index] == still.before.values[index] {
        #expect(found.after.values[index] == found.before.values[index])
      } else {
        #expect(found.after.values[index] == free.after.values[index])
      }
    }
    let slow = ParameterGroup("slow", ParameterSelection(), rateFactor: 0.5)
    #expect(
      try Self.step([term], rate: 0.1, groups: [slow]).after == Self.step([term]).after)
  }

  @Test("A term of one's own adds its gradient")
  func own() throws {
    struct Sum: Regulariser, BoundRegulariser {
      let name = "sum"
      func bound(
        to parameters: TrainedParameters
      ) throws(CyclogradError) -> any BoundRegulariser { self }
      func value(
        at step: RegularisedStep, addingGradientTo gradient: inout [Double]
      ) throws -> Double {
        for index in gradient.indices { gradient[index] += 1 }
        return step.parameters.values.reduce(0, +) + Double(step.equilibrium.sampleCount)
      }
    }
    let plain = try Self.step([]).after
    let found = try Self.step([Sum()])
    #expect(
      zip(plain.values, found.after.values).allSatisfy { abs($0 - 0.05 - $1) < 1e-15 || $0 == $1 })
    #expect(plain != found.after)
    #expect(
      found.report.regularisation == [
        .init(name: "sum", value: found.before.values.reduce(0, +) + 3)
      ])
  }

  @Test("What means nothing is refused")
  func refused() throws {
    for term in [
      ElasticNet(), ElasticNet(l1: -1), ElasticNet(l1: .nan),
      ElasticNet(l1: 1, of: .init(.weights, from: "z")),
      ElasticNet(l1: 1, of: .init(.weights, from: "y")), GroupNorm(0), GroupNorm(.infinity),
      GroupNorm(1, from: "z"),
    ] as [any Regulariser] {
      #expect(throws: CyclogradError.self) { try Self.step([term]) }
    }
    #expect(throws: CyclogradError.self) {
      try TrainerOptions(optimizer: .lbfgs(), regularisers: [ElasticNet(l1: 1)]).validate()
    }
  }
}
