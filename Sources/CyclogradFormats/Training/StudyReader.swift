import Cyclograd

/// Reads a study file.
struct StudyReader {
  let path: String
  private static let what = "the study file"

  func read(_ root: Element) throws -> StudyFile {
    try DocumentKind.study.check(root)
    let fields = try root.fields(
      Self.what,
      keys: [
        "format", "name", "training", "seeds", "measures", "abscissa", "variants", "grid", "folds",
      ])
    let element = try fields.required("format", of: Self.what)
    guard try element.text("the format") == StudyFile.format else {
      throw element.failure(
        "the format is not '\(StudyFile.format)'",
        advice: "this version of Cyclograd reads '\(StudyFile.format)'")
    }
    let training = try TrainingFile.read(
      place(try fields.required("training", of: Self.what).text("'training'")))
    let bytes = try InputFile.bytes(training.path)
    let measures = try fields.required("measures", of: Self.what).list("'measures'").map {
      try measure($0, training)
    }
    guard !measures.isEmpty else {
      throw fields.owner.failure("'measures' is empty", advice: "say what is to be reported")
    }
    let abscissa = try fields["abscissa"]?.text("'abscissa'")
    let grid = try fields["grid"].map { try StudyGrid($0) }
    let list = try grid != nil ? fields["variants"] : fields.required("variants", of: Self.what)
    var variants: [(variant: StudyFile.Variant, changes: [String: Element])] =
      try list?.list("'variants'").map {
        try variant($0, measures.count, hasPlace: abscissa != nil)
      } ?? [(StudyFile.Variant(name: "", sizes: [:]), [:])]
    if let grid {
      variants = try variants.flatMap { try grid.variants(of: $0.variant, $0.changes) }
    }
    let names = variants.map(\.variant.name)
    guard !variants.isEmpty, Set(names).count == variants.count else {
      throw (list ?? fields.owner).failure(
        variants.isEmpty ? "there are no variants" : "two variants have the same name",
        advice: "give each a name of its own")
    }
    var study = StudyFile(
      path: path, name: try fields["name"]?.text("'name'") ?? "", training: training,
      seeds: try fields["seeds"]?.integer("'seeds'", in: 1...StudyFile.mostSeeds) ?? 1,
      measures: measures, abscissa: abscissa, variants: variants.map(\.variant))
    for (variant, changes) in variants where !changes.isEmpty {
      study.trainings[variant.name] = try TrainingFile.parse(
        bytes: bytes, path: training.path, changes: changes)
    }
    study.folds = try fields["folds"].map { try folds($0, training) }
    return study
  }

  private func folds(_ element: Element, _ training: TrainingFile) throws -> StudyFile.Folds {
    let what = "'folds'"
    let most = 2...StudyFile.mostSeeds
    var folds = StudyFile.Folds(part: .test, count: 0, seed: 0)
    if element.isMapping {
      let fields = try element.fields(what, keys: ["of", "part", "seed"])
      folds.count = try fields.required("of", of: what).integer("'of'", in: most)
      if let part = fields["part"] {
        folds.part = try part.word("part", among: ["validation": .validation, "test": .test])
      }
      folds.seed = try fields["seed"]?.integer("'seed'", in: 0...UInt64.max) ?? 0
    } else {
      folds.count = try element.integer(what, in: most)
    }
    guard !training.data.has(folds.part) else {
      throw element.failure(
        "the training file has \(folds.part.rawValue) samples already",
        advice: "take them out there, or give folds another 'part'")
    }
    guard !training.data.isStreamed else {
      throw element.failure("samples that stay on the disk are not divided into folds")
    }
    try RecipeReader.checkDivisible(training.data, element)
    return folds
  }

  private func measure(
    _ element: Element, _ training: TrainingFile
  ) throws -> StudyFile.Measure {
    let text = try element.text("a measure")
    let names = training.task.measureNames + ["loss"]
    let parts = training.data.parts
    for part in parts where text.hasPrefix(part.rawValue + " ") {
      let name = String(text.dropFirst(part.rawValue.count + 1))
      if names.contains(name) { return .init(part: part, name: name) }
    }
    throw element.failure(
      "unknown measure '\(text.shortened)'",
      advice: "it is one of \(parts.map(\.rawValue).joined(separator: ", ")) and one of "
        + names.joined(separator: ", "))
  }

  /// What a variant may say otherwise than the training file.
  static let changeable = TrainingReader.changeable.filter { $0 != "seed" }

  /// Seeds are those of the study.
  static func refuseSeed(_ element: Element) throws {
    guard element.has("seed") else { return }
    throw element.failure(
      "'seed' is that of the run", advice: "say with 'seeds' how many runs a variant has")
  }

  private func variant(
    _ element: Element, _ count: Int, hasPlace: Bool
  ) throws -> (variant: StudyFile.Variant, changes: [String: Element]) {
    let what = "a variant"
    let fields = try element.fields(
      what, keys: ["name", "graph", "sizes", "gradient", "with", "published", "family", "x"])
    var place: StudyFile.Variant.Place?
    if hasPlace {
      place = .init(
        family: try fields.required("family", of: what).text("'family'"),
        x: try fields.required("x", of: what).number("'x'"))
    } else if let value = fields["family"] ?? fields["x"] {
      throw value.failure("a variant has a place, but the study has no 'abscissa'")
    }
    try fields["with"].map(Self.refuseSeed)
    let changes = try fields["with"]?.fields("'with'", keys: Self.changeable).values ?? [:]
    if let value = fields["gradient"], changes["gradient"] != nil {
      throw value.failure("'gradient' stands in the variant and in its 'with'; give it once")
    }
    let variant = StudyFile.Variant(
      name: try fields.required("name", of: what).text("'name'"),
      graph: try fields["graph"].map { self.place(try $0.text("'graph'")) },
      sizes: try fields["sizes"]?.sizes() ?? [:],
      gradient: try fields["gradient"]?.gradientKind(),
      changes: try changes.mapValues { try $0.compact },
      published: try fields["published"].map { try published($0, count) }, place: place)
    return (variant, changes)
  }

  private func published(_ element: Element, _ count: Int) throws -> StudyFile.Published {
    let fields = try element.fields(
      "'published'", keys: ["means", "best", "seconds", "inference-seconds"])
    return StudyFile.Published(
      means: try fields["means"]?.numbers("'means'", count: count),
      best: try fields["best"]?.numbers("'best'", count: count),
      seconds: try fields["seconds"]?.number("'seconds'"),
      inferenceSeconds: try fields["inference-seconds"]?.number("'inference-seconds'"))
  }

  private func place(_ name: String) -> String {
    name.hasPrefix("/") ? name : WriteTarget.folder(of: path) + name
  }
}
