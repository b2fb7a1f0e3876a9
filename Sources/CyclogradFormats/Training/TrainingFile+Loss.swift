package import Cyclograd

extension TrainingFile {
  /// The same training with the loss that its network and its samples make of what the file says: terms are put together,
  /// classes get their weights, missing targets are passed over.
  func withLoss(of network: Network, _ data: PreparedData) throws -> TrainingFile {
    try withLoss(outputs: network.outputCount, data) { try CompositeLoss($0, for: network) }
  }

  /// The same for so many outputs.
  ///
  /// - Parameter composite: puts terms together.
  package func withLoss(
    outputs: Int, _ data: PreparedData,
    composite: ([CompositeLoss.Term]) throws -> CompositeLoss
  ) throws -> TrainingFile {
    var file = self
    let samples = data.parts[.training]
    if !isLossGiven, case .classifier = task, outputs > 1,
      samples?.targets.columns == 1
    {
      file.options.loss = .softmaxCrossEntropy
    }
    try file.smoothLabels()
    if let weights = classWeights {
      file.options.loss = try Self.located(lossLocation) {
        try ClassWeightedLoss(
          file.options.loss, weights: try Self.weights(weights, outputs, samples))
      }
    }
    let isMasked = self.data.ignoresMissingTargets
    if !lossTerms.isEmpty {
      file.options.loss = try Self.located(lossLocation) {
        try composite(
          lossTerms.map { term in
            var term = term
            if isMasked { term.loss = MaskedLoss(term.loss) }
            return term
          })
      }
    } else if isMasked {
      file.options.loss = MaskedLoss(file.options.loss)
    }
    // Outputs are logits then.
    if case .classifier = task, !isThresholdGiven, outputs == 1,
      file.options.loss.appliedActivation == .logistic
    {
      file.task = .classifier(threshold: 0)
    }
    return file
  }

  /// Gives the loss smooth labels, if the file says so.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for losses whose targets are no probabilities.
  public mutating func smoothLabels() throws {
    guard let (amount, location) = labelSmoothing else { return }
    let loss = options.loss
    options.loss = try Self.located(location) { try LabelSmoothing(loss, amount: amount) }
  }

  private static func weights(
    _ weights: ClassWeights, _ outputs: Int, _ samples: PreparedData.Samples?
  ) throws(CyclogradError) -> [Double] {
    switch weights {
    case .list(let numbers): return numbers
    case .balanced:
      guard let samples else {
        throw CyclogradError(
          .invalidOption, "classes cannot be counted in samples that stay on the disk",
          advice: "give a list of weights")
      }
      let (count, classes) = try samples.classes(outputs: outputs)
      return try ClassWeightedLoss.balanced(classes, count: count)
    }
  }

  private static func located<Result>(
    _ location: CyclogradError.Location, _ body: () throws -> Result
  ) throws -> Result {
    do { return try body() } catch var error as CyclogradError {
      let subject = error.location.subject
      error.location = location
      error.location.subject = subject
      throw error
    }
  }
}

extension PreparedData.Samples {
  /// The classes of the samples whose targets are not missing, and how many classes there are for so many outputs.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for targets that are not classes.
  func classes(outputs: Int) throws(CyclogradError) -> (count: Int, actual: [Int]) {
    let rows = (0..<targets.rows).filter { row in !targets[row: row].contains { $0.isNaN } }
    let answers = Answers(
      rows: rows, outputs: Matrix(rows: rows.count, columns: outputs),
      targets: targets.selecting(rows: rows))
    let (count, actual, _) = try answers.classes(threshold: 0)
    return (count, actual)
  }
}
