import Cyclograd

/// What one training of a study came to.
public struct StudyRun: Codable, Hashable, Sendable {
  /// The variant's name.
  public var variant: String
  /// The seed.
  public var seed: Int
  /// The fold, where the study has any.
  public var fold: Int?
  /// ``StudyFile/fingerprint(of:)``.
  public var fingerprint: String
  /// The number of parameters that were trained.
  public var parameters: Int
  /// How it ended: `finished`, or what made it stop.
  public var end: String
  /// How many steps were made, and before how many the best parameters were found.
  public var steps: Int
  /// The step of the best validation; that of the end if there was none.
  public var bestStep: Int
  /// How many samples were left out of steps.
  public var skipped: Int
  /// How many samples of the last part that was measured have no equilibrium.
  public var failed: Int
  /// How long the training took, validations included.
  public var seconds: Double
  /// How long it took to apply the network to the last part that was measured.
  public var inferenceSeconds: Double
  /// The study's measures; those without a finite value are missing.
  public var measures: [String: Double]
  /// The confusion matrix of the last part that was measured, row after row.
  public var confusion: [Int]?
  /// The training loss of each epoch.
  public var losses: [Double?]
  /// The loss of the last validation of each epoch.
  public var validationLosses: [Double?]

  /// Whether this is what a trial came to.
  public func isOf(_ trial: StudyFile.Trial) -> Bool {
    variant == trial.variant.name && seed == trial.seed && fold == trial.fold
  }

  /// Trains a variant of a study.
  ///
  /// A training that blows up is measured as it was at its best validation.
  ///
  /// - Parameters:
  ///   - data: samples that another training of the study has prepared.
  ///   - shouldStop: asked after every event.
  /// - Returns: `nil` if it was stopped.
  /// - Throws: ``Cyclograd/CyclogradError`` for whatever is wrong with files and options.
  public static func train(
    _ study: StudyFile, _ trial: StudyFile.Trial, data: PreparedData, shouldStop: () -> Bool
  ) throws -> StudyRun? {
    let (variant, seed) = (trial.variant, trial.seed)
    let setup = try TrainingSetup(study.training(of: variant, seed: seed), data: data)
    var stages = try StagedRun(setup)
    var end = "finished"
    let clock = ContinuousClock()
    let begin = clock.now
    do {
      loop: while true {
        if case .end = try stages.next() { break loop }
        if shouldStop() { return nil }
      }
    } catch let error as CyclogradError where error.code == .blownUp {
      end = "\(error.message), \(error.location.subject ?? "")"
    }
    let seconds = (clock.now - begin) / .seconds(1)
    let progress = stages.run.progress
    let steps = stages.run.stepCount
    // What has blown up is no better than what it began with.
    let parameters =
      stages.best ?? (end == "finished" ? stages.run.trainer.parameters : stages.setup.parameters)
    let bestStep = stages.best == nil ? (end == "finished" ? steps : 0) : stages.bestStep
    var result = StudyRun(
      variant: variant.name, seed: seed, fold: trial.fold,
      fingerprint: try study.fingerprint(of: variant),
      parameters: stages.setup.network.trainableParameterCount, end: end, steps: steps,
      bestStep: bestStep, skipped: stages.run.trainer.state.skippedSamples, failed: 0,
      seconds: seconds,
      inferenceSeconds: 0, measures: [:], confusion: nil,
      losses: progress.epochs.map { $0.loss.isFinite ? $0.loss : nil },
      validationLosses: progress.epochs.map { epoch in
        progress.validations.last { $0.epoch == epoch.epoch && $0.loss.isFinite }?.loss
      })
    try result.measure(study, stages.setup, parameters)
    return result
  }

  private mutating func measure(
    _ study: StudyFile, _ setup: TrainingSetup, _ parameters: Parameters
  ) throws {
    var threshold: Double?
    let clock = ContinuousClock()
    let isAutoencoder = if case .autoencoder = study.training.task { true } else { false }
    // In this order, so that a threshold comes from the validation samples.
    for part in study.training.data.parts {
      let wanted = study.measures.filter { $0.part == part }
      guard !wanted.isEmpty || isAutoencoder && part == .validation else { continue }
      let begin = clock.now
      let (evaluation, labels) = try setup.evaluate(part, parameters)
      inferenceSeconds = (clock.now - begin) / .seconds(1)
      failed = evaluation.failed.count
      guard !evaluation.answers.rows.isEmpty else { continue }
      let (found, limit) = try setup.file.task.measure(
        evaluation.answers, labels: labels, threshold: part.isTest ? threshold : nil)
      if part == .validation { threshold = limit }
      for measure in wanted {
        let value =
          measure.name == "loss"
          ? evaluation.loss : measure.name == "threshold" ? limit : found[measure.name]
        if let value, value.isFinite { measures[measure.text] = value }
      }
      if let confusion = found.confusion { self.confusion = confusion.counts }
    }
  }
}
