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
  /// Seeds 1 to this number, for initial values and for the order of samples.
  public var seeds: Int
  /// What is reported; the best run is chosen by the first.
  public var measures: [Measure]
  /// What the abscissa of the variants' places is, for the figure.
  public var abscissa: String?
  /// The networks.
  public var variants: [Variant]

  /// The training of a variant with a seed.
  public func training(of variant: Variant, seed: Int) -> TrainingFile {
    var file = training
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
