import Foundation
import Testing

@testable import Cyclograd

@Suite("Local certificates")
struct LocalCertificateTests {
  @Test("three equilibria of one neuron are proved, each by itself, and isolated from the others")
  func three() throws {
    let (network, parameters) = try selfLoop(.tanh, 2)
    let simulator = try Simulator(network, backend: .direct)
    let starts: [Double] = [-3, 0, 3]
    let equilibrium = try simulator.equilibrium(
      parameters, inputs: Matrix(starts.map { _ in [0] }), start: Matrix(starts.map { [$0] }))
    let certificate = try LocalCertificate(equilibrium)
    #expect(certificate.isProved)
    // tanh(2 a) = a has the solutions 0 and ±0.9575…, so that z = ±1.915…
    for (sample, row) in zip(certificate.samples, 0...) {
      #expect(sample.stateError < 1e-14)
      #expect(sample.isolation < 1.92 && sample.isolation >= 1e-2)
      let exact = row == 1 ? 0 : 1.915008 * (row == 0 ? -1 : 1)
      #expect(abs(equilibrium.states[row, 0] - exact) < 1e-6)
    }
  }

  @Test("a state at rest on a kink is proved, its gradient is not")
  func kink() throws {
    // y = relu(y/2 + x) at x = 0.
    let (network, parameters) = try selfLoop(.relu, 0.5)
    let simulator = try Simulator(network)
    for (x, isProved) in [(0.0, false), (0.25, true), (-0.25, true)] {
      let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[x]]))
      let gradient = try simulator.gradient(
        of: .halfSquaredError, targets: Matrix([[1]]), at: equilibrium)
      let certificate = try GradientCertificate(
        gradient, of: .halfSquaredError, targets: Matrix([[1]]), at: equilibrium)
      #expect(certificate.states[0].isProved)
      #expect(certificate.isProved == isProved)
      if !isProved { #expect(certificate.reason?.contains("kink of y.0") == true) }
    }
  }

  @Test("nothing is proved where the equilibrium is not isolated")
  func singular() throws {
    // y = y + x at x = 0: every y is one.
    let (network, parameters) = try selfLoop(.identity, 1)
    let equilibrium = try Simulator(network, backend: .edgeList).equilibrium(
      parameters, inputs: Matrix([[0]]))
    #expect(equilibrium.isConverged)
    let certificate = try LocalCertificate(equilibrium)
    #expect(certificate.samples[0].reason != nil && certificate.samples[0].stateError.isNaN)
  }

  @Test(
    "a component too large for an inverse is proved by contraction, or said to be too large",
    .tags(.slow), .unlessFast)
  func large() throws {
    for (scale, isProved) in [(0.7, true), (3.0, false)] {
      let graph = Graph("large", seed: 3) {
        Group("x", size: 2, role: .input)
        Group("h", size: 1200, activation: .tanh, bias: .uniform(-0.5...0.5))
        Group("y", size: 2, role: .output)
        Connection("x", to: "h")
        Connection("h", to: "h", .inDegree(3), weight: .uniform(-scale / 3 * 1.4...scale / 3 * 1.4))
        Connection("h", to: "y", .inDegree(5), weight: .uniform(-1...1))
      }
      let problem = try Problem(graph, samples: 2)
      let simulator = try Simulator(problem.network)
      let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      guard equilibrium.isConverged else { continue }
      let gradient = try simulator.gradient(
        of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
      let certificate = try GradientCertificate(
        gradient, of: .halfSquaredError, targets: problem.targetMatrix, at: equilibrium)
      #expect(certificate.isProved == isProved, "\(certificate.reason ?? "")")
      if isProved {
        #expect(certificate.states.allSatisfy { $0.stateError < 1e-8 })
        #expect(certificate.largestError < 1e-5)
        let oracle = try Simulator(
          problem.network, backend: .direct, options: .init(tolerance: 1e-14))
        let exact = try oracle.equilibrium(problem.parameters, inputs: problem.inputMatrix)
        let difference = zip(exact.states.elements, equilibrium.states.elements)
          .reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(difference <= (certificate.states.map(\.stateError).max() ?? 0) + 1e-13)
      } else {
        #expect(certificate.reason?.contains("1000") == true)
      }
    }
  }

  @Test(
    "an attack on random networks finds no error above its bound and no second equilibrium",
    .tags(.slow), .unlessFast)
  func attack() throws {
    var states = 0
    var gradients = 0
    var searches = 0
    // Next to a kink, or to a singular state, the oracle need not settle.
    var lost = 0
    for trial in 0..<AttackSize.networks {
      let loss = LossRegistry.all[trial % 4]
      let mood: RandomGraphs.Mood = trial % 3 == 0 ? .tame : .wild
      let problem = try Problem(
        RandomGraphs.make(mood, seed: UInt64(5_000 + trial)), samples: 2, loss: loss,
        seed: UInt64(trial))
      // Loose tolerances make errors that a bound must cover.
      let tolerance = [1e-4, 1e-7, 1e-10, 1e-13][trial / 4 % 4]
      let backend = try GradientBackend.named(trial % 2 == 0 ? "automatic" : "iterative")
      let simulator = try Simulator(
        problem.network, backend: backend,
        options: .init(tolerance: tolerance, maximumIterations: 400))
      let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      let certificate = try LocalCertificate(equilibrium)
      let oracle = ExtendedOracle(problem.network, problem.parameters)
      var exact: [[Extended]] = []
      for (row, sample) in certificate.samples.enumerated() where sample.isProved {
        let z = Array(equilibrium.states[row: row])
        guard let found = try? oracle.equilibrium(problem.inputs[row], near: z) else {
          lost += 1
          continue
        }
        exact.append(found)
        states += 1
        for (a, b) in zip(found, z) {
          #expect(
            abs(a - Extended(b)) <= Extended(sample.stateError) + 1e-18 * abs(a), "trial \(trial)")
        }
        try search(problem, row, z, sample, &searches, trial)
      }
      guard exact.count == 2,
        let gradient = try simulator.differentiate(
          loss, targets: problem.targetMatrix, at: equilibrium
        ).gradient
      else { continue }
      let bounds = try GradientCertificate(
        gradient, of: loss, targets: problem.targetMatrix, at: equilibrium)
      guard bounds.isProved else { continue }
      gradients += 1
      let reference = try oracle.gradient(loss, at: exact, targets: problem.targets)
      // The oracle rounds as well.
      let scale = reference.parameters.reduce(Extended(1)) { max($0, abs($1)) }
      let slack = 1e-16 * scale
      for (p, bound) in bounds.parameterErrors.enumerated() {
        let error = abs(reference.parameters[p] - Extended(gradient.parameters[p]))
        #expect(error <= Extended(bound) + slack, "trial \(trial), parameter \(p)")
      }
      for (n, bound) in bounds.inputErrors.elements.enumerated() {
        let error = abs(reference.inputs.flatMap { $0 }[n] - Extended(gradient.inputs.elements[n]))
        #expect(error <= Extended(bound) + slack, "trial \(trial), input \(n)")
      }
    }
    // The attack must meet something.
    #expect(states > AttackSize.networks && gradients > AttackSize.networks / 2)
    #expect(searches > AttackSize.networks && lost <= AttackSize.networks / 500)
  }

  /// Newton's method from random places within the isolation; whatever it finds there must be the one.
  private func search(
    _ problem: Problem, _ row: Int, _ z: [Double], _ sample: LocalCertificate.Sample,
    _ searches: inout Int, _ trial: Int
  ) throws {
    let dense = DenseOracle(problem.network, problem.parameters)
    var random = TestRandom(UInt64(trial * 2 + row))
    let radius = min(sample.isolation, 10)
    for _ in 0..<2 {
      let start = z.map { $0 + radius * random.number(-1, 1) }
      guard let other = try? dense.equilibrium(problem.inputs[row], from: start) else { continue }
      searches += 1
      let distance = zip(other, z).reduce(0) { max($0, abs($1.0 - $1.1)) }
      if distance < radius * (1 - 1e-9) {
        #expect(distance <= sample.stateError + 1e-9, "trial \(trial): a second equilibrium")
      }
    }
  }
}
