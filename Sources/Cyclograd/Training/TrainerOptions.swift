/// How a network is trained, step by step.
public struct TrainerOptions: Sendable {
  /// What happens to a sample without an equilibrium or an adjoint.
  public enum FailurePolicy: String, Hashable, Sendable, CaseIterable {
    /// It is left out of the step, reported and counted.
    case skip
    /// Training stops with an error; the parameters stay as they were.
    case stop
  }

  /// Where the solver starts.
  public enum WarmStart: String, Hashable, Sendable, CaseIterable {
    /// At a = 0, always.
    case none
    /// At the previous equilibrium of the same sample: memory for samples × units.
    case sample
    /// At the previous equilibrium of the same row of the batch.
    case row
  }

  /// The loss; it is averaged over the samples of a step.
  public var loss: any Loss
  /// Which gradient is followed.
  public var gradient: GradientKind
  /// The optimizer.
  public var optimizer: Optimizer
  /// The learning rate.
  public var learningRate: LearningRate
  /// Parameters that are treated differently from the others, first come, first served. The others
  /// form the groups `weights` and `biases`.
  public var groups: [ParameterGroup]
  /// The weight decay λ of weights whose group has none of its own; biases have none.
  public var decay: Double
  /// Derivatives are cut to ± this before anything else.
  public var valueLimit: Double?
  /// Then the gradient of all trained parameters is scaled down to this Euclidean norm.
  public var normLimit: Double?
  /// Rows of W are projected onto these balls at the beginning and after every step.
  public var balls: [RowBall]
  /// Weights that the network has divided by their spectral norms.
  public var normalisations: [SpectralNormalisation]
  /// Terms that are added to the mean loss; proximal steps come before the projection onto balls.
  public var regularisers: [any Regulariser]
  /// How many samples are solved at once; a step of more takes them in pieces, and its gradient is the mean over all of
  /// them. `nil` for all of a step.
  public var pieceSize: Int?
  /// δ of the exponential moving average of the parameters, which is then what is validated and what comes out; `nil` for
  /// none. After step t it is δₜ times what it was plus 1 − δₜ times the parameters, δₜ = min(δ, (1 + t) / (10 + t)).
  public var averageDecay: Double?
  /// What random vectors of terms are drawn from.
  public var seed: UInt64
  /// What happens to a sample without an equilibrium or an adjoint.
  public var failures: FailurePolicy
  /// Where the solver starts.
  public var warmStart: WarmStart
  /// A parameter of a larger magnitude counts as a training that has blown up.
  public var parameterLimit: Double
  /// As many steps in a row without a single usable sample count as a training that has blown up.
  public var emptyStepLimit: Int
  /// Whether reports of steps have norms of gradients and parameters by where they act, which costs a pass over both.
  public var reportsBlocks = false

  /// Creates options.
  public init(
    loss: any Loss = .halfSquaredError, gradient: GradientKind = .exact,
    optimizer: Optimizer = .adam(), learningRate: LearningRate = LearningRate(0.001),
    groups: [ParameterGroup] = [],
    decay: Double = 0, valueLimit: Double? = nil, normLimit: Double? = nil, balls: [RowBall] = [],
    normalisations: [SpectralNormalisation] = [],
    regularisers: [any Regulariser] = [], pieceSize: Int? = nil, averageDecay: Double? = nil,
    seed: UInt64 = 0, failures: FailurePolicy = .skip,
    warmStart: WarmStart = .none, parameterLimit: Double = 1e8,
    emptyStepLimit: Int = 20
  ) {
    self.loss = loss
    self.gradient = gradient
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.groups = groups
    self.decay = decay
    self.valueLimit = valueLimit
    self.normLimit = normLimit
    self.balls = balls
    self.normalisations = normalisations
    self.regularisers = regularisers
    self.pieceSize = pieceSize
    self.averageDecay = averageDecay
    self.seed = seed
    self.failures = failures
    self.warmStart = warmStart
    self.parameterLimit = parameterLimit
    self.emptyStepLimit = emptyStepLimit
  }

  /// All groups: those given, then `weights` and `biases`.
  public var allGroups: [ParameterGroup] {
    groups + [
      ParameterGroup("weights", ParameterSelection(.weights)),
      ParameterGroup("biases", ParameterSelection(.biases)),
    ]
  }

  /// Checks that the options have a meaning.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public func validate() throws(CyclogradError) {
    try optimizer.validate()
    try learningRate.validate()
    try gradient.validate()
    for (value, what) in [(valueLimit, "limit of derivatives"), (normLimit, "limit of the norm")] {
      guard let value else { continue }
      guard value > 0, value.isFinite else {
        throw CyclogradError(
          .invalidOption, "the \(what) is \(value)", advice: "give a positive number")
      }
    }
    if let pieceSize, pieceSize < 1 {
      throw CyclogradError(
        .invalidOption, "\(pieceSize) samples are solved at once", advice: "give at least 1")
    }
    if let averageDecay, !(averageDecay > 0 && averageDecay < 1) {
      throw CyclogradError(
        .invalidOption, "the decay of the moving average is \(averageDecay)",
        advice: "give a number between 0 and 1, such as 0.999")
    }
    if optimizer.needsAllSamples, pieceSize != nil || averageDecay != nil {
      throw CyclogradError(
        .invalidOption,
        "accumulated gradients and moving averages do not go with \(optimizer.name)",
        advice: "leave them out, or use another optimizer")
    }
    if optimizer.needsAllSamples,
      valueLimit != nil || normLimit != nil || !balls.isEmpty
        || groups.contains(where: { $0.rateFactor != 1 && !$0.isFrozen }) || !regularisers.isEmpty
        || !normalisations.isEmpty
    {
      throw CyclogradError(
        .invalidOption,
        "limits, balls, regularisers, normalised weights and factors of the rate do not go with \(optimizer.name)",
        advice: "leave them out, or use another optimizer")
    }
    guard !optimizer.needsAllSamples || gradient == .exact else {
      throw CyclogradError(
        .invalidOption,
        "\(optimizer.name) needs the exact gradient; the loss need not fall along another one",
        advice: "use another optimizer")
    }
    guard parameterLimit > 0, emptyStepLimit >= 1 else {
      throw CyclogradError(
        .invalidOption, "a limit for trainings that blow up is not positive",
        advice: "leave the limits at their defaults")
    }
  }
}

/// Everything that changes in the course of a training, and that a checkpoint must hold.
public struct TrainerState: Hashable, Sendable {
  /// The weights and biases.
  public var parameters: Parameters
  /// What the optimizer remembers.
  public var optimizer: OptimizerState
  /// The moving average of the parameters; empty where there is none.
  public var average: [Double] = []
  /// What the rule for plateaus remembers.
  public var plateau = PlateauState()
  /// The number of steps, those without an update included.
  public var steps = 0
  /// How many samples were left out so far.
  public var skippedSamples = 0
  /// How many of the last steps had no usable sample.
  public var emptySteps = 0
  /// For each normalised matrix the vector that the power method goes on from.
  public var normalisation: [[Double]] = []
  /// States to start from, z of all units in file order, by sample or by row of the batch.
  public var warmStates: [Int: [Double]] = [:]

  /// The state before the first step.
  public init(parameters: Parameters, optimizer: OptimizerState) {
    self.parameters = parameters
    self.optimizer = optimizer
  }

  /// What the training has come to: the moving average, or where there is none the parameters.
  public var result: Parameters {
    var result = parameters
    if !average.isEmpty { result.values = average }
    return result
  }
}

/// What happened in one step.
public struct StepReport: Sendable {
  /// A sample that was left out.
  public struct Skipped: Hashable, Sendable {
    /// The sample's number as the caller gave it, or its row in the batch.
    public var sample: Int
    /// Why: what is known of its equilibrium or its adjoint.
    public var evidence: SampleEvidence
  }

  /// The number of the step, from 1.
  public var step: Int
  /// The mean loss over the samples used, before the update; NaN if there were none.
  public var loss: Double
  /// How many samples were used.
  public var used: Int
  /// The samples that were left out.
  public var skipped: [Skipped]
  /// The learning rate, without factors of groups.
  public var learningRate: Double
  /// The Euclidean norm of the gradient over the trained parameters, before it was scaled down.
  public var gradientNorm: Double
  /// The terms of a ``CompositeLoss``, whose sum the loss is, with their weights; empty for other losses.
  public var lossTerms: [TermValue] = []
  /// The values of the regularisers before the update, in their order; empty where no sample was used.
  public var regularisation: [TermValue] = []
  /// The iterations of the equilibria of all samples.
  public var forwardIterations: Int
  /// The iterations of the adjoints of the samples used.
  public var backwardIterations: Int
  /// The largest residual of the equilibria of the samples used; `nil` if there were none.
  public var residual: Double?
  /// Norms of gradients and parameters by where they act; empty unless ``TrainerOptions/reportsBlocks`` says so.
  public var blocks: [BlockNorm] = []
}
