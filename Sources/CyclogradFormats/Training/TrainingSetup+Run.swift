public import Cyclograd

/// What is done with what was read: trainings and their stages begin, rates are looked for, samples are answered.
extension TrainingSetup {
  /// The training at its beginning, or where a checkpoint left it.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for options that do not fit the network or the samples.
  public func run(continuing checkpoint: Checkpoint? = nil) throws -> TrainingRun {
    try run(
      from: checkpoint?.trainer, parameters, checkpoint?.progress ?? TrainingProgress())
  }

  /// The training of a stage, from a state, or from its beginning with some parameters.
  func run(
    from state: TrainerState?, _ parameters: Parameters, _ progress: TrainingProgress
  ) throws -> TrainingRun {
    let source = try trainingSource
    let file = self.file.inStage(progress.stage)
    var options = file.options
    let steps = (source.count + file.run.batchSize - 1) / file.run.batchSize
    options.learningRate = file.learningRate(stepsPerEpoch: steps)
    options.seed = file.run.seed
    return try located {
      // What the graph has was checked before the first stage; what a stage has taken out is no mistake of the file.
      if topology != nil { _ = try options.removeIdle(in: network) }
      let trainer =
        try state.map { try Trainer(simulator, $0, options) }
        ?? Trainer(simulator, parameters, options)
      return try TrainingRun(
        trainer, on: source, file.run, validation: try validation(), progress: progress)
    }
  }

  /// What the file says of a stage, and means nothing any more since edges were exchanged.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` as ``run(continuing:)``.
  package func idleRules(inStage stage: Int) throws -> [String] {
    guard topology != nil else { return [] }
    if case .fenchel(var options) = file.otherStage(stage) {
      return try TrainerOptions.removeIdle(&options.balls, in: network)
    }
    var options = file.inStage(stage).options
    return try options.removeIdle(in: network)
  }

  /// Looks for a learning rate of the training, or of the first one of several stages, from the parameters at the beginning.
  ///
  /// - Throws: what ``Cyclograd/LearningRateSearch`` throws, and errors of options that do not fit.
  public func findRate(
    _ search: LearningRateSearch, shouldStop: () -> Bool = { false }
  ) throws -> LearningRateSearch.Outcome {
    let trains =
      file.stages.isEmpty || (0..<file.stageCount).contains { file.otherStage($0) == nil }
    guard trains else {
      throw CyclogradError(
        .invalidOption, "no stage of the file takes steps, so there is no rate to look for",
        at: .init(file: file.path), advice: "add a stage 'train'")
    }
    var options = file.options
    options.seed = file.run.seed
    return try search.run(
      Trainer(simulator, parameters, options), on: trainingSource, batchSize: file.run.batchSize,
      seed: file.run.seed, shouldStop: shouldStop)
  }

  /// Refuses a stage that the network cannot have, before the first one begins.
  func check(stage: Int) throws {
    try located {
      switch file.otherStage(stage) {
      case .fenchel(let options):
        guard file.options.normalisations.isEmpty else {
          throw CyclogradError(
            .invalidOption, "a descent on states does not keep normalised weights normalised",
            at: .init(subject: "stage \(stage + 1)"),
            advice: "leave out 'normalise', or say it in the stages that train")
        }
        _ = try FenchelDescent(
          options, simulator, parameters, on: SampleTable.first(of: trainingSource),
          loss: file.options.loss)
      case .rewire(let rule):
        try rule.check(network)
        _ = try rewired(to: edges, parameters)
      case .match(let rule):
        try rule.check(network)
        _ = try rewired(to: edges, parameters)
      case .fit(let fit): try fit.check(network)
      case .train, nil: break
      }
    }
  }

  /// Says with errors that name no file that they are of the training file.
  func located<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch var error as CyclogradError {
      if error.location.file == nil { error.location.file = file.path }
      throw error
    }
  }

  /// The samples to train on.
  var trainingSource: any SampleSource {
    get throws { try data.stream ?? samples(.training) }
  }

  private func samples(_ part: DataRecipe.Part) throws -> SampleTable {
    guard let samples = data.parts[part] else { throw missing(part) }
    return try SampleTable(inputs: samples.inputs, targets: samples.targets)
  }

  private func missing(_ part: DataRecipe.Part) -> CyclogradError {
    CyclogradError(
      .invalidOption, "the training file has no \(part.rawValue) samples",
      at: .init(file: file.path),
      advice: "name a file under '\(part.rawValue)', or split a share off in the steps of 'data'")
  }

  private func validation() throws -> Validation? {
    try file.validation(of: data)
  }

  /// How many of an autoencoder's validation samples are anomalies, whose errors count in the loss of validations as
  /// all others do; `nil` for other tasks, and without such samples or labels.
  public var validationAnomalies: Int? {
    guard case .autoencoder = file.task else { return nil }
    return data.parts[.validation]?.labels?.count { $0 == 1 }
  }

  /// What a network answers to the samples of a part.
  ///
  /// - Returns: the evaluation, and the classes of the samples that have an equilibrium.
  /// - Throws: ``Cyclograd/CyclogradError`` if there are no such samples.
  public func evaluate(
    _ part: DataRecipe.Part, _ parameters: Parameters
  ) throws -> (evaluation: Evaluation, labels: [Int]?) {
    if part == .training, let stream = data.stream {
      throw CyclogradError(
        .invalidOption, "samples that stay on the disk are not evaluated",
        at: .init(file: stream.inputs.path), advice: "name the file under 'test' as well")
    }
    guard let samples = data.parts[part] else { throw missing(part) }
    let evaluation = try Evaluation(
      simulator, parameters, loss: file.options.loss, inputs: samples.inputs,
      targets: samples.targets)
    return (
      evaluation, samples.labels.map { labels in evaluation.answers.rows.map { labels[$0] } }
    )
  }
}

extension SampleTable {
  /// The first of some samples alone.
  fileprivate static func first(of source: any SampleSource) throws -> SampleTable {
    let (inputs, targets) = try source.samples([0])
    return try SampleTable(inputs: inputs, targets: targets)
  }
}
