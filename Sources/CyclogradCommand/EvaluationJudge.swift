import Cyclograd
import CyclogradFormats

/// Reads samples and has them measured as the mode says.
struct EvaluationJudge {
  let mode: EvaluateCommand.Mode
  let loss: Loss
  let simulator: Simulator
  let parameters: Parameters
  let columns: String?
  let targetColumns: String?

  /// Inputs, and targets or labels.
  struct Samples {
    let inputs: Matrix
    let known: Matrix
  }

  /// A threshold that was searched.
  struct Search {
    let file: String
    let cut: ScoreRanking.Cut
    let failed: Int
  }

  func read(_ path: String, target: String?) throws -> Samples {
    let inputs = try SampleFile.readInputs(path, columns: columns, simulator.network)
    let file = target ?? path
    let known = try SampleFile.read(file, columns: targetColumns, option: "--target")
    guard known.rows == inputs.rows else {
      throw CyclogradError(
        .shapeMismatch, "\(known.rows) rows of targets for \(inputs.rows) samples",
        at: .init(file: file), advice: "give one row for each sample")
    }
    return Samples(inputs: inputs, known: known)
  }

  /// The threshold with the highest F1.
  func search(_ samples: Samples, file: String) throws -> Search {
    let (evaluation, labels) = try reconstruct(samples, file: file)
    return try located(file) {
      let ranking = try ScoreRanking(
        scores: evaluation.reconstructionErrors, areLabels: evaluation.rows.map { labels[$0] })
      return Search(file: file, cut: try ranking.bestCut(), failed: evaluation.failed.count)
    }
  }

  func report(_ samples: Samples, threshold: Double, file: String) throws -> EvaluationReport {
    switch mode {
    case .autoencoder:
      let (evaluation, labels) = try reconstruct(samples, file: file)
      return try located(file) {
        try EvaluationReport(
          anomaliesOf: evaluation, labels: evaluation.rows.map { labels[$0] },
          threshold: threshold)
      }
    case .classifier:
      return try located(file) {
        try EvaluationReport(classesOf: try evaluate(samples), threshold: threshold)
      }
    case .regression:
      return try located(file) { try EvaluationReport(errorsOf: try evaluate(samples)) }
    }
  }

  private func evaluate(_ samples: Samples) throws -> Evaluation {
    try Evaluation(
      simulator, parameters, loss: loss, inputs: samples.inputs, targets: samples.known)
  }

  private func reconstruct(
    _ samples: Samples, file: String
  ) throws -> (Evaluation, labels: [Bool]) {
    let labels = try allLabels(samples, file: file)
    let evaluation = try located(file) {
      try Evaluation(
        simulator, parameters, loss: loss, inputs: samples.inputs, targets: samples.inputs)
    }
    return (evaluation, labels)
  }

  /// Which of an evaluation's rows are anomalies.
  func labels(
    _ samples: Samples, file: String, _ evaluation: Evaluation
  ) throws -> [Bool] {
    let labels = try allLabels(samples, file: file)
    return evaluation.rows.map { labels[$0] }
  }

  private func allLabels(_ samples: Samples, file: String) throws -> [Bool] {
    guard samples.known.columns == 1 else {
      throw CyclogradError(
        .shapeMismatch, "\(samples.known.columns) columns of labels instead of one",
        at: .init(file: file), advice: "select one with --target-columns")
    }
    if let row = samples.known.elements.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw CyclogradError(
        .invalidValue, "the label \(samples.known.elements[row]) is neither 0 nor 1",
        at: .init(file: file, subject: "row \(row)"),
        advice: "label anomalies with 1, others with 0")
    }
    return samples.known.elements.map { $0 == 1 }
  }

  private func located<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch var error as CyclogradError {
      if error.location.file == nil { error.location.file = file }
      throw error
    }
  }
}
