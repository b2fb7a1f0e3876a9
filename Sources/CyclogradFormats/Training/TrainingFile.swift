public import Cyclograd

/// A training as a file describes it: graph, data, loss, optimizer, schedule, and what is written.
///
/// The format is described in Docs/Training.md. Names of files that are read are relative to the
/// folder of the training file, names of files that are written to the current folder.
public struct TrainingFile: Sendable {
  static let format = "cyclograd-training/1"

  /// Samples in a file.
  public struct Data: Hashable, Sendable {
    /// The file: CSV, text or .npy.
    public var file: String
    /// Which columns are inputs.
    public var inputs: ColumnSelection
    /// The file of the targets, if it is another one.
    public var targetFile: String?
    /// Which columns are targets; all of another file, if nothing is said.
    public var targets: ColumnSelection?
  }

  /// How the rate changes; durations are in epochs.
  public enum Schedule: Hashable, Sendable {
    /// It stays.
    case constant
    /// Half a cosine down to `end`, over so many epochs, or over all.
    case cosine(end: Double, epochs: Double?)
    /// Multiplied with `factor` after every so many epochs.
    case step(every: Double, factor: Double)
  }

  /// When and where checkpoints are written.
  public struct Checkpoints: Hashable, Sendable {
    /// The folder; by default it is called after the training file.
    public var folder: String
    /// After every so many epochs; also at the end, and when the training is interrupted.
    public var every = 1
    /// How many of the last are kept.
    public var kept = 3
  }

  /// The training file.
  public var path: String
  /// The network: a graph file or any other format that can be read.
  public var graph: String
  /// Parameters to begin with instead of the graph's own.
  public var parameters: String?
  /// The samples to train on.
  public var data: Data
  /// The samples to validate with.
  public var validation: Data?
  /// How a step is made; its learning rate has the base and the rule for plateaus only.
  public var options = TrainerOptions()
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

  static func parse(bytes: [UInt8], path: String) throws -> TrainingFile {
    let root = try NodeSource.root(of: SourceText(bytes, name: path, kind: .training))
    return try TrainingReader(path: path).read(root)
  }

  /// The schedule in steps.
  func learningRate(stepsPerEpoch: Int) -> LearningRate {
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
