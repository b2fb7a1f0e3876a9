public import Cyclograd

/// A training as a file describes it: graph, data, loss, optimizer, schedule, and what is written.
///
/// The format is described in Docs/Training.md. Names of files that are read are relative to the
/// folder of the training file, names of files that are written to the current folder.
public struct TrainingFile: Sendable {
  static let format = "cyclograd-training/1"

  /// How the rate changes; durations are in epochs.
  public enum Schedule: Hashable, Sendable {
    /// It stays.
    case constant
    /// Half a cosine down to `end`, over this many epochs, or over all.
    case cosine(end: Double, epochs: Double?)
    /// Multiplied with `factor` after each period of this many epochs.
    case step(every: Double, factor: Double)
  }

  /// When and where checkpoints are written.
  public struct Checkpoints: Hashable, Sendable {
    /// The folder; by default it is called after the training file.
    public var folder: String
    /// After each period of this many epochs; `nil` for none.
    public var every: Int?
    /// Whenever so much time has passed since the one before; `nil` for never. There is one at the end in any case, and
    /// when the training is interrupted or fails.
    public var interval: Duration? = .seconds(60)
    /// How many of the last are kept.
    public var kept = 3
  }

  /// The training file.
  public var path: String
  /// The network: a graph file or any other format that can be read.
  public var graph: String
  /// Sizes of groups instead of the graph's.
  public var sizes: [String: Int] = [:]
  /// What patterns and initial values are drawn from instead of the graph's seed.
  public var graphSeed: UInt64?
  /// Parameters to begin with instead of the graph's own.
  public var parameters: String?
  /// The samples to train on, to validate with and to test.
  public var data: DataRecipe
  /// What the outputs are for.
  public var task = MeasuredTask.regression
  /// The measures that every validation reports.
  public var metrics: [String] = []
  /// What the best network is chosen by: `loss`, or a measure.
  public var selection = "loss"
  /// How a step is made; its learning rate has the base and the rule for plateaus only.
  public var options = TrainerOptions()
  /// The terms of a loss that is a sum, in place of that in ``options``; they are put together once the network is
  /// known, see ``TrainingSetup/file``.
  public var lossTerms: [CompositeLoss.Term] = []
  /// Normalisations of the matrices that share weights by a name, by the place of each among those in ``options``; the first
  /// connection of that name is meant.
  var sharedNormalisations: [(place: Int, share: String, location: CyclogradError.Location)] = []
  /// Where the loss stands, or the file.
  var lossLocation = CyclogradError.Location()
  /// Whether the file says a loss. A classifier without one has ``Cyclograd/SoftmaxCrossEntropy`` where targets are
  /// numbers of several classes.
  public var isLossGiven = false
  /// Whether a classifier's threshold is said; otherwise it is 0.5, or 0 for logits.
  public var isThresholdGiven = false
  /// What the losses of classes are multiplied with.
  public var classWeights: ClassWeights?

  /// Weights of classes.
  public enum ClassWeights: Hashable, Sendable {
    /// Every class of the samples to train on has the same weight together.
    case balanced
    /// One for each class.
    case list([Double])
  }

  /// How the rate changes.
  public var schedule = Schedule.constant
  /// How many epochs the warm-up takes.
  public var warmUp = 0.0
  /// Epochs, batches, shuffling.
  public var run: TrainingRunOptions
  /// The pair of solvers.
  public var backend = GradientBackend.automatic
  /// When solvers stop.
  public var solver = SolverOptions()
  /// When and where checkpoints are written.
  public var checkpoints: Checkpoints
  /// Where the trained parameters go.
  public var output: String

  /// Reads a training file.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` with line and column of what is wrong.
  public static func read(_ path: String) throws -> TrainingFile {
    try parse(bytes: InputFile.bytes(path), path: path)
  }

  /// Whether a file says that it is a training file; what is wrong with it shows when it is read.
  public static func recognises(_ path: String) -> Bool {
    guard path.hasSuffix(".yaml") || path.hasSuffix(".yml") || path.hasSuffix(".json"),
      let bytes = try? InputFile.bytes(path)
    else { return false }
    return String(decoding: bytes.prefix(1 << 16), as: UTF8.self).contains("cyclograd-training/")
  }

  /// Reads what a training file says from a text.
  ///
  /// - Parameter name: what errors call the text.
  /// - Throws: ``Cyclograd/CyclogradError`` with line and column of what is wrong.
  public static func parse(text: String, name: String) throws -> TrainingFile {
    try parse(bytes: Array(text.utf8), path: name)
  }

  static func parse(bytes: [UInt8], path: String) throws -> TrainingFile {
    let root = try NodeSource.root(of: SourceText(bytes, name: path, kind: .training))
    return try TrainingReader(path: path).read(root)
  }

  /// The schedule in steps.
  public func learningRate(stepsPerEpoch: Int) -> LearningRate {
    func steps(_ epochs: Double) -> Int { max(1, Int((epochs * Double(stepsPerEpoch)).rounded())) }
    var rate = options.learningRate
    switch schedule {
    case .constant: rate.shape = .constant
    case .cosine(let end, let epochs):
      rate.shape = .cosine(end: end, steps: steps(epochs ?? Double(run.epochs)))
    case .step(let every, let factor): rate.shape = .step(every: steps(every), factor: factor)
    }
    rate.warmUp = warmUp > 0 ? steps(warmUp) : 0
    return rate
  }
}
