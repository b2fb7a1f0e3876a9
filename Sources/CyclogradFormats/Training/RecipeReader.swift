import Cyclograd

/// Reads what a training file says about its samples.
struct RecipeReader {
  /// What names of files are relative to.
  let folder: String

  /// What the parts may have of their own.
  static let tableKeys = [
    "file", "sha256", "origin", "inputs", "targets-file", "targets", "rows", "windows", "teacher",
  ]
  static let what = "'data'"

  /// - Parameter others: what is said of other parts than the training part.
  func read(
    _ element: Element, others: [(part: DataRecipe.Part, fields: Fields)]
  ) throws -> DataRecipe {
    let fields = try element.fields(
      Self.what,
      keys: Self.tableKeys + [
        "oscillators", "names", "one-hot", "labels", "steps", "train-on", "stream", "missing",
      ])
    let further = others.map(\.part).filter { !DataRecipe.Part.usual.contains($0) }
    let steps = try (fields["steps"]?.list("'steps'") ?? []).map { try step($0, further) }
    var recipe = DataRecipe(
      source: try source(fields, others, steps), furtherTests: further, steps: steps.map(\.step))
    recipe.names = try fields["names"]?.list("'names'").map { try $0.text("a name") }
    recipe.categories = try (fields["one-hot"]?.list("'one-hot'") ?? []).map(category)
    recipe.labels = try fields["labels"].map(labels)
    if let element = fields["missing"] {
      recipe.ignoresMissingTargets = try element.word(
        "answer to missing targets", among: ["ignore": true, "refuse": false])
    }
    if let element = fields["stream"] {
      recipe.isStreamed = try element.boolean("'stream'")
      let other = [
        "names", "missing", "one-hot", "labels", "steps", "train-on", "oscillators", "sha256",
        "rows", "windows", "teacher",
      ]
      .first { fields[$0] != nil }
      if recipe.isStreamed, let other {
        throw element.failure(
          "'\(other)' needs all samples in memory, so it does not go with 'stream'")
      }
    }
    if let element = fields["train-on"] { recipe.trainedClass = try label(element, recipe.labels) }
    for (step, element) in steps {
      if case .scale(_, .some, _) = step, recipe.labels == nil {
        throw element.failure("a class is named, but there are no 'labels'")
      }
      if case .oversample = step, recipe.labels == nil {
        throw element.failure("classes can be balanced only with 'labels'")
      }
      if step.divides { try Self.checkDivisible(recipe, element) }
    }
    if fields["windows"] != nil,
      let key = ["labels", "one-hot"].first(where: { fields[$0] != nil }), let value = fields[key]
    {
      throw value.failure("'\(key)' does not go with 'windows'", advice: "give numbers in the file")
    }
    return recipe
  }

  /// Refuses parts that are drawn from samples that have rows of the file in common.
  static func checkDivisible(_ recipe: DataRecipe, _ element: Element) throws {
    guard case .files(let tables) = recipe.source, let windows = tables[.training]?.windows,
      windows.stride < windows.length
    else { return }
    throw element.failure(
      "windows overlap, so that parts drawn from them would not be independent",
      advice: "divide the series by 'rows', or let 'stride' be 'length'")
  }

  func selection(_ element: Element, _ name: String) throws -> ColumnSelection {
    let text = try element.text(name)
    do { return try ColumnSelection(text) } catch let error as CyclogradError {
      throw element.failure("\(name): \(error.message)", code: error.code)
    }
  }

  private func category(_ element: Element) throws -> DataRecipe.Category {
    let what = "an entry of 'one-hot'"
    let fields = try element.fields(what, keys: ["column", "without", "unseen"])
    var result = DataRecipe.Category(
      column: try selection(try fields.required("column", of: what), "'column'"))
    result.without = try (fields["without"]?.list("'without'") ?? []).map { try $0.text("a word") }
    if let unseen = fields["unseen"] {
      result.areUnseenZero = try unseen.word("answer", among: ["zero": true, "error": false])
    }
    return result
  }

  private func labels(_ element: Element) throws -> DataRecipe.Labels {
    let fields = try element.fields(
      "'labels'", keys: ["column", "positive", "negative", "classes"])
    let keys = ["positive", "negative", "classes"]
    let rule =
      try fields.atMostOne(of: keys, in: "'labels'").map { key, value in
        if key == "classes" {
          let words = try value.list("'classes'").map { try $0.text("a class") }
          guard words.count > 1, Set(words).count == words.count else {
            throw value.failure(
              words.count > 1 ? "a class stands twice" : "there must be at least two classes",
              code: .invalidValue)
          }
          return DataRecipe.Labels.Rule.classes(words)
        }
        let word = try value.text("'\(key)'")
        return key == "positive" ? DataRecipe.Labels.Rule.positive(word) : .negative(word)
      } ?? .each
    return DataRecipe.Labels(
      column: try selection(try fields.required("column", of: "'labels'"), "'column'"), rule: rule)
  }

  /// A class: `negative`, `positive`, or its number.
  private func label(_ element: Element, _ labels: DataRecipe.Labels?) throws -> Int {
    guard labels != nil else {
      throw element.failure("a class is named, but there are no 'labels'")
    }
    switch try element.text("a class") {
    case "negative": return 0
    case "positive": return 1
    default: return try element.integer("a class", in: 0...TrainingReader.most)
    }
  }

  private func step(
    _ element: Element, _ further: [DataRecipe.Part]
  ) throws -> (step: DataRecipe.Step, element: Element) {
    let names = ["split", "oversample", "scale", "noise"]
    let fields = try element.fields(
      "a step",
      keys: names + ["share", "fold", "of", "seed", "neighbours", "rows", "constant", "clamp"])
    let entry = try fields.exactlyOne(of: names, in: "a step")
    let allowed: [String]
    switch entry.key {
    case "split": allowed = ["split", "share", "fold", "of", "seed"]
    case "oversample": allowed = ["oversample", "neighbours", "seed"]
    case "noise": allowed = ["noise", "clamp", "of", "seed"]
    default: allowed = ["scale", "rows", "constant"]
    }
    for (key, value) in fields.values where !allowed.contains(key) {
      throw value.failure("'\(key)' does not apply to '\(entry.key)'")
    }
    let seed = try fields["seed"]?.integer("'seed'", in: 0...UInt64.max) ?? 0
    let step: DataRecipe.Step
    switch entry.key {
    case "split": step = try split(entry.value, fields, seed)
    case "oversample":
      _ = try entry.value.word("method", among: ["smote": true])
      step = .oversample(
        neighbours: try fields["neighbours"]?.integer("'neighbours'", in: 1...1000) ?? 5, seed: seed
      )
    case "noise": step = try noise(entry.value, fields, further, seed: seed)
    default:
      let kinds: KeyValuePairs<String, Scaling.Kind> = [
        "standardise": .standardise, "min-max": .minMax,
      ]
      let constants: KeyValuePairs<String, Scaling.ConstantColumns> = [
        "refuse": .refuse, "shift": .shift,
      ]
      let classes: KeyValuePairs<String, Int?> = ["all": nil, "negative": 0, "positive": 1]
      step = .scale(
        try entry.value.word("scaling", among: kinds),
        class: try fields["rows"]?.word("class", among: classes) ?? nil,
        constant: try fields["constant"]?.word("answer", among: constants) ?? .refuse)
    }
    return (step, element)
  }

  private func noise(
    _ deviation: Element, _ fields: Fields, _ further: [DataRecipe.Part], seed: UInt64
  ) throws -> DataRecipe.Step {
    let limits = try fields["clamp"].map { element in
      let ends = try element.list("'clamp'").map { try $0.number("a limit") }
      guard ends.count == 2, ends[0] <= ends[1] else {
        throw element.failure(
          "'clamp' must be two numbers, the smaller one first", code: .invalidValue)
      }
      return ends[0]...ends[1]
    }
    let parts = DataRecipe.Part.usual + further
    let noisy = try fields["of"].map { element in
      try element.list("'of'").map { element in
        let part = DataRecipe.Part(rawValue: try element.text("a part"))
        guard parts.contains(part) else {
          throw element.failure(
            "unknown part '\(part.rawValue.shortened)'",
            advice: "the parts are \(parts.map(\.rawValue).joined(separator: ", "))")
        }
        return part
      }
    }
    let value = try deviation.number("'noise'")
    return .noise(
      try deviation.checking { try GaussianNoise(deviation: value, limits: limits, seed: seed) },
      of: noisy)
  }

  private func split(
    _ part: Element, _ fields: Fields, _ seed: UInt64
  ) throws -> DataRecipe.Step {
    let part: DataRecipe.Part = try part.word(
      "part", among: ["validation": .validation, "test": .test])
    if let fold = fields["fold"] {
      if let share = fields["share"] { throw share.failure("give 'share', or 'fold' and 'of'") }
      let count = try fields.required("of", of: "a fold")
        .integer("'of'", in: 2...StudyFile.mostSeeds)
      return .fold(
        part, number: try fold.integer("'fold'", in: 1...count), of: count, seed: seed)
    }
    if let of = fields["of"] { throw of.failure("'of' needs 'fold'") }
    let element = try fields.required("share", of: "a split")
    let share = try element.number("'share'")
    guard share > 0, share < 1 else {
      throw element.failure("'share' must lie between 0 and 1", code: .invalidValue)
    }
    return .split(part, share: share, seed: seed)
  }

  func place(_ name: String) -> String { name.hasPrefix("/") ? name : folder + name }
}
