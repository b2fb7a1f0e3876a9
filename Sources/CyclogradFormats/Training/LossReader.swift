import Cyclograd

/// Reads what a training file says about the loss: a name, or a list of terms.
struct LossReader {
  let element: Element

  func read(into file: inout TrainingFile) throws {
    file.isLossGiven = true
    file.lossLocation = element.location
    guard let items = try element.listIfAny() else {
      file.options.loss = try loss(element)
      return
    }
    guard !items.isEmpty else {
      throw element.failure(
        "'loss' is an empty list", advice: "give at least one term, such as {loss: absolute-error}")
    }
    file.lossTerms = try items.map(term)
  }

  /// Reads `class-weights`.
  static func weights(_ element: Element) throws -> TrainingFile.ClassWeights {
    if try element.listIfAny() == nil {
      return try element.word("rule for classes", among: ["balanced": .balanced])
    }
    return .list(try element.numbers("'class-weights'"))
  }

  private func term(_ element: Element) throws -> CompositeLoss.Term {
    let what = "a term of the loss"
    let fields = try element.fields(what, keys: ["loss", "outputs", "weight"])
    return CompositeLoss.Term(
      try loss(try fields.required("loss", of: what)),
      outputs: try fields["outputs"].map { try EdgeReader.neurons($0, "'outputs'") },
      weight: try fields["weight"]?.number("'weight'") ?? 1)
  }

  private func loss(_ element: Element) throws -> any Loss {
    let name = try element.text("'loss'")
    return try element.checking { try LossRegistry.named(name) }
  }
}
