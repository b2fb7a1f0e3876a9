/// How far a training has come. Together with the trainer's state it is all that a checkpoint must hold.
public struct TrainingProgress: Hashable, Sendable {
  /// The epoch that is under way, from 0; the number of epochs when all are done.
  public var epoch = 0
  /// How many of its steps were made.
  public var stepInEpoch = 0
  /// How many of its validations were made.
  public var validationsInEpoch = 0
  /// Sums over the epoch that is under way; its loss is a sum over samples here.
  public var sums = EpochReport(
    epoch: 1, step: 0, loss: 0, used: 0, skipped: 0, learningRate: 0, forwardIterations: 0,
    backwardIterations: 0)
  /// The best value of the monitored quantity; `nil` before the first.
  public var best: Double?
  /// How long the monitored quantity has not improved.
  public var stopping = EarlyStopping.State()
  /// The epochs so far.
  public var epochs: [EpochReport] = []
  /// The validations so far.
  public var validations: [ValidationReport] = []
  /// How many of the epochs had ended when losses were last measured by another yardstick; 0 if they never were.
  public var comparableFrom = 0
  /// The stage that is under way, from 0; the number of stages when all are done.
  public var stage = 0
  /// How many epochs were made in earlier stages.
  public var epochsBefore = 0
  /// How many steps were made in earlier stages; a fit counts as one.
  public var stepsBefore = 0

  /// The beginning.
  public init() {}

  /// Goes over to the next stage, whose epochs and choice of the best begin anew.
  ///
  /// - Parameter steps: how many were made in the stage that has ended.
  public mutating func beginStage(after steps: Int) {
    restartChoice()
    stage += 1
    epochsBefore += epoch
    stepsBefore += steps
    (epoch, stepInEpoch, validationsInEpoch) = (0, 0, 0)
  }

  /// Lets the choice of the best begin anew, because losses are measured by another yardstick from here on.
  public mutating func restartChoice() {
    best = nil
    stopping = EarlyStopping.State()
    for index in validations.indices { validations[index].isBest = false }
    comparableFrom = epochs.count
    let step = sums.step
    sums = TrainingProgress().sums
    sums.step = step
  }
}
