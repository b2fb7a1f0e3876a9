import Foundation
import TestSupport
import Testing

@testable import Cyclograd

@Suite("Descent on states by Fenchel's divergences")
struct FenchelTests {
  /// Activations with F and ∂F/∂z at x = 0.3 and z = 0.8, −0.5, known from elsewhere.
  private static let known: [(Activation, [(f: Double, slope: Double)])] = [
    (.relu, [(0.125, 0.5), (0.195, -0.3)]),
    (.leakyReLU(slope: 0.1), [(0.125, 0.5), (0.2075, -0.35)]),
    (.identity, [(0.125, 0.5), (0.32, -0.8)]),
    (.tanh, [(0.09645410185370637, 0.364036770267849), (0.3158150484835904, -0.7621171572600097)]),
    (
      .logistic,
      [(0.3202363638928843, 0.38997448112761246), (0.013212682125213218, 0.07754066879814543)]
    ),
    (
      .arctan,
      [(0.09813628878684662, 0.37474094222355264), (0.3159436847693562, -0.7636476090008061)]
    ),
    (
      .asinh,
      [(0.11084827147861943, 0.43266825604541087), (0.3179104379087674, -0.7812118250596034)]
    ),
    (
      .softsign,
      [(0.02888827903661337, 0.14444444444444443), (0.301209835830568, -0.6333333333333333)]
    ),
    (.clamp(lower: 0, upper: 1), [(0.125, 0.5), (0.195, -0.3)]),
    (
      .softplus,
      [(0.6796697935012131, 0.8711006659477777), (0.044900270119068664, 0.17407698418010667)]
    ),
    (.elu(alpha: 1), [(0.125, 0.5), (0.30153065971263343, -0.6934693402873666)]),
  ]

  @Test("Known values")
  func values() throws {
    for (activation, expected) in Self.known {
      let divergence = try #require(FenchelDivergence(activation))
      for (z, known) in zip([0.8, -0.5], expected) {
        #expect(abs(divergence.value(0.3, z) - known.f) < 1e-12, "\(activation.name) at \(z)")
        #expect(abs(divergence.slope(byPreactivation: 0.3, z) - known.slope) < 1e-12)
      }
    }
    for activation in [Activation.softmax, .silu, .gelu, .cos, .reciprocal, .complement] {
      #expect(FenchelDivergence(activation) == nil)
    }
    #expect(FenchelDivergence(.leakyReLU(slope: -1)) == nil)
  }

  @Test("It is 0 where x = φ(z), positive elsewhere, and its slopes are those of differences")
  func properties() throws {
    var random = TestRandom(2)
    for (activation, _) in Self.known + [
      (.clamp(lower: 0.5, upper: 2), []), (.elu(alpha: 0.4), []),
    ] {
      let divergence = try #require(FenchelDivergence(activation))
      for _ in 0..<200 {
        let z = random.number(-4, 4)
        let image = activation.evaluate(z).value
        #expect(abs(divergence.value(image, z)) < 1e-11, "\(activation.name) at \(z)")
        let x = activation.evaluate(random.number(-3, 3)).value
        #expect(divergence.value(x, z) > -1e-12)
        let h = 1e-5
        let byZ = (divergence.value(x, z + h) - divergence.value(x, z - h)) / (2 * h)
        let kinks: [Double] =
          switch activation {
          case .relu, .leakyReLU: [0]
          case .clamp(let lower, let upper): [lower, upper]
          default: []
          }
        if kinks.allSatisfy({ abs($0 - z) > 1e-4 }) {
          #expect(abs(byZ - divergence.slope(byPreactivation: x, z)) < 1e-7, "\(activation.name)")
        }
        guard divergence.domain.lowerBound < x - 2 * h, x + 2 * h < divergence.domain.upperBound,
          abs(x) > 1e-3
        else { continue }
        let byX = (divergence.value(x + h, z) - divergence.value(x - h, z)) / (2 * h)
        #expect(
          abs(byX - divergence.slope(byState: x, z)) < 1e-5 * max(1, abs(byX)), "\(activation.name)"
        )
      }
    }
  }

  private struct Problem {
    let simulator: Simulator
    let parameters: Parameters
    let samples: SampleTable

    init(_ activation: Activation, threads: Int = 1, count: Int = 90) throws {
      let graph = Graph("descent", seed: 8) {
        Group("x", size: 2, role: .input, bias: .frozen(.constant(0)))
        Group("h", size: 6, activation: activation, bias: .uniform(-0.3...0.3))
        Group("y", size: 1, role: .output)
        Connection("x", to: "h", weight: .normal(0.7))
        Connection("h", to: "h", weight: .normal(0.15))
        Connection("h", to: "y", weight: .normal(0.4))
        Connection("x", to: "y", weight: .normal(0.1))
      }
      let network: Network
      (network, parameters) = try graph.compile()
      simulator = try Simulator(
        network, options: SolverOptions(tolerance: 1e-12, threads: threads))
      var random = TestRandom(5)
      let inputs = Matrix((0..<count).map { _ in [random.number(-1, 1), random.number(-1, 1)] })
      samples = try SampleTable(
        inputs: inputs,
        targets: Matrix((0..<count).map { [inputs[$0, 0] * inputs[$0, 1] + 0.5 * inputs[$0, 0]] }))
    }

    func loss(_ parameters: Parameters) throws -> Double {
      try Evaluation(
        simulator, parameters, loss: .halfSquaredError, inputs: samples.inputs,
        targets: samples.targets
      ).loss ?? .nan
    }
  }

  @Test(
    "The objective never rises while the weight stays, and the balls hold",
    arguments: [Activation.relu, .tanh, .logistic, .softplus, .elu()])
  func monotone(activation: Activation) throws {
    let problem = try Problem(activation)
    var descent = try FenchelDescent(
      .init("y", steps: 12, growth: 1, sweeps: 3, balls: [RowBall(radius: 0.5)]), problem.simulator,
      problem.parameters, on: problem.samples, loss: .halfSquaredError)
    var last = Double.infinity
    var first = Double.nan
    while let report = try descent.next() {
      #expect(report.objective <= report.objectiveBefore * (1 + 1e-12))
      #expect(report.objective <= last * (1 + 1e-12) && report.divergence > -1e-12)
      #expect(report.step > 1 || abs(report.objectiveBefore) > report.objective)
      if report.step == 1 { first = report.objectiveBefore }
      last = report.objective
    }
    #expect(last < 0.9 * first, "\(first) -> \(last)")
    let network = problem.simulator.network
    for s in 0..<network.unitCount {
      var sum = 0.0
      for e in network.inEdges(of: s)
      where network.groupOfNeuron[network.sourceNeuron(of: e, into: s)]
        == network.groupOfNeuron[Int(network.neuronOfUnit[s])]
      {
        sum += abs(descent.parameters.values[network.parameter(ofEdge: e)])
      }
      #expect(sum <= 0.5 + 1e-12)
    }
    // The objective once more from its definition, sample by sample.
    let states = descent.states
    var sum = 0.0
    let divergence = try #require(FenchelDivergence(activation))
    for (sample, a) in states {
      for s in 0..<network.unitCount {
        let neuron = Int(network.neuronOfUnit[s])
        let group = network.groups[network.groupOfNeuron[neuron]].name
        guard group != "x" else {
          let place = network.inputUnits.firstIndex { Int($0) == s } ?? 0
          #expect(a[neuron] == problem.samples.inputs[sample, place])
          continue
        }
        var z = descent.parameters.values[Int(network.biasParameter[s])]
        for e in network.inEdges(of: s) {
          z +=
            descent.parameters.values[network.parameter(ofEdge: e)]
            * a[network.sourceNeuron(of: e, into: s)]
        }
        sum +=
          group == "y"
          ? pow(z - problem.samples.targets[sample, 0], 2) / 2 : divergence.value(a[neuron], z)
      }
    }
    let measured = try descent.measure(1)
    #expect(abs(measured.loss + measured.divergence - sum / 90) < 1e-10)
  }

  @Test("In the end there are equilibria, and the loss is well below that of the beginning")
  func learns() throws {
    let problem = try Problem(.tanh)
    var descent = try FenchelDescent(
      .init("y", steps: 8, sweeps: 3), problem.simulator, problem.parameters, on: problem.samples,
      loss: .halfSquaredError)
    while try descent.next() != nil {}
    let (parameters, report) = try descent.finished()
    let (found, before) = (try problem.loss(parameters), try problem.loss(problem.parameters))
    #expect(report.skipped == 0 && found < 0.5 * before, "\(found) against \(before)")
  }

  @Test("Continued from its states it goes on bit for bit, on any number of threads")
  func resume() throws {
    let options = FenchelDescent.Options("y", steps: 6, sweeps: 2)
    func descent(_ problem: Problem, _ from: FenchelDescent? = nil) throws -> FenchelDescent {
      try FenchelDescent(
        options, problem.simulator, from?.parameters ?? problem.parameters, on: problem.samples,
        loss: .halfSquaredError, states: from?.states ?? [:], step: from?.step ?? 0)
    }
    let problem = try Problem(.relu, count: 150)
    var whole = try descent(problem)
    var reports: [FenchelDescent.Report] = []
    while let report = try whole.next() { reports.append(report) }
    for stop in 0...6 {
      var first = try descent(Problem(.relu, threads: 2, count: 150))
      for number in 0..<stop { #expect(try first.next() == reports[number]) }
      var second = try descent(problem, first)
      for number in stop..<6 { #expect(try second.next() == reports[number]) }
      #expect(second.parameters == whole.parameters && second.states == whole.states)
    }
  }

  @Test("Samples without a state begin at their equilibria, the others at their states")
  func someStates() throws {
    let problem = try Problem(.tanh)
    func descent(_ parameters: Parameters, _ states: [Int: [Double]]) throws -> FenchelDescent {
      try FenchelDescent(
        .init("y", steps: 1, sweeps: 1), problem.simulator, parameters, on: problem.samples,
        loss: .halfSquaredError, states: states)
    }
    var moved = try descent(problem.parameters, [:])
    _ = try moved.next()
    let fresh = try descent(moved.parameters, [:]).states
    var given = moved.states
    #expect(given[16] != fresh[16] && given[17] != fresh[17])
    given[17] = nil
    let mixed = try descent(moved.parameters, given).states
    #expect(mixed[16] == given[16] && mixed[17] == fresh[17])
  }

  @Test("States and steps that it cannot continue from are refused")
  func wrongStates() throws {
    let problem = try Problem(.relu, count: 3)
    func failure(
      _ code: CyclogradError.Code, step: Int = 0, _ change: (inout [Int: [Double]]) -> Void
    ) {
      var states = Dictionary(
        uniqueKeysWithValues: (0..<3).map {
          ($0, [Double](repeating: 0, count: problem.simulator.network.neuronCount))
        })
      change(&states)
      let error = #expect(throws: CyclogradError.self) {
        try FenchelDescent(
          .init("y"), problem.simulator, problem.parameters, on: problem.samples,
          loss: .halfSquaredError, states: states, step: step)
      }
      #expect(error?.code == code)
    }
    failure(.shapeMismatch) { $0[1]?.removeLast() }
    failure(.shapeMismatch) { $0[1]?.append(0) }
    failure(.shapeMismatch) { $0[3] = $0[2] }
    failure(.shapeMismatch) { $0[-1] = $0[2] }
    failure(.invalidValue) { $0[1] = $0[1]?.map { _ in Double.nan } }
    failure(.invalidOption, step: -1) { _ in }
    // What the readout's own neuron had is not needed: it is NaN where there was no equilibrium.
    let network = problem.simulator.network
    var state = [Double](repeating: 0, count: network.neuronCount)
    state[Int(network.outputNeurons[0])] = .nan
    _ = try FenchelDescent(
      .init("y"), problem.simulator, problem.parameters, on: problem.samples,
      loss: .halfSquaredError, states: [0: state])
  }

  @Test("What it cannot do is said")
  func wrong() throws {
    let problem = try Problem(.silu)
    #expect {
      _ = try FenchelDescent(
        .init("y"), problem.simulator, problem.parameters, on: problem.samples,
        loss: .halfSquaredError)
    } throws: {
      "\($0)".contains("silu")
    }
    for options in [
      FenchelDescent.Options("y", steps: 0), .init("y", weight: 0), .init("y", growth: 0.9),
      .init("y", ridge: -1), .init("z"), .init("h"), .init("y", balls: [RowBall(radius: -1)]),
    ] {
      let problem = try Problem(.relu)
      #expect(throws: CyclogradError.self) {
        _ = try FenchelDescent(
          options, problem.simulator, problem.parameters, on: problem.samples,
          loss: .halfSquaredError)
      }
    }
  }
}
