/// A whole training: epochs of shuffled minibatches, with validations.
///
///     var run = try TrainingRun(trainer, on: samples, TrainingRunOptions(epochs: 20))
///     for try await event in run.events { … }
///
/// A run does nothing by itself: each call of ``next()`` does one piece of work and says what it
/// was. So it can be stopped between any two events, and a copy of ``trainer``'s state and
/// ``progress`` continues it as if it had never been stopped, bit for bit.
public struct TrainingRun: Sendable {
  /// Makes the steps.
  public private(set) var trainer: Trainer
  /// Where the training stands.
  public private(set) var progress: TrainingProgress
  /// How it proceeds.
  public let options: TrainingRunOptions

  private let source: any SampleSource
  private let validation: Validation?
  /// The order of the epoch that is under way.
  private var order: (epoch: Int, indices: [Int])?

  /// Prepares a run, from the beginning or from where another one stood.
  ///
  /// - Throws: ``CyclogradError`` for options without a meaning, and for progress that does not
  ///   fit the number of samples.
  public init(
    _ trainer: Trainer, on source: any SampleSource, _ options: TrainingRunOptions,
    validation: Validation? = nil, progress: TrainingProgress = TrainingProgress()
  ) throws(CyclogradError) {
    try options.validate()
    for count in [source.count, validation?.source.count ?? 1] where count < 1 {
      throw CyclogradError(
        .shapeMismatch,
        "there are no samples to \(source.count < 1 ? "train on" : "validate with")",
        advice: "give at least one")
    }
    guard !trainer.options.optimizer.needsAllSamples || source.count <= options.batchSize else {
      throw CyclogradError(
        .invalidOption,
        "\(trainer.options.optimizer.name) needs all \(source.count) samples in every step, not "
          + "\(options.batchSize)",
        advice: "give a batch of \(source.count), or another optimizer")
    }
    self.trainer = trainer
    self.source = source
    self.options = options
    self.validation = validation
    self.progress = progress
    guard progress.epoch >= 0, 0...stepsPerEpoch ~= progress.stepInEpoch else {
      throw CyclogradError(
        .shapeMismatch,
        "step \(progress.stepInEpoch) of an epoch that has \(stepsPerEpoch)",
        advice: "continue with the same samples and the same number of them in a step")
    }
  }

  /// The number of steps that have been made, in this stage and those before it.
  public var stepCount: Int { progress.stepsBefore + trainer.state.steps }

  /// The number of steps in an epoch.
  public var stepsPerEpoch: Int { (source.count + options.batchSize - 1) / options.batchSize }

  /// The number of samples.
  public var sampleCount: Int { source.count }

  /// Whether the training has ended before its last epoch, see ``TrainingRunOptions/earlyStopping``. It ends with an epoch.
  public var hasStoppedEarly: Bool {
    guard let rule = options.earlyStopping, progress.epoch < options.epochs else { return false }
    return progress.stepInEpoch == 0 && progress.stopping.waited > rule.patience
  }

  /// Whether there is nothing left to do.
  public var isFinished: Bool { progress.epoch >= options.epochs || hasStoppedEarly }

  /// Does the next piece of work; `nil` when the last epoch has ended.
  ///
  /// - Throws: what ``Trainer/step(inputs:targets:samples:)`` throws, and what the samples' source
  ///   and the validation do. The run is then as it was before.
  public mutating func next() throws -> TrainingEvent? {
    // The samples of a single step are nobody's progress.
    try TaskProgress.$current.withValue(nil) { try nextEvent() }
  }

  private mutating func nextEvent() throws -> TrainingEvent? {
    guard !isFinished else { return nil }
    if validation != nil, progress.validationsInEpoch < validationsDue {
      return .validation(try validate())
    }
    if progress.stepInEpoch == stepsPerEpoch { return .epoch(endEpoch()) }
    return .step(try step())
  }

  /// How many validations of this epoch should have been made by now.
  private var validationsDue: Int {
    // More than one a step would look at the same parameters again, and wear out patience.
    progress.stepInEpoch * min(options.validationsPerEpoch, stepsPerEpoch) / stepsPerEpoch
  }

  private mutating func step() throws -> StepReport {
    if order?.epoch != progress.epoch {
      order = (
        progress.epoch,
        options.isShuffled
          ? ShuffledOrder.indices(
            source.count, seed: options.seed, epoch: progress.epochsBefore + progress.epoch)
          : Array(0..<source.count)
      )
    }
    let first = progress.stepInEpoch * options.batchSize
    let indices = Array(
      order!.indices[first..<min(first + options.batchSize, source.count)])
    let (inputs, targets) = try source.samples(indices)
    var report = try trainer.step(inputs: inputs, targets: targets, samples: indices)
    report.step += progress.stepsBefore
    progress.stepInEpoch += 1
    progress.sums.step = report.step
    if report.used > 0 { progress.sums.loss += report.loss * Double(report.used) }
    progress.sums.used += report.used
    progress.sums.skipped += report.skipped.count
    progress.sums.learningRate = report.learningRate
    progress.sums.forwardIterations += report.forwardIterations
    progress.sums.backwardIterations += report.backwardIterations
    return report
  }

  private mutating func endEpoch() -> EpochReport {
    var report = progress.sums
    report.epoch = progress.epochsBefore + progress.epoch + 1
    report.loss = report.used > 0 ? report.loss / Double(report.used) : .nan
    progress.epochs.append(report)
    if validation == nil, report.used > 0 {
      // Without samples of its own a validation can only be the training loss.
      observe(report.loss)
      progress.best = min(progress.best ?? .infinity, report.loss)
    }
    progress.epoch += 1
    progress.stepInEpoch = 0
    progress.validationsInEpoch = 0
    progress.sums = TrainingProgress().sums
    return report
  }

  /// Tells the rules for plateaus and for stopping a value; smaller is better.
  private mutating func observe(_ value: Double) {
    trainer.observe(value)
    progress.stopping.observe(value, threshold: options.earlyStopping?.threshold ?? 0)
  }

  private mutating func validate() throws -> ValidationReport {
    guard let validation else { preconditionFailure("there is no validation") }
    var report = try trainer.validate(
      validation, at: stepCount,
      epoch: progress.epochsBefore + progress.epoch + 1)
    let (value, isBest) = try validation.judge(report, best: progress.best)
    if value.isFinite {
      let sign: Double = validation.isLargerBetter ? -1 : 1
      report.isBest = isBest
      if report.isBest { progress.best = value }
      observe(sign * value)
    } else {
      progress.stopping.observe(.nan, threshold: 0)
    }
    progress.validationsInEpoch += 1
    progress.validations.append(report)
    return report
  }
}
