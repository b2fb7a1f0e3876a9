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
    /// In equal ratios to `end`, over this many epochs, or over all.
    case exponential(end: Double, epochs: Double?)
    /// Multiplied with `factor` after each period of this many epochs.
    case step(every: Double, factor: Double)
  }

  /// What is about the steps of an optimizer: one training of several, or all there is.
  public struct Steps: Sendable {
    /// How a step is made; its learning rate has the base and the rule for plateaus only. The loss is the file's.
    public var options = TrainerOptions()
    /// How the rate changes.
    public var schedule = Schedule.constant
    /// How many epochs the warm-up takes.
    public var warmUp = 0.0
    /// Epochs, batches, shuffling.
    public var run: TrainingRunOptions
    /// Normalisations of the matrices that share weights by a name, by the place of each among those in ``options``; the
    /// first connection of that name is meant.
    var sharedNormalisations: [(place: Int, share: String, location: CyclogradError.Location)] = []
  }

  /// One of several things that are done one after the other, each with the parameters of the one before.
  public enum Stage: Sendable {
    /// Steps of an optimizer.
    case train(Steps)
    /// A readout by least squares.
    case fit(ReadoutFit)
    /// A descent on states, which ends with a readout.
    case fenchel(FenchelDescent.Options)
    /// Edges go and others come.
    case rewire(Rewiring)
    /// Rows get few weights that reproduce the states; the others go.
    case match(StateMatching.Rule)
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
  /// Where the file names a measure.
  var measurePlaces: [String: CyclogradError.Location] = [:]
  /// The steps: those of the first training where there are stages.
  public var steps: Steps
  /// The terms of a loss that is a sum, in place of that in ``options``; they are put together once the network is
  /// known, see ``TrainingSetup/file``.
  public var lossTerms: [CompositeLoss.Term] = []
  /// Where the loss stands, or the file.
  var lossLocation = CyclogradError.Location()
  /// Whether the file says a loss. A classifier without one has ``Cyclograd/SoftmaxCrossEntropy`` where targets are
  /// numbers of several classes.
  public var isLossGiven = false
  /// Whether a classifier's threshold is said; otherwise it is 0.5, or 0 for logits.
  public var isThresholdGiven = false
  /// How much labels are smoothed, see ``Cyclograd/LabelSmoothing``, and where that stands.
  public var labelSmoothing: (amount: Double, location: CyclogradError.Location)?
  /// What the losses of classes are multiplied with.
  public var classWeights: ClassWeights?

  /// Weights of classes.
  public enum ClassWeights: Hashable, Sendable {
    /// Every class of the samples to train on has the same weight together.
    case balanced
    /// One for each class.
    case list([Double])
  }

  /// What is done one after the other; if empty, a single training as the other properties say.
  public var stages: [Stage] = []
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

  static func parse(
    bytes: [UInt8], path: String, changes: [String: Element] = [:]
  ) throws -> TrainingFile {
    let root = try NodeSource.root(of: SourceText(bytes, name: path, kind: .training))
    return try TrainingReader(path: path).read(root, changes: changes)
  }

  /// Gives the order of samples another seed, in every stage.
  public mutating func setSeed(_ seed: UInt64) { changeSteps { $0.run.seed = seed } }

  /// Follows another kind of gradient, in every stage.
  public mutating func setGradient(_ gradient: GradientKind) {
    changeSteps { $0.options.gradient = gradient }
  }

  /// Makes another number of epochs.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `invalid-option` where stages say their own.
  public mutating func setEpochs(_ epochs: Int) throws(CyclogradError) {
    guard stages.isEmpty else {
      throw CyclogradError(
        .invalidOption, "the file has stages, each with a number of epochs of its own",
        at: .init(file: path), advice: "change them there")
    }
    steps.run.epochs = epochs
  }

  /// Changes the steps of every stage.
  mutating func changeSteps<Failure>(
    _ change: (inout Steps) throws(Failure) -> Void
  ) throws(Failure) {
    try change(&steps)
    for (number, stage) in stages.enumerated() {
      guard case .train(var steps) = stage else { continue }
      try change(&steps)
      stages[number] = .train(steps)
    }
  }

  /// How a step is made, see ``steps``.
  public var options: TrainerOptions {
    get { steps.options }
    set { steps.options = newValue }
  }

  /// How the rate changes, see ``steps``.
  public var schedule: Schedule {
    get { steps.schedule }
    set { steps.schedule = newValue }
  }

  /// How many epochs the warm-up takes, see ``steps``.
  public var warmUp: Double {
    get { steps.warmUp }
    set { steps.warmUp = newValue }
  }

  /// Epochs, batches, shuffling, see ``steps``.
  public var run: TrainingRunOptions {
    get { steps.run }
    set { steps.run = newValue }
  }

  /// Whether matrices are normalised that are named by what they share, which takes the graph to find.
  public var namesSharedNormalisations: Bool { !steps.sharedNormalisations.isEmpty }

  /// Whether some stage exchanges edges.
  public var exchangesEdges: Bool {
    stages.contains { stage in
      switch stage {
      case .rewire, .match: true
      case .train, .fit, .fenchel: false
      }
    }
  }

  /// Takes the network that a training with other edges has come to in the place of the graph.
  public mutating func takeTrainedNetwork() {
    (graph, sizes, graphSeed, parameters) = (networkOutput, [:], nil, nil)
    stages = []
    steps = Steps(options: TrainerOptions(loss: options.loss), run: run)
  }

  /// How many stages there are, at least one.
  public var stageCount: Int { max(1, stages.count) }

  /// A stage that does not train by steps of an optimizer; `nil` for one that does, and after the last.
  func otherStage(_ stage: Int) -> Stage? {
    guard stages.indices.contains(stage) else { return nil }
    if case .train = stages[stage] { return nil }
    return stages[stage]
  }

  /// The file with the steps of a stage. A stage that makes none, and the end, have of the rules that change parameters but
  /// the normalisation.
  func inStage(_ stage: Int) -> TrainingFile {
    guard !stages.isEmpty else { return self }
    var file = self
    if stages.indices.contains(stage), case .train(let steps) = stages[stage] {
      file.steps = steps
      file.steps.options.loss = options.loss
      file.steps.options.reportsBlocks = options.reportsBlocks
    } else {
      // What is normalised is so in every stage.
      file.steps = Steps(
        options: TrainerOptions(loss: options.loss, normalisations: options.normalisations),
        run: run)
      if keepsMemory(stage), let before = lastTraining(before: stage) {
        file.steps.options.optimizer = before.options.optimizer
        // A method that takes all samples does not go with a smaller batch, although none is taken here.
        if before.options.optimizer.needsAllSamples {
          file.steps.run.batchSize = before.run.batchSize
        }
      }
    }
    return file
  }

  private func lastTraining(before stage: Int) -> Steps? {
    for other in stages[..<stage].reversed() {
      if case .train(let steps) = other { return steps }
    }
    return nil
  }

  /// Whether a stage is one of those between two trainings of which one exchanges edges: the optimizer's memory outlives
  /// them all.
  func keepsMemory(_ stage: Int) -> Bool {
    guard otherStage(stage) != nil else { return false }
    func isOther(_ index: Int) -> Bool { otherStage(index) != nil }
    let first = (0...stage).reversed().prefix(while: isOther).last ?? stage
    return (first..<stages.count).prefix(while: isOther).contains { index in
      if case .rewire = stages[index] { true } else { false }
    }
  }

  /// The schedule in steps.
  public func learningRate(stepsPerEpoch: Int) -> LearningRate {
    func steps(_ epochs: Double) -> Int { max(1, Int((epochs * Double(stepsPerEpoch)).rounded())) }
    var rate = options.learningRate
    switch schedule {
    case .constant: rate.shape = .constant
    case .cosine(let end, let epochs):
      rate.shape = .cosine(end: end, steps: steps(epochs ?? Double(run.epochs)))
    case .exponential(let end, let epochs):
      rate.shape = .exponential(end: end, steps: steps(epochs ?? Double(run.epochs)))
    case .step(let every, let factor): rate.shape = .step(every: steps(every), factor: factor)
    }
    rate.warmUp = warmUp > 0 ? steps(warmUp) : 0
    return rate
  }
}
