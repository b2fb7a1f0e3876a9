import Cyclograd

/// Training steps of the library with Adam, η = 0.001, always on the same batch.
final class TrainingContestant: Contestant {
  /// A run is so many steps from where the last one ended, and its time that of one of them.
  static let stepsPerRun = 20

  let name: String
  let isPeer = false
  private let problem: Problem
  private let layout: ParameterLayout
  private var trainer: Trainer
  private var firstParameters: [Double]?

  init(_ problem: Problem, _ options: SolverOptions, name: String? = nil) throws {
    self.problem = problem
    self.name = name ?? "automatic, \(options.threads) thread\(options.threads == 1 ? "" : "s")"
    layout = problem.network.parameterLayout
    let simulator = try Simulator(problem.network, options: options)
    trainer = try Trainer(
      simulator, problem.parameters, TrainerOptions(loss: problem.loss, failures: .stop))
  }

  func run() throws -> Timing {
    var iterations = [0, 0]
    let ((), seconds) = try Stopwatch.time {
      for _ in 0..<Self.stepsPerRun {
        let step = try trainer.step(inputs: problem.inputs, targets: problem.targets)
        iterations = [step.forwardIterations, step.backwardIterations]
      }
    }
    if firstParameters == nil { firstParameters = trainer.parameters.values }
    return Timing(
      total: seconds / Double(Self.stepsPerRun),
      iterations: iterations.map { $0 / problem.inputs.rows })
  }

  /// The parameters after the first run.
  func answer() throws -> Answer {
    guard let values = firstParameters else { throw Withdrawal(reason: "it has not run") }
    return Answer(vectors: [
      ("weights", layout.weights.map { values[Int($0)] }),
      ("biases", layout.biases.map { values[Int($0)] }),
    ])
  }
}
