import Cyclograd

/// What outputs are for, and by what they are measured.
extension TrainingReader {
  func readTask(_ fields: Fields, _ file: inout TrainingFile) throws {
    if let element = fields["task"] {
      file.task = try task(element)
      file.isThresholdGiven = element.isMapping
    }
    if case .classifier = file.task { file.data.hasClasses = true }
    if case .autoencoder = file.task {
      file.data.isReconstruction = true
      guard case .files(let tables) = file.data.source else {
        throw fields.owner.failure(
          "computed samples have targets of their own",
          advice: "let the task be a regression or a classifier")
      }
      if tables.values.contains(where: { $0.targets != nil || $0.targetFile != nil }) {
        throw fields.owner.failure(
          "an autoencoder's targets are its inputs", advice: "leave 'targets' out")
      }
      if let element = fields["data"],
        let noise = file.data.steps.firstIndex(where: \.isNoise),
        !file.data.steps[noise...].allSatisfy(\.keepsInputs)
      {
        throw element.failure(
          "an autoencoder's targets are its inputs before noise, so noise comes after scaling",
          advice: "let 'noise' stand behind 'scale' and 'oversample'")
      }
      if let element = fields["data"], file.data.ignoresMissingTargets {
        throw element.failure("'missing' is about targets, and an autoencoder's are its inputs")
      }
    } else if case .classifier = file.task, file.data.labels != nil,
      case .files(let tables) = file.data.source,
      tables.values.allSatisfy({ $0.targets == nil && $0.targetFile == nil })
    {
      file.data.areLabelsTargets = true
    }
    let names = file.task.measureNames
    func measure(_ element: Element, _ what: String, or more: [String] = []) throws -> String {
      let name = try element.text(what)
      guard (names + more).contains(name) else {
        throw element.failure(
          "unknown \(what) '\(name.shortened)'",
          advice: "for this task there are \((more + names).joined(separator: ", "))")
      }
      file.measurePlaces[name] = element.location
      return name
    }
    file.metrics = try (fields["metrics"]?.list("'metrics'") ?? []).map {
      try measure($0, "measure")
    }
    if let element = fields["select"] {
      file.selection = try measure(element, "measure", or: ["loss"])
    }
    if !file.data.hasValidation,
      let key = ["metrics", "select"].first(where: { fields[$0] != nil })
    {
      throw fields.owner.failure(
        "'\(key)' needs samples to validate with",
        advice: "name a file under 'validation', or split a share off in the steps of 'data'")
    }
    if case .autoencoder = file.task, file.data.labels == nil,
      !file.metrics.isEmpty || file.selection != "loss"
    {
      throw fields.owner.failure(
        "the measures of an autoencoder need labels", advice: "say 'labels' in 'data'")
    }
  }

  private func task(_ element: Element) throws -> MeasuredTask {
    guard element.isMapping else {
      return try element.word(
        "task",
        among: [
          "regression": .regression, "classifier": .classifier(threshold: 0.5),
          "autoencoder": .autoencoder(.exact),
        ])
    }
    let names = ["classifier", "autoencoder"]
    let entry = try element.fields("'task'", keys: names).exactlyOne(of: names, in: "'task'")
    let part = try entry.value.fields("'\(entry.key)'", keys: ["threshold"])
    let threshold = try part.required("threshold", of: "'\(entry.key)'")
    if entry.key == "classifier" {
      return .classifier(threshold: try threshold.number("'threshold'"))
    }
    let what = "'threshold'"
    let grid = try threshold.fields(what, keys: ["from", "to", "step"])
    let search = ThresholdSearch.standardised(
      lower: try grid.required("from", of: what).number("'from'"),
      upper: try grid.required("to", of: what).number("'to'"),
      step: try grid.required("step", of: what).number("'step'"))
    try threshold.checking { try search.validate() }
    return .autoencoder(search)
  }
}
