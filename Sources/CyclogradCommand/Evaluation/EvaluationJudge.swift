import Cyclograd
import CyclogradFormats

/// A threshold that was searched.
struct ThresholdReport {
  /// The samples on which it was.
  let file: String
  let cut: ScoreRanking.Cut
  /// How many of them have no equilibrium.
  let failed: Int
}

/// Reads samples and has them measured as the mode says.
struct EvaluationJudge {
  let mode: EvaluateCommand.Mode
  let givenLoss: (any Loss)?
  let simulator: Simulator
  var parameters: Parameters
  let transform: InputTransform?
  /// The words of the classes, if the parameters came with such.
  let classWords: ClassWords?
  let columns: String?
  let targetColumns: String?
  /// Whether inputs that a file leaves out are 0.
  let missingAreZero: Bool

  private var classes: [String]? { classWords?.names }

  /// Inputs, and targets or labels.
  struct Samples {
    let inputs: Matrix
    let known: Matrix
  }

  func read(_ path: String, target: String?) throws -> Samples {
    var inputs = try SampleFile.readInputs(
      path, columns: columns, simulator.network, transform: transform,
      missingAreZero: missingAreZero)
    let file = target ?? path
    var known = try readKnown(path, target: target)
    try SampleFile.pair(&inputs, &known, transform, isOneFile: file == path, in: file)
    guard known.rows == inputs.rows else {
      throw CyclogradError(
        .shapeMismatch, "\(known.rows) rows of targets for \(inputs.rows) samples",
        at: .init(file: file), advice: "give one row for each sample")
    }
    return Samples(inputs: inputs, known: known)
  }

  /// Targets or labels.
  private func readKnown(_ path: String, target: String?) throws -> Matrix {
    let file = target ?? path
    if mode != .regression, let classWords,
      let known = try readWords(path, target: target, classWords)
    {
      return known
    }
    return mode == .autoencoder
      ? try SampleFile.read(
        file, columns: targetColumns, option: "--target", names: [], vectors: .column)
      : try SampleFile.readTargets(
        target, columns: targetColumns, input: path, simulator.network, givenLoss,
        takesClasses: mode == .classifier)
  }

  /// The numbers of classes that stand in a column as words; `nil` where they do not.
  private func readWords(
    _ path: String, target: String?, _ classWords: ClassWords
  ) throws -> Matrix? {
    let file = target ?? path
    guard let column = try labelColumn(path, target: target),
      case let columns = try DataFile.words(file, columns: column),
      columns.count == 1, let words = columns.first
    else { return nil }
    guard let found = try classWords.classes(of: words, file: file) else {
      let places = classWords.names.prefix(3).enumerated().map {
        "\($0.offset) for \(Excerpt.quoted($0.element))"
      }
      Console.note(
        "\(file): the labels are numbers and the classes of the training are words, so numbers stand for "
          + "their places: \(places.joined(separator: ", "))"
          + (classWords.names.count > 3 ? " and so on" : ""))
      return nil
    }
    if !found.unseen.isEmpty, let name = classWords.nameOfRest {
      let some = found.unseen.sorted().prefix(3).map { Excerpt.quoted($0) }
      Console.note(
        "\(file): no training sample has \(some.joined(separator: ", "))"
          + (found.unseen.count > 3 ? " and \(found.unseen.count - 3) more words" : "")
          + ", which counts as \(Excerpt.quoted(name))")
    }
    return Matrix(
      rows: found.numbers.count, columns: 1, elements: found.numbers.map { Double($0) })
  }

  /// The columns that labels stand in as ``SampleFile`` finds them, where these can be words.
  private func labelColumn(_ path: String, target: String?) throws -> ColumnSelection? {
    if let targetColumns { return try ColumnSelection(targetColumns) }
    let file = target ?? path
    let header = try DataFile.header(file)
    let outputs = simulator.network.outputNames
    if mode == .classifier, outputs.count == 1, let header, header.contains(outputs[0]) {
      return ColumnSelection(names: outputs)
    }
    guard target != nil else { return nil }
    // A file without a header has numbers alone, unless it cannot be read at all.
    let width = header?.count ?? (try? DataFile.read(file))?.matrix.columns
    return try width == 1 ? ColumnSelection("0") : nil
  }

  /// The threshold with the highest F1.
  func search(_ samples: Samples, file: String) throws -> ThresholdReport {
    let (evaluation, labels) = try reconstruct(samples, file: file)
    return try located(file) {
      let cut = try ThresholdSearch.exact.best(
        evaluation.answers.reconstructionErrors,
        areLabels: evaluation.answers.rows.map { labels[$0] == 1 })
      return ThresholdReport(file: file, cut: cut, failed: evaluation.failed.count)
    }
  }

  func report(_ samples: Samples, threshold: Double, file: String) throws -> EvaluationReport {
    guard mode == .autoencoder else {
      // A column of class numbers is what a classifier with several outputs is trained on.
      let isOfClasses =
        mode == .classifier && samples.known.columns == 1 && simulator.network.outputCount > 1
      let loss = givenLoss ?? (isOfClasses ? .softmaxCrossEntropy : .halfSquaredError)
      let evaluation = try located(file) {
        try Evaluation(
          simulator, parameters, loss: loss, inputs: samples.inputs, targets: samples.known)
      }
      return try located(file) {
        try EvaluationReport(
          evaluation, mode == .regression ? .regression : .classifier(threshold: threshold),
          labels: nil, threshold: nil, outputNames: simulator.network.outputNames, classes: classes)
      }
    }
    let (evaluation, labels) = try reconstruct(samples, file: file)
    return try located(file) {
      try EvaluationReport(
        evaluation, .autoencoder(.exact), labels: evaluation.answers.rows.map { labels[$0] },
        threshold: threshold, outputNames: simulator.network.outputNames, classes: classes)
    }
  }

  private func reconstruct(
    _ samples: Samples, file: String
  ) throws -> (Evaluation, labels: [Int]) {
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
    let evaluation = try located(file) {
      try Evaluation(
        simulator, parameters, loss: givenLoss ?? .halfSquaredError, inputs: samples.inputs,
        targets: samples.inputs)
    }
    return (evaluation, samples.known.elements.map { Int($0) })
  }

  private func located<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch var error as CyclogradError {
      if error.location.file == nil { error.location.file = file }
      throw error
    }
  }
}
