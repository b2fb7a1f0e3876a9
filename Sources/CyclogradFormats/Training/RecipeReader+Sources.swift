import Cyclograd

/// Where samples come from: files, trajectories, teachers.
extension RecipeReader {
  func source(
    _ fields: Fields, _ others: [(part: DataRecipe.Part, fields: Fields)],
    _ steps: [(step: DataRecipe.Step, element: Element)]
  ) throws -> DataRecipe.Source {
    var split: [DataRecipe.Part: Element] = [:]
    for (step, element) in steps {
      guard let part = step.part else { continue }
      guard split.updateValue(element, forKey: part) == nil else {
        throw element.failure("the part '\(part.rawValue)' is split off twice")
      }
    }
    let own = try others.filter { part, fields in
      guard ["file", "targets-file", "teacher"].contains(where: { fields[$0] != nil }) else {
        guard split[part] != nil else {
          throw fields.owner.failure(
            "'\(part.rawValue)' has no 'file'",
            advice: part.rawValue == "validation" || part == .test
              ? "name a file, or split a share off in the steps of 'data'" : "name a file")
        }
        return false
      }
      if let element = split[part] {
        throw element.failure("'\(part.rawValue)' has a file of its own")
      }
      return true
    }
    if let element = fields["oscillators"] {
      return .oscillators(try oscillators(element, fields, hasOthers: !own.isEmpty))
    }
    if fields["teacher"] != nil { return .teachers(try teachers(fields, own)) }
    let first = try table(fields, Self.what, nil)
    var tables = [DataRecipe.Part.training: first]
    for (part, fields) in own {
      if let element = fields["teacher"] {
        throw element.failure(
          "'\(part.rawValue)' has a teacher, but 'data' has a file",
          advice: "let all parts have files, or teachers")
      }
      tables[part] = try table(fields, "'\(part.rawValue)'", first)
    }
    return .files(tables)
  }

  private func oscillators(
    _ element: Element, _ fields: Fields, hasOthers: Bool
  ) throws -> DataRecipe.Oscillators {
    if let (key, value) = fields.values.first(where: {
      !["oscillators", "steps"].contains($0.key)
    }) {
      throw value.failure("'\(key)' does not go with 'oscillators'")
    }
    guard !hasOthers else {
      throw element.failure("trajectories do not go with files of other parts")
    }
    let part = try element.fields("'oscillators'", keys: ["samples", "points", "seed"])
    return .init(
      samples: try part.required("samples", of: "'oscillators'").integer(
        "'samples'", in: 1...TrainingReader.most),
      points: try part.required("points", of: "'oscillators'").integer(
        "'points'", in: 1...1_000_000),
      seed: try part["seed"]?.integer("'seed'", in: 0...UInt64.max) ?? 0)
  }

  // MARK: Teachers

  private func teachers(
    _ fields: Fields, _ others: [(part: DataRecipe.Part, fields: Fields)]
  ) throws -> [DataRecipe.Part: DataRecipe.Teacher] {
    let first = try teacher(fields, ["steps"], nil, stream: 0)
    var teachers = [DataRecipe.Part.training: first]
    for (place, other) in others.enumerated() {
      teachers[other.part] = try teacher(
        other.fields, ["per-epoch"], first, stream: place + 1)
    }
    return teachers
  }

  /// - Parameters:
  ///   - allowed: what else may stand beside `teacher`.
  ///   - first: the teacher of the training part, which says what this one does not say.
  private func teacher(
    _ fields: Fields, _ allowed: [String], _ first: DataRecipe.Teacher?, stream: Int
  ) throws -> DataRecipe.Teacher {
    if let (key, value) = fields.values.first(where: {
      $0.key != "teacher" && !allowed.contains($0.key)
    }) {
      throw value.failure("'\(key)' does not go with 'teacher'")
    }
    let what = "'teacher'"
    let distributions = ["uniform", "normal"]
    let part = try fields.required("teacher", of: Self.what).fields(
      what,
      keys: distributions + ["graph", "parameters", "graph-seed", "samples", "seed", "targets"])
    let drawn = try part.atMostOne(of: distributions, in: what)
      .map { try distribution($0.key, $0.value) }
    guard let distribution = drawn ?? first?.distribution else {
      throw part.owner.failure(
        "nothing says what inputs are drawn from",
        advice: "add 'uniform: [-1, 1]' or 'normal: 1'")
    }
    // What a later part does not say is as in the first.
    func value<Value>(
      _ key: String, _ other: Value?, _ read: (Element) throws -> Value
    ) throws -> Value {
      if part[key] == nil, let other { return other }
      return try read(part.required(key, of: what))
    }
    var result = DataRecipe.Teacher(
      graph: try value("graph", first?.graph) { place(try $0.text("'graph'")) },
      samples: try value("samples", first?.samples) {
        try $0.integer("'samples'", in: 1...TrainingReader.most)
      }, distribution: distribution)
    result.parameters =
      try part["parameters"].map { place(try $0.text("'parameters'")) } ?? first?.parameters
    result.graphSeed =
      try part["graph-seed"]?.integer("'graph-seed'", in: 0...UInt64.max) ?? first?.graphSeed
    result.seed = try part["seed"]?.integer("'seed'", in: 0...UInt64.max) ?? first?.seed ?? 0
    result.stream = stream
    result.isLargestTarget =
      try part["targets"]?.word("kind of targets", among: ["outputs": false, "largest": true])
      ?? first?.isLargestTarget ?? false
    return result
  }

  private func distribution(
    _ key: String, _ element: Element
  ) throws -> DataRecipe.Teacher.Distribution {
    guard key == "uniform" else {
      let deviation = try element.number("'normal'")
      guard deviation >= 0 else {
        throw element.failure("'normal' is a deviation, at least 0", code: .invalidValue)
      }
      return .normal(deviation: deviation)
    }
    let ends = try element.numbers("'uniform'", count: 2)
    guard ends[0] <= ends[1] else {
      throw element.failure(
        "'uniform' must be two numbers, the smaller one first", code: .invalidValue)
    }
    return .uniform(lower: ends[0], upper: ends[1])
  }

  // MARK: Files

  /// A file of samples; what it does not say is as in the first.
  private func table(
    _ fields: Fields, _ what: String, _ first: DataRecipe.Table?
  ) throws -> DataRecipe.Table {
    func columns(_ name: String) throws -> ColumnSelection? {
      guard let element = fields[name] else { return nil }
      return try selection(element, "'\(name)'")
    }
    var result = DataRecipe.Table(
      file: place(try fields.required("file", of: what).text("'file'")))
    if let digest = try fields["sha256"]?.text("'sha256'") {
      guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else {
        throw fields.owner.failure("'sha256' must be 64 hexadecimal digits")
      }
      result.sha256 = digest
    }
    result.origin = try fields["origin"]?.text("'origin'")
    result.targetFile = try fields["targets-file"].map { place(try $0.text("'targets-file'")) }
    result.inputs = try columns("inputs") ?? first?.inputs
    result.targets =
      try columns("targets") ?? (result.targetFile == nil ? first?.targets : nil)
    result.rows = try fields["rows"].map(rows)
    result.windows = try fields["windows"].map { try DataRecipe.Windows($0) } ?? first?.windows
    if let element = fields["windows"] {
      guard result.inputs != nil else {
        throw element.failure(
          "'windows' needs the columns of the file",
          advice: "say which, such as 'inputs: \"0\"'")
      }
      guard first == nil || first?.windows == result.windows else {
        throw element.failure("all parts have the same windows", advice: "say them in 'data' alone")
      }
    }
    // A series is its own target, some rows later.
    if result.windows != nil, result.targetFile == nil {
      result.targets = result.targets ?? result.inputs
    }
    return result
  }

  /// Rows such as `0..799`, counted from 0, the last one included.
  private func rows(_ element: Element) throws -> Range<Int> {
    let ends = try element.text("'rows'").split(separator: "..", omittingEmptySubsequences: false)
    guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0,
      last >= first, last < .max
    else {
      throw element.failure(
        "'rows' is no range such as \"0..799\"",
        code: .invalidValue, advice: "rows count from 0, and the last one belongs to it")
    }
    return first..<last + 1
  }
}

extension DataRecipe.Windows {
  /// Reads how rows become samples, as training files and parameters say it.
  ///
  /// - Parameter further: keys that somebody else reads.
  init(_ element: Element, further: [String] = []) throws {
    let what = "'windows'"
    let fields = try element.fields(
      what, keys: ["length", "ahead", "stride", "targets"] + further)
    let limit = 1...TrainingReader.most
    self.init(length: try fields.required("length", of: what).integer("'length'", in: limit))
    if let ahead = fields["ahead"] {
      self.ahead = try ahead.integer("'ahead'", in: 0...TrainingReader.most)
    }
    if let stride = fields["stride"] { self.stride = try stride.integer("'stride'", in: limit) }
    if let targets = fields["targets"] {
      hasTargetOfEveryRow = try targets.word(
        "kind of targets", among: ["last": false, "every": true])
    }
  }
}
