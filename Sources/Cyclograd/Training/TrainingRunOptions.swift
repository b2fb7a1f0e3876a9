/// How a whole training proceeds.
public struct TrainingRunOptions: Sendable {
  /// The number of passes over the samples.
  public var epochs: Int
  /// The samples of one step; the last step of an epoch takes what is left.
  public var batchSize: Int
  /// What the order of the samples is drawn from.
  public var seed: UInt64
  /// Whether every epoch has an order of its own; otherwise samples come in their order.
  public var isShuffled: Bool
  /// How many times in an epoch the network is validated, at equal distances and at its end.
  public var validationsPerEpoch: Int
  /// When the training ends before its last epoch; `nil` for never.
  public var earlyStopping: EarlyStopping?

  /// Creates options.
  public init(
    epochs: Int, batchSize: Int = 32, seed: UInt64 = 0, isShuffled: Bool = true,
    validationsPerEpoch: Int = 1, earlyStopping: EarlyStopping? = nil
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.seed = seed
    self.isShuffled = isShuffled
    self.validationsPerEpoch = validationsPerEpoch
    self.earlyStopping = earlyStopping
  }

  /// Checks that the options have a meaning.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public func validate() throws(CyclogradError) {
    for (value, what) in [
      (epochs, "number of epochs"), (batchSize, "number of samples in a step"),
      (validationsPerEpoch, "number of validations in an epoch"),
    ] where value < 1 {
      throw CyclogradError(
        .invalidOption, "the \(what) is \(value)", advice: "give at least 1")
    }
    try earlyStopping?.validate()
  }
}

/// Measures a network that is being trained.
public struct Validation: Sendable {
  /// The samples.
  public var source: any SampleSource
  /// The quantity by which the best network is chosen and plateaus are recognised: `loss`, or one
  /// of those that `measure` gives.
  public var monitored: String
  /// Whether larger values of it are better.
  public var isLargerBetter: Bool
  /// Further quantities of the outputs of the samples that converged and their targets; `rows` are
  /// those samples' numbers.
  public var measure:
    @Sendable (_ outputs: Matrix, _ targets: Matrix, _ rows: [Int]) throws -> [Measurement]

  /// A quantity.
  public struct Measurement: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its value; NaN where it has none.
    public var value: Double

    /// Creates a quantity.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// Creates a validation.
  public init(
    _ source: any SampleSource, monitored: String = "loss", isLargerBetter: Bool = false,
    measure: @escaping @Sendable (Matrix, Matrix, [Int]) throws -> [Measurement] = { _, _, _ in [] }
  ) {
    self.source = source
    self.monitored = monitored
    self.isLargerBetter = isLargerBetter
    self.measure = measure
  }
}

/// What a validation found.
public struct ValidationReport: Hashable, Sendable {
  /// The number of steps before it.
  public var step: Int
  /// The epoch in which it was, from 1.
  public var epoch: Int
  /// The mean loss over the samples that converged to a finite one; NaN if none did.
  public var loss: Double
  /// How many did not.
  public var failed: Int
  /// Further quantities.
  public var measurements: [Validation.Measurement]
  /// Whether the monitored quantity was better than ever before.
  public var isBest: Bool

  /// Creates a report.
  public init(
    step: Int, epoch: Int, loss: Double, failed: Int, measurements: [Validation.Measurement],
    isBest: Bool
  ) {
    self.step = step
    self.epoch = epoch
    self.loss = loss
    self.failed = failed
    self.measurements = measurements
    self.isBest = isBest
  }
}

/// What happened in an epoch.
public struct EpochReport: Hashable, Sendable {
  /// The number of the epoch, from 1.
  public var epoch: Int
  /// The number of steps so far.
  public var step: Int
  /// The mean loss over the samples used, each measured before its step's update; NaN if none.
  public var loss: Double
  /// How many samples were used.
  public var used: Int
  /// How many were left out.
  public var skipped: Int
  /// The learning rate of the last step.
  public var learningRate: Double
  /// The iterations of all equilibria.
  public var forwardIterations: Int
  /// The iterations of all adjoints.
  public var backwardIterations: Int

  /// Creates a report.
  public init(
    epoch: Int, step: Int, loss: Double, used: Int, skipped: Int, learningRate: Double,
    forwardIterations: Int, backwardIterations: Int
  ) {
    self.epoch = epoch
    self.step = step
    self.loss = loss
    self.used = used
    self.skipped = skipped
    self.learningRate = learningRate
    self.forwardIterations = forwardIterations
    self.backwardIterations = backwardIterations
  }
}

/// An event of a training.
public enum TrainingEvent: Sendable {
  /// A step was made.
  case step(StepReport)
  /// The network was validated.
  case validation(ValidationReport)
  /// An epoch has ended; a good moment for a checkpoint.
  case epoch(EpochReport)
  /// A readout was fitted: a stage of a training file, which a ``TrainingRun`` by itself does not have.
  case fit(ReadoutFit.Report)
  /// A step of a descent on states was made: likewise.
  case descent(FenchelDescent.Report)
  /// Edges were exchanged, and so many there are now: likewise.
  case rewiring(Rewiring.Plan, edges: Int)
}
