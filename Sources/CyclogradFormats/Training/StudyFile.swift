public import Cyclograd

/// Several trainings that are compared: one training file, variants of its network, and seeds.
///
/// The format is described in Docs/Reproducing.md. Names of files are relative to the folder of the
/// study file.
public struct StudyFile: Sendable {
  static let format = "cyclograd-study/1"
  /// The largest number of seeds.
  public static let mostSeeds = 10_000

  /// A measure of one part of the samples, such as `test f1`.
  public struct Measure: Hashable, Sendable {
    /// The samples.
    public var part: DataRecipe.Part
    /// `loss`, or one of the task's measures.
    public var name: String
    /// Both.
    public var text: String { "\(part.rawValue) \(name)" }
  }

  /// What a publication says of a variant, for comparison; one number for each measure.
  public struct Published: Hashable, Sendable {
    /// Means over the seeds.
    public var means: [Double]?
    /// Those of the run whose first measure is best.
    public var best: [Double]?
    /// How long a training took.
    public var seconds: Double?
    /// How long it took to apply the network to the test samples.
    public var inferenceSeconds: Double?
  }

  /// A network, and what is different in its training.
  public struct Variant: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The graph, if it is not that of the training file.
    public var graph: String?
    /// Sizes of groups; others are as in the training file or the graph.
    public var sizes: [String: Int]
    /// The kind of gradient, if it is not that of the training file.
    public var gradient: GradientKind?
    /// What is different in the training file, as text by key; the training is in ``StudyFile/trainings``.
    public var changes: [String: String] = [:]
    /// What a publication says.
    public var published: Published?
    /// The line of a figure to which it belongs, and where on the abscissa.
    public var place: Place?

    /// A point's line and abscissa.
    public struct Place: Hashable, Sendable {
      /// The line's name.
      public var family: String
      /// The abscissa.
      public var x: Double
    }
  }

  /// The study file.
  public var path: String
  /// What it is about.
  public var name: String
  /// What all variants have in common.
  public var training: TrainingFile
  /// The trainings of the variants that change it, by their names.
  public var trainings: [String: TrainingFile] = [:]
  /// How samples are divided for cross-validation; `nil` for not at all.
  public var folds: Folds?
  /// Seeds 1 to this number, for initial values and for the order of samples.
  public var seeds: Int
  /// What is reported; the best run is chosen by the first.
  public var measures: [Measure]
  /// What the abscissa of the variants' places is, for the figure.
  public var abscissa: String?
  /// The networks.
  public var variants: [Variant]

  /// A division into folds, each of which is a part of the samples once, while the others are trained on.
  public struct Folds: Hashable, Sendable {
    /// What the fold becomes.
    public var part: DataRecipe.Part
    /// How many there are.
    public var count: Int
    /// What the division is drawn from.
    public var seed: UInt64
  }

  /// Makes another number of epochs, in every variant.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `invalid-option` where stages say their own.
  public mutating func setEpochs(_ epochs: Int) throws(CyclogradError) {
    try training.setEpochs(epochs)
    for name in trainings.keys { try trainings[name]?.setEpochs(epochs) }
  }

  /// A training of the study.
  public struct Trial: Hashable, Sendable {
    /// The variant.
    public var variant: Variant
    /// The seed, from 1.
    public var seed: Int
    /// The fold, from 1; `nil` without folds.
    public var fold: Int?
  }

  /// All trainings. Seed by seed and fold by fold, so that what is interrupted has as many of each variant as can be.
  public var trials: [Trial] {
    (1...seeds).flatMap { seed in
      (folds.map { (1...$0.count).map { $0 } } ?? [nil]).flatMap { fold in
        variants.map { Trial(variant: $0, seed: seed, fold: fold) }
      }
    }
  }

  /// The recipe of the samples, with a fold of its own for each trial.
  public func recipe(fold: Int?) -> DataRecipe {
    var recipe = training.data
    if let fold, let folds {
      recipe.steps.insert(
        .fold(folds.part, number: fold, of: folds.count, seed: folds.seed), at: 0)
    }
    return recipe
  }

  /// The training of a variant with a seed.
  public func training(of variant: Variant, seed: Int) -> TrainingFile {
    var file = trainings[variant.name] ?? training
    file.data = training.data
    if let graph = variant.graph { file.graph = graph }
    file.sizes.merge(variant.sizes) { $1 }
    if let gradient = variant.gradient { file.setGradient(gradient) }
    file.graphSeed = UInt64(seed)
    file.setSeed(UInt64(seed))
    return file
  }

  /// A digest of all that a variant's results depend on but the data: the training file, the graph,
  /// and what the variant changes.
  public func fingerprint(of variant: Variant) throws -> String {
    var bytes = try InputFile.bytes(training.path)
    bytes += try InputFile.bytes(variant.graph ?? training.graph)
    let sizes = variant.sizes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    bytes += Array("\(sizes) \(variant.gradient?.name ?? "") \(training.run.epochs)".utf8)
    let changes = variant.changes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    if !changes.isEmpty { bytes += Array(" \(changes)".utf8) }
    if let folds { bytes += Array(" \(folds)".utf8) }
    return bytes.withUnsafeBytes { String(SHA256.digest($0).prefix(16)) }
  }

  /// Reads a study file and the training file that it names.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` with line and column of what is wrong.
  public static func read(_ path: String) throws -> StudyFile {
    let text = try SourceText(InputFile.bytes(path), name: path, kind: .study)
    return try StudyReader(path: path).read(NodeSource.root(of: text))
  }
}
