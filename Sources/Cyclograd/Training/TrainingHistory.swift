/// The events of a training so far, in the order in which they happened.
public struct TrainingHistory: Hashable, Sendable {
  /// One step.
  public struct Step: Hashable, Sendable {
    /// The number of the step, from 1.
    public var step: Int
    /// The mean loss before the update; NaN if no sample was used.
    public var loss: Double
    /// The learning rate.
    public var learningRate: Double
    /// The Euclidean norm of the gradient.
    public var gradientNorm: Double
    /// How many samples were used.
    public var used: Int
    /// How many were left out.
    public var skipped: Int
    /// The iterations of the equilibria of all samples.
    public var forwardIterations: Int
    /// The iterations of all adjoints.
    public var backwardIterations: Int
    /// The terms that the loss is the sum of, where they were recorded.
    public var lossTerms: [TermValue] = []
    /// The values of the regularisers, where they were recorded.
    public var terms: [TermValue] = []
    /// Norms of gradients and parameters by where they act, where they were recorded.
    public var blocks: [BlockNorm] = []
    /// The largest residual of the equilibria of the samples used, where it was recorded.
    public var residual: Double?

    /// A step.
    public init(
      step: Int, loss: Double, learningRate: Double, gradientNorm: Double, used: Int, skipped: Int,
      forwardIterations: Int, backwardIterations: Int
    ) {
      (self.step, self.loss, self.learningRate) = (step, loss, learningRate)
      (self.gradientNorm, self.used, self.skipped) = (gradientNorm, used, skipped)
      self.forwardIterations = forwardIterations
      self.backwardIterations = backwardIterations
    }
  }

  /// The network's name, where it was recorded.
  public var network: String?
  /// What the training was made of, by the names of its settings, where that was recorded.
  public var settings: [String: String] = [:]
  /// Steps, where they were recorded.
  public var steps: [Step] = []
  /// Epochs that have ended.
  public var epochs: [EpochReport] = []
  /// Validations.
  public var validations: [ValidationReport] = []
  /// How many of an autoencoder's validation samples are anomalies; `nil` where it is not known.
  public var validationAnomalies: Int?

  /// A history without events.
  public init() {}

  /// What a checkpoint knows: epochs and validations, no single steps.
  public init(_ progress: TrainingProgress) {
    epochs = progress.epochs
    validations = progress.validations
  }
}
