import Cyclograd

/// Answers requests, and learns meanwhile.
///
/// A simulator is `Sendable` and keeps a workspace for each thread that is at work, so all tasks
/// share one; making it was the expensive part.
struct Service: Sendable {
  let simulator: Simulator
  let model: Model

  /// Answers one request with whatever parameters are current.
  func answer(_ request: Matrix) async throws -> Double {
    let parameters = await model.parameters
    return try simulator.equilibrium(parameters, inputs: request).requireConverged().outputs[0, 0]
  }

  /// Answers many requests at once, each in a task of its own.
  func answer(_ requests: [Matrix]) async throws -> [Double] {
    try await withThrowingTaskGroup(of: (Int, Double).self) { tasks in
      for (number, request) in requests.enumerated() {
        tasks.addTask { (number, try await answer(request)) }
      }
      var answers = [Double](repeating: .nan, count: requests.count)
      for try await (number, value) in tasks { answers[number] = value }
      return answers
    }
  }

  /// Trains with the same simulator and hands over the parameters after every epoch.
  func train(on samples: SampleTable, epochs: Int) async throws {
    let trainer = try Trainer(
      simulator, await model.parameters, TrainerOptions(learningRate: LearningRate(0.02)))
    var events = try TrainingRun(
      trainer, on: samples, TrainingRunOptions(epochs: epochs, batchSize: 16)
    ).events.makeAsyncIterator()
    while let event = try await events.next() {
      if case .epoch = event { await model.replace(events.run.trainer.parameters) }
    }
  }
}
