import Cyclograd

/// Reads `stages`: trainings, each with what is different in it, and readouts that are fitted.
struct StageReader {
  /// The top level of the file, which says what a stage does not say.
  let top: Fields
  /// Reads what is about epochs and batches.
  let readRun: (Fields, inout TrainingFile) throws -> Void

  /// What a stage may say of its own.
  static let keys = [
    "gradient", "optimizer", "rate", "lr", "schedule", "warm-up", "plateau", "decay", "clip",
    "groups", "balls", "normalise", "regularise", "epochs", "batch", "shuffle", "seed",
    "warm-start",
    "not-converged", "accumulate", "moving-average", "early-stopping",
  ]

  func read(_ element: Element, into file: inout TrainingFile) throws {
    let list = try element.list("'stages'")
    guard !list.isEmpty else {
      throw element.failure(
        "'stages' is an empty list", advice: "give a stage such as {train: {epochs: 40}}")
    }
    let plain = file
    file.stages = try stages(list, plain)
    // What is asked of the whole file is asked of its first training.
    let first = file.stages.firstIndex { if case .train = $0 { true } else { false } }
    if let first {
      file = file.inStage(first)
    } else {
      try StepReader(fields: top).readNormalisations(into: &file)
    }
  }

  /// Whether a stage of a list makes as many epochs as the file says.
  func takesEpochs(_ element: Element) throws -> Bool {
    try element.list("'stages'").contains { stage in
      for (key, value) in try stage.entries("a stage") {
        let name = try key.text("a stage")
        if name == "stages", try takesEpochs(value) { return true }
        if name == "train", !value.has("epochs") { return true }
      }
      return false
    }
  }

  /// The stages of a list, with what is repeated written out.
  private func stages(
    _ list: [Element], _ plain: TrainingFile
  ) throws -> [TrainingFile.Stage] {
    try list.flatMap { element -> [TrainingFile.Stage] in
      guard element.has("repeat") else { return [try stage(element, plain)] }
      let fields = try element.fields("a repetition", keys: ["repeat", "stages"])
      let inner = try stages(
        fields.required("stages", of: "a repetition").list("'stages'"), plain)
      guard !inner.isEmpty else { throw element.failure("there is nothing to repeat") }
      let count = try fields.required("repeat", of: "a repetition")
        .integer("'repeat'", in: 1...max(1, 100_000 / inner.count))
      return (0..<count).flatMap { _ in inner }
    }
  }

  private func stage(_ element: Element, _ plain: TrainingFile) throws -> TrainingFile.Stage {
    let what = "a stage"
    let names = ["train", "fit", "fenchel", "rewire", "match"]
    let entry = try element.fields(what, keys: names).exactlyOne(of: names, in: what)
    switch entry.key {
    case "rewire": return .rewire(try rewire(entry.value))
    case "fit": return .fit(try fit(entry.value))
    case "fenchel": return .fenchel(try fenchel(entry.value))
    case "match": return .match(try match(entry.value))
    default: break
    }
    let own = try entry.value.fields("'train'", keys: Self.keys)
    var fields = Fields(
      owner: entry.value, values: top.values.filter { Self.keys.contains($0.key) })
    fields.replace(own.values)
    var file = plain
    file.run.epochs = try fields.required("epochs", of: what)
      .integer("'epochs'", in: 1...TrainingReader.most)
    try readRun(fields, &file)
    try StepReader(fields: fields).read(into: &file)
    return .train(file.steps)
  }

  private func fit(_ element: Element) throws -> ReadoutFit {
    let fields = try element.fields("'fit'", keys: ["readout", "ridge", "t"])
    let group = try fields.required("readout", of: "'fit'")
    let name = try group.text("'readout'")
    let ridge = try fields["ridge"]?.number("'ridge'") ?? 0
    guard let numbers = try fields["t"].map(RegulariserReader.range) else {
      return try element.checking { try ReadoutFit(name, ridge: ridge) }
    }
    guard name.contains("{t}") else {
      throw group.failure("'t' numbers groups, but '\(name.shortened)' has no {t}")
    }
    let copies = numbers.map { name.replacing("{t}", with: String($0)) }
    return try element.checking { try ReadoutFit(copies: copies, ridge: ridge) }
  }
}

extension StageReader {
  private func rewire(_ element: Element) throws -> Rewiring {
    let fields = try element.fields(
      "'rewire'", keys: ["from", "to", "prune", "by", "grow", "edges", "samples"])
    let criteria: KeyValuePairs<String, Rewiring.Criterion> = [
      "magnitude": .magnitude, "gradient": .gradient, "zeros": .zeros,
    ]
    return try element.checking {
      var rule = try Rewiring(
        ParameterSelection(
          .weights, from: fields["from"]?.text("'from'"), to: fields["to"]?.text("'to'")),
        prune: fields["prune"]?.number("'prune'") ?? 0.3,
        by: fields["by"]?.word("criterion", among: criteria) ?? .magnitude,
        grow: fields["grow"]?.number("'grow'") ?? 1,
        edges: fields["edges"]?.integer("'edges'", in: 0...TrainingReader.most),
        sampleLimit: fields["samples"]?.integer("'samples'", in: 1...TrainingReader.most) ?? 2048)
      rule.parameterGroups = try StepReader.groups(top["groups"])
      return rule
    }
  }

  private func match(_ element: Element) throws -> StateMatching.Rule {
    let radii = ["keep", "share", "ball"]
    let fields = try element.fields(
      "'match'", keys: radii + ["groups", "only-cycles", "refit", "pattern"])
    let radius = try fields.exactlyOne(of: radii, in: "'match'")
    let number = try radius.value.number("'\(radius.key)'")
    let kinds = [
      "keep": StateMatching.Radius.keep(number), "share": .share(number), "ball": .absolute(number),
    ]
    var rule = StateMatching.Rule(kinds[radius.key] ?? .keep(number))
    rule.groups = try fields["groups"]?.list("'groups'").map { try $0.text("a group") }
    rule.countsOnlyCycles = try fields["only-cycles"]?.boolean("'only-cycles'") ?? false
    let patterns: KeyValuePairs<String, StateMatching.Pattern> = [
      "edges": .edges, "acyclic": .acyclic, "any": .any,
    ]
    rule.pattern = try fields["pattern"]?.word("pattern", among: patterns) ?? .edges
    rule.refits = try fields["refit"]?.boolean("'refit'") ?? false
    rule.parameterGroups = try StepReader.groups(top["groups"])
    try radius.value.checking { try rule.radius.validate() }
    return rule
  }

  private func fenchel(_ element: Element) throws -> FenchelDescent.Options {
    let what = "'fenchel'"
    let fields = try element.fields(
      what, keys: ["readout", "ridge", "steps", "weight", "growth", "sweeps", "balls"])
    var options = FenchelDescent.Options(
      try fields.required("readout", of: what).text("'readout'"))
    if let value = fields["ridge"] { options.ridge = try value.number("'ridge'") }
    if let value = fields["steps"] {
      options.steps = try value.integer("'steps'", in: 1...TrainingReader.most)
    }
    if let value = fields["weight"] { options.weight = try value.number("'weight'") }
    if let value = fields["growth"] { options.growth = try value.number("'growth'") }
    if let value = fields["sweeps"] {
      options.sweeps = try value.integer("'sweeps'", in: 1...1_000_000)
    }
    for ball in try (fields["balls"] ?? top["balls"])?.list("'balls'") ?? [] {
      options.balls.append(try StepReader.ball(ball))
    }
    options.parameterGroups = try StepReader.groups(top["groups"])
    try element.checking { try options.validate() }
    return options
  }
}

extension Fields {
  /// Gives keys other values, or adds them.
  mutating func replace(_ changes: [String: Element]) {
    var values = values
    // Two words for the same thing.
    if changes["rate"] != nil || changes["lr"] != nil {
      values["rate"] = nil
      values["lr"] = nil
    }
    self = Fields(owner: owner, values: values.merging(changes) { $1 })
  }
}
