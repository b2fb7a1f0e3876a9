import Cyclograd
import Yams

/// Reads the top level of a training file.
struct TrainingReader {
  let path: String
  /// What names of files that are read are relative to.
  private var folder: String { WriteTarget.folder(of: path) }

  private static let keys = [
    "format", "graph", "sizes", "graph-seed", "parameters", "data", "validation", "test", "tests",
    "task",
    "metrics", "select", "loss", "gradient", "backend", "tolerance",
    "max-iterations", "optimizer", "rate", "lr", "class-weights", "schedule", "warm-up", "plateau",
    "decay", "clip", "label-smoothing", "accumulate", "moving-average", "early-stopping",
    "groups", "balls", "normalise", "regularise", "stages", "epochs", "batch", "shuffle", "seed",
    "warm-start",
    "not-converged",
    "checkpoints", "output",
  ]

  init(path: String) { self.path = path }

  /// What a study may change in a training: all but the network, the samples, what is measured, and files.
  static let changeable =
    StageReader.keys + [
      "loss", "class-weights", "label-smoothing", "stages", "backend", "tolerance",
      "max-iterations",
    ]

  /// - Parameter changes: values of other keys, or other values.
  func read(_ root: Element, changes: [String: Element] = [:]) throws -> TrainingFile {
    guard root.isMapping else {
      throw root.failure(
        "a training file must be a mapping, not \(root.kind)",
        advice: "it begins with \"format: \(TrainingFile.format)\"")
    }
    try DocumentKind.training.check(root)
    var fields = try root.fields("the training file", keys: Self.keys)
    fields.replace(changes)
    try checkFormat(fields)
    let what = "the training file"
    let recipe = RecipeReader(folder: folder)
    let validation = try fields["validation"].map {
      try $0.fields("'validation'", keys: RecipeReader.tableKeys + ["per-epoch"])
    }
    let epochs = try epochs(fields)
    var file = TrainingFile(
      path: path, graph: place(try fields.required("graph", of: what).text("'graph'")),
      data: try recipe.read(
        try fields.required("data", of: what), others: try others(fields, validation)),
      steps: .init(run: TrainingRunOptions(epochs: epochs)),
      checkpoints: .init(folder: stem + "-checkpoints"),
      output: stem + "-trained.safetensors")
    file.parameters = try fields["parameters"].map { place(try $0.text("'parameters'")) }
    file.sizes = try fields["sizes"]?.sizes() ?? [:]
    file.graphSeed = try fields["graph-seed"]?.integer("'graph-seed'", in: 0...UInt64.max)
    try readTask(fields, &file)
    try readRun(fields, validation, &file)
    try readSolver(fields, &file)
    let steps = StepReader(fields: fields)
    try steps.readLoss(into: &file)
    if let element = fields["stages"] {
      let reader = StageReader(top: fields, readRun: { try readRun($0, validation, &$1) })
      try reader.read(element, into: &file)
      if let changed = changes["epochs"], try !reader.takesEpochs(element) {
        throw changed.failure(
          "'epochs' is changed, but every stage that trains says its own",
          advice: "leave 'epochs' out in one of them, or change 'stages'")
      }
    } else {
      try steps.read(into: &file)
    }
    if let element = fields["checkpoints"] { try readCheckpoints(element, &file) }
    if let element = fields["output"] { file.output = try element.text("'output'") }
    return file
  }

  /// What is said of parts other than the training part.
  private func others(
    _ fields: Fields, _ validation: Fields?
  ) throws -> [(part: DataRecipe.Part, fields: Fields)] {
    var result = validation.map { [(part: DataRecipe.Part.validation, fields: $0)] } ?? []
    if let element = fields["test"] {
      result.append((.test, try element.fields("'test'", keys: RecipeReader.tableKeys)))
    }
    for (name, element) in try fields["tests"]?.entries("'tests'") ?? [] {
      let part = DataRecipe.Part(rawValue: try name.text("the name of a test"))
      guard !DataRecipe.Part.usual.contains(part), !result.contains(where: { $0.part == part })
      else {
        throw name.failure("there is a part '\(part.rawValue)' already")
      }
      result.append((part, try element.fields("'\(part.rawValue)'", keys: RecipeReader.tableKeys)))
    }
    return result
  }

  private func epochs(_ fields: Fields) throws -> Int {
    guard fields["epochs"] != nil || fields["stages"] == nil else { return 1 }
    return try fields.required("epochs", of: "the training file")
      .integer("'epochs'", in: 1...Self.most)
  }

  static let most = 1_000_000_000

  private func checkFormat(_ fields: Fields) throws {
    guard let element = fields["format"] else {
      throw fields.owner.failure(
        "the training file does not say its format",
        advice: "add the line \"format: \(TrainingFile.format)\"")
    }
    let format = try element.text("the format")
    guard format == TrainingFile.format else {
      throw element.failure(
        "the format is '\(format.shortened)', not '\(TrainingFile.format)'",
        advice: "this version of Cyclograd reads '\(TrainingFile.format)'")
    }
  }

  private func readRun(
    _ fields: Fields, _ validation: Fields?, _ file: inout TrainingFile
  ) throws {
    let batch =
      try fields["batch"]?.integer("'batch'", in: 1...Self.most)
      ?? TrainingRunOptions(epochs: 1).batchSize
    let pieces = try fields["accumulate"]?.integer("'accumulate'", in: 1...Self.most) ?? 1
    file.run.batchSize = min(batch * pieces, Self.most)
    file.options.pieceSize = pieces > 1 ? batch : nil
    if let element = fields["early-stopping"] {
      file.run.earlyStopping = try earlyStopping(element)
    }
    if let element = fields["seed"] {
      file.run.seed = try element.integer("'seed'", in: 0...UInt64.max)
    }
    if let element = fields["shuffle"] { file.run.isShuffled = try element.boolean("'shuffle'") }
    if let element = validation?["per-epoch"] {
      file.run.validationsPerEpoch = try element.integer("'per-epoch'", in: 1...Self.most)
    }
  }

  private func earlyStopping(_ element: Element) throws -> EarlyStopping {
    let fields = try element.fields("'early-stopping'", keys: ["patience", "threshold"])
    var rule = EarlyStopping()
    if let value = fields["patience"] {
      rule.patience = try value.integer("'patience'", in: 0...Self.most)
    }
    if let value = fields["threshold"] { rule.threshold = try value.number("'threshold'") }
    try element.checking { try rule.validate() }
    return rule
  }

  private func readSolver(_ fields: Fields, _ file: inout TrainingFile) throws {
    if let element = fields["backend"] {
      let name = try element.text("'backend'")
      do { file.backend = try GradientBackend.named(name) } catch {
        throw element.failure(error.message, code: error.code, advice: error.advice)
      }
    }
    if let element = fields["tolerance"] {
      file.solver.tolerance = try element.number("'tolerance'")
      try element.checking { try file.solver.validate() }
    }
    if let element = fields["max-iterations"] {
      file.solver.maximumIterations = try element.integer("'max-iterations'", in: 1...Self.most)
    }
  }

  private func readCheckpoints(_ element: Element, _ file: inout TrainingFile) throws {
    let fields = try element.fields("'checkpoints'", keys: ["folder", "every", "minutes", "keep"])
    if let folder = fields["folder"] { file.checkpoints.folder = try folder.text("'folder'") }
    if let every = fields["every"] {
      file.checkpoints.every = try every.integer("'every'", in: 1...Self.most)
    }
    if let minutes = fields["minutes"] {
      let value = try minutes.number("'minutes'")
      guard value >= 0, value <= 1e6 else {
        throw minutes.failure("'minutes' must lie between 0 and 1000000", code: .invalidValue)
      }
      file.checkpoints.interval = value == 0 ? nil : .seconds(60 * value)
    }
    if let keep = fields["keep"] {
      file.checkpoints.kept = try keep.integer("'keep'", in: 1...Self.most)
    }
  }

  /// The file's name without folder and extension.
  private var stem: String {
    let name = path.dropFirst(folder.count)
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return String(name) }
    return String(name[..<dot])
  }

  private func place(_ name: String) -> String { name.hasPrefix("/") ? name : folder + name }
}

extension Element {
  /// Sizes of groups by their names.
  func sizes() throws -> [String: Int] {
    guard case .mapping(let pairs) = node else {
      throw failure("'sizes' must be a mapping from groups to sizes, not \(kind)")
    }
    let names = pairs.compactMap { $0.key.string }
    return try fields("'sizes'", keys: names).values.mapValues {
      try $0.integer("a size", in: 1...TrainingReader.most)
    }
  }

  /// Gives errors that have no place the place of this element.
  func checking<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch var error as CyclogradError {
      guard error.location.line == nil else { throw error }
      let subject = error.location.subject
      error.location = location
      error.location.subject = subject
      throw error
    }
  }
}
