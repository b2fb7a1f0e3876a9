import Cyclograd
import Testing

@Suite("The known answers from 50-digit arithmetic")
struct KnownAnswerTests {
  static let backends = GradientBackend.available.map(\.name)
  /// Plain iteration is this slow only where the spectral radius is next to 1.
  static let settling = KnownAnswer.all.indices.filter { KnownAnswer.all[$0].picard_converges }

  /// The largest differences, relative to the largest of their kind, and entry by entry.
  static func differences(
    _ answer: KnownAnswer, _ equilibrium: Equilibrium, _ gradient: Gradient
  ) -> (state: Double, gradient: Double, entrywise: Double) {
    let z = KnownAnswer.numbers(answer.z)
    let states = Array(equilibrium.states[row: 0])
    var state = relativeDifference(states, z)
    state = max(
      state,
      relativeDifference(
        Array(equilibrium.neuronActivations[row: 0]), KnownAnswer.numbers(answer.a)))
    let (edges, biases) = answer.parameterGradient(equilibrium.network)
    let pairs = [
      (edges.map { gradient.parameters[$0] }, KnownAnswer.numbers(answer.gradient.edges)),
      (biases.map { gradient.parameters[$0] }, KnownAnswer.numbers(answer.gradient.bias)),
      (Array(gradient.inputs[row: 0]), KnownAnswer.numbers(answer.gradient.x)),
      ([gradient.loss], [Double(answer.loss)!]),
    ]
    var largest = 0.0
    var entrywise = 0.0
    for (ours, theirs) in pairs {
      largest = max(largest, relativeDifference(ours, theirs))
      for (x, y) in zip(ours, theirs) where x != y {
        entrywise = max(entrywise, abs(x - y) / abs(y))
      }
    }
    return (state, largest, entrywise)
  }

  static func targets(_ answer: KnownAnswer) -> Matrix { Matrix([KnownAnswer.numbers(answer.y)]) }
  static func inputs(_ answer: KnownAnswer) -> Matrix { Matrix([KnownAnswer.numbers(answer.x)]) }

  @Test("From a cold start", arguments: built(["edge-list", "direct", "klu", "umfpack", "dense"]))
  func coldStart(backend: String) throws {
    for index in Self.settling {
      let answer = KnownAnswer.all[index]
      let (network, parameters) = try answer.graph().compile()
      // Direct methods end at rounding level whatever the tolerance; plain iteration must be told.
      let options = backend == "edge-list" ? SolverOptions(tolerance: 1e-14) : SolverOptions()
      let simulator = try Simulator(network, backend: .named(backend), options: options)
      let equilibrium = try simulator.equilibrium(parameters, inputs: Self.inputs(answer))
      let gradient = try simulator.gradient(
        of: .halfSquaredError, targets: Self.targets(answer), at: equilibrium)
      let found = Self.differences(answer, equilibrium, gradient)
      #expect(found.state <= 1e-12, "\(answer.name)")
      #expect(found.gradient <= 1e-12, "\(answer.name)")
      // Entry by entry the series of Algorithms 1 and 2 is a little worse, as it must be.
      #expect(found.entrywise <= (backend == "edge-list" ? 1e-11 : 5e-12), "\(answer.name)")
    }
  }

  @Test("At the given state, with every backend that can", arguments: backends)
  func givenState(backend: String) throws {
    var tried = 0
    for answer in KnownAnswer.all {
      let (network, parameters) = try answer.graph().compile()
      let options = SolverOptions(
        tolerance: ["edge-list", "iterative"].contains(backend) ? 1e-14 : 1e-10)
      let simulator = try Simulator(network, backend: .named(backend), options: options)
      let equilibrium = try simulator.equilibrium(
        parameters, inputs: Self.inputs(answer),
        at: Matrix([KnownAnswer.numbers(answer.z)]))
      if backend == "cholmod", answer.name != "acyclic" {
        let outcome = try simulator.differentiate(
          .halfSquaredError, targets: Self.targets(answer), at: equilibrium)
        // One neuron that feeds itself is a symmetric matrix.
        if outcome.evidence[0].status == .notApplicable { continue }
      }
      if backend == "edge-list", !answer.picard_converges {
        let outcome = try simulator.differentiate(
          .halfSquaredError, targets: Self.targets(answer), at: equilibrium)
        let isRing = answer.name.hasPrefix("near-singular")
        #expect(outcome.gradient == nil, "\(answer.name)")
        #expect(
          [isRing ? .iterationLimit : .diverged, .stalled].contains(outcome.evidence[0].status),
          "\(answer.name): \(outcome.evidence[0])")
        continue
      }
      tried += 1
      let gradient = try simulator.gradient(
        of: .halfSquaredError, targets: Self.targets(answer), at: equilibrium)
      let found = Self.differences(answer, equilibrium, gradient)
      #expect(found.state == 0 || found.state < 1e-15, "\(answer.name)")
      #expect(found.gradient <= 1e-12, "\(answer.name)")
      // Entry by entry the series of Algorithms 1 and 2 is a little worse, as it must be.
      #expect(found.entrywise <= (backend == "edge-list" ? 1e-11 : 5e-12), "\(answer.name)")
    }
    #expect(tried >= (backend == "cholmod" ? 2 : 17))
  }

  @Test("From the given state, Newton finds the same where plain iteration does not settle")
  func warmStart() throws {
    for answer in KnownAnswer.all where !answer.picard_converges {
      let (network, parameters) = try answer.graph().compile()
      let simulator = try Simulator(network)
      let equilibrium = try simulator.equilibrium(
        parameters, inputs: Self.inputs(answer),
        start: Matrix([KnownAnswer.numbers(answer.z).map { $0 + 1e-3 }]))
      #expect(equilibrium.isConverged)
      #expect(
        relativeDifference(Array(equilibrium.states[row: 0]), KnownAnswer.numbers(answer.z))
          <= 1e-12)
    }
  }
}
