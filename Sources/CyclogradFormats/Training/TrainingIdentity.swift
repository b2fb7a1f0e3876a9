public import Cyclograd

/// What a training is made of, as text: a checkpoint keeps it, and a training that is continued is compared with it.
///
/// What the place in an epoch depends on must stay. What losses, the best of them and the optimizer's memory were
/// measured by may change only where these begin anew. All else may change.
public struct TrainingIdentity: Hashable, Sendable {
  /// A part of it; its raw value is what messages and files call it.
  public enum Aspect: String, Hashable, Sendable, CaseIterable {
    case seed
    case batch
    case shuffle
    case samples
    case preparation = "preparation of inputs"
    case optimizer
    case loss
    case task
    case select
    case trainingData = "training data"
    case validationData = "validation data"
    case gradient
    case constants = "constants of the optimizer"
    case rate
    case schedule
    case plateau
    case decay
    case clip
    case groups
    case balls
    case normalise
    case stages
    case accumulate
    case average = "moving-average"
    case stopping = "early-stopping"
    case regularise
    case warmStart = "warm-start"
    case failures = "not-converged"
    case epochs
    case validations = "validations per epoch"
    case metrics
    case backend
    case tolerance
    case iterations = "max-iterations"

    /// What follows from a difference.
    enum Consequence {
      /// The training is another one.
      case refusal
      /// Values before and after it cannot be compared.
      case newYardstick
      /// Nothing but what it says.
      case none
    }

    var consequence: Consequence {
      switch self {
      case .seed, .batch, .shuffle, .samples, .preparation: .refusal
      case .optimizer, .loss, .task, .select, .trainingData, .validationData: .newYardstick
      case .gradient, .constants, .rate, .schedule, .plateau, .decay, .clip, .groups, .balls,
        .normalise, .stages, .regularise, .accumulate, .average, .stopping,
        .warmStart, .failures, .epochs, .validations, .metrics, .backend, .tolerance, .iterations:
        .none
      }
    }

    /// Whether the function that a quasi-Newton method models depends on it.
    var shapesObjective: Bool {
      switch self {
      case .decay, .groups, .normalise, .regularise, .gradient, .loss, .trainingData: true
      default: false
      }
    }
  }

  /// Something that is different now.
  public struct Change: Hashable, Sendable {
    /// What.
    public var aspect: Aspect
    /// What it was.
    public var before: String
    /// What it is.
    public var after: String
    /// Both, for people.
    public var text: String { "\(aspect.rawValue) \(before) → \(after)" }
  }

  /// What is known of each part.
  public var values: [Aspect: String]

  init(values: [Aspect: String]) { self.values = values }

  /// The values by the names of their aspects, as histories and logs have them.
  public var settings: [String: String] {
    Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
  }

  /// The names that ``settings`` can have, in the order in which they are shown.
  public static var settingNames: [String] { Aspect.allCases.map(\.rawValue) }

  /// What a run knows of itself: its options, the number of its samples, but not their numbers.
  public init(_ run: TrainingRun) {
    let (step, options) = (run.trainer.options, run.options)
    values = [
      .seed: String(options.seed),
      .batch: step.pieceSize.map { "\(options.batchSize) in pieces of \($0)" }
        ?? String(options.batchSize),
      .shuffle: String(options.isShuffled), .samples: String(run.sampleCount),
      .optimizer: Self.memory(step.optimizer), .loss: step.loss.name,
      .gradient: step.gradient.name, .constants: Self.constants(step.optimizer),
      .rate: String(step.learningRate.base), .schedule: Self.schedule(step.learningRate),
      .plateau: step.learningRate.plateau.map(Self.plateau) ?? "none",
      .decay: String(step.decay), .clip: Self.clip(step),
      .groups: step.groups.isEmpty ? "none" : step.groups.map(Self.group).joined(separator: "; "),
      .balls: step.balls.isEmpty ? "none" : step.balls.map(Self.ball).joined(separator: "; "),
      .normalise: step.normalisations.isEmpty
        ? "none" : step.normalisations.map(\.name).joined(separator: "; "),
      .regularise: step.regularisers.isEmpty
        ? "none" : step.regularisers.map(\.name).joined(separator: "; "),
      .accumulate: step.pieceSize.map { "\($0) samples at once" } ?? "none",
      .average: step.averageDecay.map { String($0) } ?? "none",
      .stopping: options.earlyStopping.map {
        "patience \($0.patience), threshold \($0.threshold)"
      } ?? "none",
      .warmStart: step.warmStart.rawValue, .failures: step.failures.rawValue,
      .epochs: String(options.epochs), .validations: String(options.validationsPerEpoch),
    ]
  }

  /// What is different in a training that is to be continued. Parts of which one side knows nothing are passed over.
  func changes(to other: TrainingIdentity) -> [Change] {
    Aspect.allCases.compactMap { aspect in
      guard let before = values[aspect], let after = other.values[aspect], before != after else {
        return nil
      }
      return Change(aspect: aspect, before: before, after: after)
    }
  }

  // MARK: As text

  /// What the optimizer remembers decides whether its memory can be taken over.
  private static func memory(_ optimizer: Optimizer) -> String {
    switch optimizer {
    case .sgd: optimizer.slotNames.isEmpty ? "sgd without momentum" : "sgd with momentum"
    case .lbfgs(let memory): "lbfgs with \(memory) pairs"
    case .adam, .adamW, .newton: optimizer.name
    }
  }

  private static func constants(_ optimizer: Optimizer) -> String {
    switch optimizer {
    case .sgd(let momentum, let nesterov): "momentum \(momentum), nesterov \(nesterov.rawValue)"
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
      "beta1 \(beta1), beta2 \(beta2), epsilon \(epsilon)"
    case .lbfgs: "none"
    case .newton(_, let iterations, let damping): "iterations \(iterations), damping \(damping)"
    }
  }

  private static func schedule(_ rate: LearningRate) -> String {
    let shape =
      switch rate.shape {
      case .constant: "constant"
      case .cosine(let end, let steps): "cosine to \(end) in \(steps) steps"
      case .exponential(let end, let steps): "exponential to \(end) in \(steps) steps"
      case .step(let every, let factor): "times \(factor) every \(every) steps"
      }
    return rate.warmUp > 0 ? shape + ", warm-up of \(rate.warmUp) steps" : shape
  }

  private static func plateau(_ rule: LearningRate.Plateau) -> String {
    "factor \(rule.factor), patience \(rule.patience), threshold \(rule.threshold), "
      + "cooldown \(rule.cooldown), smallest factor \(rule.smallestFactor)"
  }

  private static func clip(_ options: TrainerOptions) -> String {
    let parts = [
      options.valueLimit.map { "value \($0)" }, options.normLimit.map { "norm \($0)" },
    ].compactMap { $0 }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }

  private static func group(_ group: ParameterGroup) -> String {
    "\(group.name): \(selection(group.selection)), rate × \(group.rateFactor)"
      + (group.decay.map { ", decay \($0)" } ?? "") + (group.isFrozen ? ", frozen" : "")
  }

  private static func ball(_ ball: RowBall) -> String {
    "radius \(ball.radius) of \(ball.selection.map(selection) ?? "cycles")"
  }

  private static func selection(_ selection: ParameterSelection) -> String {
    (selection.kind?.rawValue ?? "all") + (selection.source.map { " from \($0)" } ?? "")
      + (selection.target.map { " to \($0)" } ?? "")
  }
}

extension TrainingIdentity {
  private static let prefix = "training."

  func write(to metadata: inout [String: String]) {
    for (aspect, value) in values { metadata[Self.prefix + aspect.rawValue] = value }
  }

  /// Reads it back; metadata of which this version knows nothing are passed over.
  init(metadata: [String: String]) {
    values = [:]
    for aspect in Aspect.allCases { values[aspect] = metadata[Self.prefix + aspect.rawValue] }
  }
}

extension Checkpoint {
  /// What is different in a training that is to continue from here.
  ///
  /// - Parameter allowsNewYardstick: whether the choice of the best and the optimizer's memory may begin anew.
  /// - Throws: ``Cyclograd/CyclogradError`` `shape-mismatch` where it would be another training, and where losses
  ///   before and after could not be compared.
  public func changes(
    to other: TrainingIdentity, allowsNewYardstick: Bool = false, path: String
  ) throws(CyclogradError) -> [TrainingIdentity.Change] {
    let changes = identity.changes(to: other)
    for change in changes {
      let what = change.aspect.rawValue
      let message =
        change.aspect == .preparation
        ? "the checkpoint is of a training whose inputs were prepared differently"
        : "the checkpoint is of a training with the \(what) \(change.before.shortened), not "
          + change.after.shortened
      switch change.aspect.consequence {
      case .refusal:
        throw CyclogradError(
          .shapeMismatch, message, at: .init(file: path),
          advice: "continue with that, or begin another training in another folder")
      case .newYardstick where !allowsNewYardstick:
        throw CyclogradError(
          .shapeMismatch, message, at: .init(file: path),
          advice: "continue with that, or with --restart-best, by which the choice of the best "
            + "and the optimizer's memory begin anew")
      case .newYardstick, .none: break
      }
    }
    return changes
  }

  /// The same state without what was measured by another yardstick: the best so far, the rule for plateaus, the
  /// optimizer's memory, states of samples to start from.
  func measuredAnew(_ optimizer: Optimizer) -> Checkpoint {
    var result = self
    result.trainer.optimizer = OptimizerState(
      optimizer, parameterCount: trainer.parameters.values.count)
    result.trainer.plateau = PlateauState()
    result.trainer.warmStates = [:]
    result.progress.restartChoice()
    return result
  }

  /// The same state for a training in which some things are different that may be.
  func adapted(to changes: [TrainingIdentity.Change], _ optimizer: Optimizer) -> Checkpoint {
    var result = self
    for change in changes {
      // States are remembered by sample or by row.
      if change.aspect == .warmStart { result.trainer.warmStates = [:] }
      if change.aspect == .normalise { result.trainer.normalisation = [] }
      // Differences of gradients would mix two functions.
      if change.aspect.shapesObjective, optimizer.needsAllSamples {
        result.trainer.optimizer = OptimizerState(
          optimizer, parameterCount: trainer.parameters.values.count)
      }
    }
    return result
  }
}
