package import Cyclograd

/// A training on samples in memory, which can be written to a file and continued from there.
package struct MemoryTraining: Sendable {
  /// The training as it stands.
  package private(set) var run: TrainingRun
  private let training: SampleTable
  private let validation: SampleTable?
  /// What a checkpoint says of the samples, once it was asked for: it takes a look at all of them.
  private var digests: (training: String, validation: String)?

  /// Prepares a training.
  ///
  /// - Throws: what ``Cyclograd/TrainingRun`` throws.
  package init(
    _ trainer: Trainer, on training: SampleTable, validation: SampleTable?,
    _ options: TrainingRunOptions
  ) throws {
    run = try TrainingRun(
      trainer, on: training, options, validation: validation.map { Validation($0) })
    self.training = training
    self.validation = validation
  }

  /// Does the next piece of work; see ``Cyclograd/TrainingRun/next()``.
  package mutating func next() throws -> TrainingEvent? { try run.next() }

  /// Writes the training as it stands, whole or not at all.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `file` for what cannot be written.
  package mutating func save(to path: String) throws {
    try Checkpoint(run, identity: identity()).write(
      of: run.trainer.simulator.network, to: path)
  }

  /// Continues from a file, as `train --resume` of the command does from the newest checkpoint. If that fails, the training is
  /// as it was.
  ///
  /// - Parameter restartingChoice: whether the choice of the best and the optimizer's memory begin anew.
  /// - Returns: what is different now, for people.
  /// - Throws: ``Cyclograd/CyclogradError`` for files that are no checkpoint, and for those of another training.
  package mutating func resume(_ path: String, restartingChoice: Bool) throws -> [String] {
    let (simulator, options) = (run.trainer.simulator, run.trainer.options)
    let checkpoint = try Checkpoint.read(path, for: simulator.network)
    guard checkpoint.progress.stage == 0 else {
      throw CyclogradError(
        .shapeMismatch, "the checkpoint is of stage \(checkpoint.progress.stage + 1)",
        at: .init(file: path), advice: "samples in memory are trained on in one stage")
    }
    let changes = try checkpoint.changes(
      to: identity(), allowsNewYardstick: restartingChoice, path: path)
    let start =
      restartingChoice
      ? checkpoint.measuredAnew(options.optimizer)
      : checkpoint.adapted(to: changes, options.optimizer)
    run = try TrainingRun(
      Trainer(simulator, start.trainer, options), on: training, run.options,
      validation: validation.map { Validation($0) }, progress: start.progress)
    return changes.map { $0.text }
  }

  /// What the training is made of, its samples included.
  private mutating func identity() -> TrainingIdentity {
    let known: (training: String, validation: String)
    if let digests {
      known = digests
    } else {
      known = (
        TrainingSetup.tableDigest(training),
        validation.map { TrainingSetup.tableDigest($0) } ?? "none"
      )
      digests = known
    }
    let solver = run.trainer.simulator.options
    var result = TrainingIdentity(run)
    result.values[.task] = "regression"
    result.values[.select] = "loss"
    result.values[.backend] = run.trainer.simulator.backend.name
    result.values[.tolerance] = String(solver.tolerance)
    result.values[.iterations] = solver.maximumIterations.map { String($0) } ?? "the solver's"
    result.values[.trainingData] = known.training
    result.values[.validationData] = known.validation
    return result
  }
}
