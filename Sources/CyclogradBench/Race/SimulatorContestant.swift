import Cyclograd

/// One backend of the library.
final class SimulatorContestant: Contestant {
  let name: String
  let isPeer = false
  private let problem: Problem
  private let simulator: Simulator
  private let layout: ParameterLayout
  private var last: (Equilibrium, Gradient)?

  init(_ problem: Problem, _ backend: GradientBackend, _ options: SolverOptions) throws {
    self.problem = problem
    name = "\(backend.name), \(options.threads) thread\(options.threads == 1 ? "" : "s")"
    simulator = try Simulator(problem.network, backend: backend, options: options)
    layout = problem.network.parameterLayout
    if let reason = simulator.unsuitability { throw Withdrawal(reason: reason) }
  }

  func run() throws -> Timing {
    last = nil
    let (equilibrium, first) = try Stopwatch.time {
      try simulator.equilibrium(problem.parameters, inputs: problem.inputs).requireConverged()
    }
    let (gradient, second) = try Stopwatch.time {
      try simulator.gradient(of: problem.loss, targets: problem.targets, at: equilibrium)
    }
    last = (equilibrium, gradient)
    return Timing(
      equilibrium: first, gradient: second,
      iterations: [
        equilibrium.evidence.map(\.iterations).max() ?? 0,
        gradient.evidence.map(\.iterations).max() ?? 0,
      ])
  }

  func answer() throws -> Answer {
    guard let (equilibrium, gradient) = last else { throw Withdrawal(reason: "it has not run") }
    return Answer(vectors: [
      ("states", equilibrium.states.elements),
      ("weights", layout.weights.map { gradient.parameters[Int($0)] }),
      ("biases", layout.biases.map { gradient.parameters[Int($0)] }),
      ("inputs", gradient.inputs.elements),
    ])
  }
}
