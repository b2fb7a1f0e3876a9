public import Cyclograd

/// How samples are made from files: which columns, how they are encoded and scaled, how rows are
/// divided into parts.
///
/// A recipe is a description; ``PreparedData`` follows it.
public struct DataRecipe: Hashable, Sendable {
  /// A part of the samples: one of three, or a further test by its name.
  public struct Part: RawRepresentable, Hashable, Sendable {
    /// The name.
    public let rawValue: String

    /// A part by its name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// What parameters are fitted to.
    public static let training = Part(rawValue: "training")
    /// What the best network and its threshold are chosen by.
    public static let validation = Part(rawValue: "validation")
    /// What decides nothing.
    public static let test = Part(rawValue: "test")
    /// The parts that every recipe can have.
    static let usual = [training, validation, test]

    /// Whether the part decides nothing.
    public var isTest: Bool { self != .training && self != .validation }
  }

  /// A file of samples; the columns are counted or named as in the whole recipe.
  public struct Table: Hashable, Sendable {
    /// The file: CSV, text or .npy, perhaps compressed by gzip.
    public var file: String
    /// The SHA-256 of its content, inflated, in hexadecimal digits.
    public var sha256: String?
    /// Where the file can be had, for people.
    public var origin: String?
    /// Which columns are numeric inputs; `nil` for none.
    public var inputs: ColumnSelection?
    /// The file of the targets, if it is another one.
    public var targetFile: String?
    /// Which columns are targets; all of another file, if nothing is said.
    public var targets: ColumnSelection?
    /// Which rows of both files; all if `nil`.
    public var rows: Range<Int>?
    /// How rows become samples, where they follow one another in time.
    public var windows: Windows?
  }

  /// Samples that are computed: ``Cyclograd/DampedOscillator/samples(_:points:seed:)``.
  public struct Oscillators: Hashable, Sendable {
    /// How many.
    public var samples: Int
    /// Points of each trajectory.
    public var points: Int
    /// What they are drawn from.
    public var seed: UInt64
  }

  /// A column of text that becomes a column of 0 and 1 for each word.
  public struct Category: Hashable, Sendable {
    /// The column.
    public var column: ColumnSelection
    /// Words that get no column: they become zeros.
    public var without: [String] = []
    /// Whether words that the training file does not have become zeros; otherwise they are an error.
    public var areUnseenZero = false
  }

  /// The class of each sample.
  public struct Labels: Hashable, Sendable {
    /// The column.
    public var column: ColumnSelection
    /// How its words become class numbers.
    public var rule: Rule

    /// How words become class numbers.
    public enum Rule: Hashable, Sendable {
      /// This word is class 1, all others class 0.
      case positive(String)
      /// This word is class 0, all others class 1.
      case negative(String)
      /// Each word is a class; they are numbered in alphabetical order.
      case each
      /// These words are the classes, in this order.
      case classes([String])
    }
  }

  /// A step of the preparation; steps are done in the order in which they stand.
  public enum Step: Hashable, Sendable {
    /// A share of the training part becomes another part, every class in proportion.
    case split(Part, share: Double, seed: UInt64)
    /// One of several equal folds of the training part becomes another part, every class in proportion; folds count
    /// from 1.
    case fold(Part, number: Int, of: Int, seed: UInt64)
    /// The smaller classes of the training part grow to the size of the largest
    /// (``Cyclograd/Oversampling``).
    case oversample(neighbours: Int, seed: UInt64)
    /// Inputs of all parts are scaled as fits the training part, or one class of it.
    case scale(Scaling.Kind, class: Int?, constant: Scaling.ConstantColumns)
    /// Inputs of some parts, or of all, get noise; targets stay, also those of an autoencoder.
    case noise(GaussianNoise, of: [Part]?)

    var isNoise: Bool { if case .noise = self { true } else { false } }

    /// Whether it makes a part out of another one.
    var divides: Bool {
      switch self {
      case .split, .fold: true
      case .oversample, .scale, .noise: false
      }
    }

    /// Whether it makes no other inputs, noise left aside.
    var keepsInputs: Bool {
      switch self {
      case .split, .fold, .noise: true
      case .oversample, .scale: false
      }
    }

    /// The part that the step makes.
    var part: Part? {
      switch self {
      case .split(let part, _, _), .fold(let part, _, _, _): part
      case .oversample, .scale, .noise: nil
      }
    }
  }

  /// Where the samples come from.
  public enum Source: Hashable, Sendable {
    /// Files; parts without one of their own come from splits.
    case files([Part: Table])
    /// Computed samples, all of them for training to begin with.
    case oscillators(Oscillators)
    /// Drawn inputs, and what a network answers to them.
    case teachers([Part: Teacher])
  }

  /// Where the samples come from.
  public var source: Source
  /// Further tests by their names, in the order of the file.
  public var furtherTests: [Part] = []
  /// The names of the columns, where files have no header.
  public var names: [String]?
  /// Columns of text among the inputs, after the numeric ones.
  public var categories: [Category] = []
  /// The class of each sample.
  public var labels: Labels?
  /// Whether the class numbers are the targets.
  public var areLabelsTargets = false
  /// Whether targets may be missing; samples without any are left out.
  public var ignoresMissingTargets = false
  /// What is done to the samples.
  public var steps: [Step] = []
  /// The class that is trained on; all if `nil`.
  public var trainedClass: Int?
  /// Whether the samples to train on stay on the disk: `.npy`, nothing being done to them.
  public var isStreamed = false
  /// Whether the inputs, as they are prepared, are the targets too.
  public var isReconstruction = false
  /// Whether targets are classes, which are divided in proportion where there are no labels.
  public var hasClasses = false

  /// Looks for the files in another folder, under their names.
  public mutating func look(in folder: String) {
    guard case .files(var tables) = source else { return }
    func moved(_ path: String) -> String {
      (folder.hasSuffix("/") ? folder : folder + "/")
        + path.dropFirst(WriteTarget.folder(of: path).count)
    }
    for (part, table) in tables {
      tables[part]?.file = moved(table.file)
      tables[part]?.targetFile = table.targetFile.map(moved)
    }
    source = .files(tables)
  }

  /// Whether there will be samples to validate with.
  var hasValidation: Bool { has(.validation) }

  /// The parts that may be there: the usual three, then the further tests.
  public var parts: [Part] { Part.usual + furtherTests }

  /// The part of a name.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `invalid-option` if the recipe knows none.
  public func part(named name: String) throws -> Part {
    let part = Part(rawValue: name)
    guard parts.contains(part) else {
      throw CyclogradError(
        .invalidOption, "there is no part '\(name)'",
        advice: Suggestion.advice(
          name, among: parts.filter(has).map(\.rawValue), listing: "the parts are"))
    }
    return part
  }

  /// Whether there will be samples of a part.
  func has(_ part: Part) -> Bool {
    switch source {
    case .files(let tables) where tables[part] != nil: true
    case .teachers(let teachers) where teachers[part] != nil: true
    default: steps.contains { $0.part == part }
    }
  }

  /// Whether the network's names are needed to find the columns, because they are not listed.
  var needsNames: Bool {
    guard case .files(let tables) = source, let first = tables[.training] else { return false }
    let hasInputs = first.inputs != nil || !categories.isEmpty
    let hasTargets = first.targets != nil || isReconstruction || areLabelsTargets
    return !hasInputs || !hasTargets
  }

  /// The files it reads.
  public var files: [String] {
    guard case .files(let tables) = source else { return [] }
    return parts.compactMap { tables[$0] }.flatMap {
      [$0.file] + ($0.targetFile.map { [$0] } ?? [])
    }
  }
}
