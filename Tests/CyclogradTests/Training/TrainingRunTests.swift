import Cyclograd
import Testing

@Suite("A training can be stopped and continued anywhere")
struct TrainingRunTests {
  private func make(
    _ problem: TrainingProblem, threads: Int = 1, seed: UInt64 = 4
  ) throws -> TrainingRun {
    let options = TrainerOptions(
      optimizer: .adam(),
      learningRate: LearningRate(
        0.02, shape: .cosine(end: 0.001, steps: 9), plateau: .init(patience: 0)),
      decay: 1e-3, warmStart: .sample)
    return try TrainingRun(
      try problem.trainer(options, threads: threads), on: problem.table,
      TrainingRunOptions(epochs: 3, batchSize: 5, seed: seed, validationsPerEpoch: 2),
      validation: Validation(problem.table))
  }

  /// Runs to the end; what happened, in a form that can be compared.
  private func finish(_ run: inout TrainingRun) throws -> [String] {
    var log: [String] = []
    while let event = try run.next() { log.append("\(event)") }
    return log
  }

  @Test("Each epoch takes every sample once, in an order of its own")
  func epochs() throws {
    let problem = try TrainingProblem()
    var run = try make(problem)
    var (steps, validations, epochs) = (0, 0, 0)
    while let event = try run.next() {
      switch event {
      case .step(let report):
        steps += 1
        #expect(report.used == (steps % 3 == 0 ? 2 : 5))
      case .validation: validations += 1
      case .fit, .descent, .rewiring: Issue.record("a run by itself has no stages")
      case .epoch(let report):
        epochs += 1
        #expect(report.used == 12 && report.epoch == epochs && report.step == 3 * epochs)
        #expect(steps == 3 * epochs && validations == 2 * epochs)
      }
    }
    #expect(epochs == 3)
    #expect(run.progress.epochs.count == 3 && run.progress.validations.count == 6)
    // Warm starts are by sample, so their keys are the samples that were seen.
    #expect(Set(run.trainer.state.warmStates.keys) == Set(0..<12))
  }

  @Test("Stopped after any event and continued from its state, it is bit-identical")
  func resume() throws {
    let problem = try TrainingProblem()
    var whole = try make(problem)
    let log = try finish(&whole)
    for stop in stride(from: 0, through: log.count, by: 1) {
      var first = try make(problem)
      for _ in 0..<stop { _ = try first.next() }
      let trainer = try Trainer(
        try problem.simulator(threads: 2), first.trainer.state, first.trainer.options)
      var second = try TrainingRun(
        trainer, on: problem.table, first.options, validation: Validation(problem.table),
        progress: first.progress)
      #expect(try finish(&second) == Array(log[stop...]))
      #expect(second.trainer.state == whole.trainer.state)
      #expect(second.progress == whole.progress)
    }
  }

  @Test("The seed decides the order")
  func seeds() throws {
    let problem = try TrainingProblem()
    var runs = try [4, 4, 5].map { try make(problem, seed: $0) }
    for index in runs.indices { _ = try finish(&runs[index]) }
    #expect(runs[0].trainer.state == runs[1].trainer.state)
    #expect(runs[0].trainer.parameters != runs[2].trainer.parameters)
  }

  @Test("Events arrive as an asynchronous sequence, the same ones")
  func asynchronous() async throws {
    let problem = try TrainingProblem()
    var direct = try make(problem)
    let expected = try finish(&direct)
    var iterator = try make(problem).events.makeAsyncIterator()
    var log: [String] = []
    while let event = try await iterator.next() { log.append("\(event)") }
    #expect(log == expected)
    #expect(iterator.run.trainer.state == direct.trainer.state)
  }

  @Test("A cancelled task ends the sequence")
  func cancelled() async throws {
    let events = try make(TrainingProblem()).events
    let task = Task {
      var count = 0
      for try await _ in events {
        count += 1
        if count == 2 { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return count
    }
    #expect(try await task.value == 2)
  }

  @Test("Training reduces the loss, and the best validation is marked")
  func learns() throws {
    let problem = try TrainingProblem()
    var run = try TrainingRun(
      problem.trainer(TrainerOptions(learningRate: LearningRate(0.02))), on: problem.table,
      TrainingRunOptions(epochs: 150, batchSize: 12), validation: Validation(problem.table))
    _ = try finish(&run)
    let validations = run.progress.validations
    #expect(validations[149].loss < 0.5 * validations[0].loss)
    #expect(run.progress.best == validations.map(\.loss).min())
    let best = validations.last { $0.isBest }
    #expect(best?.loss == run.progress.best)
  }

  @Test("An unknown quantity to be monitored is named")
  func monitored() throws {
    let problem = try TrainingProblem()
    var run = try TrainingRun(
      problem.trainer(TrainerOptions()), on: problem.table, TrainingRunOptions(epochs: 1),
      validation: Validation(problem.table, monitored: "f2") { _, _, _ in [.init("f1", 1)] })
    let error = #expect(throws: CyclogradError.self) { try finish(&run) }
    #expect(error?.message.contains("'f2'") == true)
  }
}
