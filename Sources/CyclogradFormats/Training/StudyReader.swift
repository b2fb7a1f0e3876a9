import Cyclograd

/// Reads a study file.
struct StudyReader {
  let path: String
  private static let what = "the study file"

  func read(_ root: Element) throws -> StudyFile {
    try DocumentKind.study.check(root)
    let fields = try root.fields(
      Self.what,
      keys: ["format", "name", "training", "seeds", "measures", "abscissa", "variants"])
    let element = try fields.required("format", of: Self.what)
    guard try element.text("the format") == StudyFile.format else {
      throw element.failure(
        "the format is not '\(StudyFile.format)'",
        advice: "this version of Cyclograd reads '\(StudyFile.format)'")
    }
    let training = try TrainingFile.read(
      place(try fields.required("training", of: Self.what).text("'training'")))
    let measures = try fields.required("measures", of: Self.what).list("'measures'").map {
      try measure($0, training.task)
    }
    guard !measures.isEmpty else {
      throw fields.owner.failure("'measures' is empty", advice: "say what is to be reported")
    }
    let abscissa = try fields["abscissa"]?.text("'abscissa'")
    let list = try fields.required("variants", of: Self.what)
    let variants = try list.list("'variants'").map {
      try variant($0, measures.count, hasPlace: abscissa != nil)
    }
    guard !variants.isEmpty, Set(variants.map(\.name)).count == variants.count else {
      throw list.failure(
        variants.isEmpty ? "there are no variants" : "two variants have the same name",
        advice: "give each a name of its own")
    }
    return StudyFile(
      path: path, name: try fields["name"]?.text("'name'") ?? "", training: training,
      seeds: try fields["seeds"]?.integer("'seeds'", in: 1...StudyFile.mostSeeds) ?? 1,
      measures: measures, abscissa: abscissa, variants: variants)
  }

  private func measure(_ element: Element, _ task: MeasuredTask) throws -> StudyFile.Measure {
    let text = try element.text("a measure")
    let names = task.measureNames + ["loss"]
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard words.count == 2, let part = DataRecipe.Part(rawValue: words[0]), names.contains(words[1])
    else {
      throw element.failure(
        "unknown measure '\(text.shortened)'",
        advice: "it is training, validation or test and one of "
          + names.joined(separator: ", "))
    }
    return .init(part: part, name: words[1])
  }

  private func variant(
    _ element: Element, _ count: Int, hasPlace: Bool
  ) throws -> StudyFile.Variant {
    let what = "a variant"
    let fields = try element.fields(
      what, keys: ["name", "graph", "sizes", "gradient", "published", "family", "x"])
    var place: StudyFile.Variant.Place?
    if hasPlace {
      place = .init(
        family: try fields.required("family", of: what).text("'family'"),
        x: try fields.required("x", of: what).number("'x'"))
    } else if let value = fields["family"] ?? fields["x"] {
      throw value.failure("a variant has a place, but the study has no 'abscissa'")
    }
    return StudyFile.Variant(
      name: try fields.required("name", of: what).text("'name'"),
      graph: try fields["graph"].map { self.place(try $0.text("'graph'")) },
      sizes: try fields["sizes"]?.sizes() ?? [:],
      gradient: try fields["gradient"]?.gradientKind(),
      published: try fields["published"].map { try published($0, count) }, place: place)
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
