import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// `cyclograd report training`
struct ReportTrainingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training",
    abstract: "Report how a training went, and what has come of it.",
    discussion: """
      RUN is a log that cyclograd train --json-log wrote, or the training file, whose newest checkpoint tells \
      of epochs and validations; --json-log adds single steps. The figures are \
      \(TrainingReport.figureNames.joined(separator: ", ")). Those that a training cannot have are named with \
      the reason.

      With a training file the best checkpoint, or else the newest, is evaluated too: on the validation data, or \
      else on the training data, or on --input and --target as cyclograd evaluate reads them. The mode is \
      classifier for entropies, autoencoder where the targets are the inputs, and regression otherwise.

      Examples:
        cyclograd report training graphs/training/xor.yaml --output training.html
        cyclograd report training log.jsonl --format png --figure loss --output loss.png
      """)

  @Argument(help: ArgumentHelp("A training file, or a log of --json-log.", valueName: "run"))
  var source: String
  @Option(help: "The log, where RUN is a training file.") var jsonLog: String?
  @Option(help: "The folder of checkpoints instead of the training file's.")
  var checkpoints: String?
  @Option(help: "Samples to evaluate on: CSV, text or .npy.") var input: String?
  @Option(help: "Which columns are inputs, such as 0..7.") var columns: String?
  @Option(help: "The file of targets or labels, one row a sample (default: that of --input).")
  var target: String?
  @Option(help: "Which columns are targets or labels, such as 8.") var targetColumns: String?
  @Option(
    help: "\(EvaluateCommand.Mode.allCases.map(\.rawValue).joined(separator: ", ")).")
  var mode: EvaluateCommand.Mode?
  @Option(help: "From where on a score means class 1 or an anomaly.") var threshold: Double?
  @Option(help: "How many threads may work at once. Results do not depend on it.")
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount
  @OptionGroup var output: ReportOutput
  @Flag(help: "Show no progress.") var quiet = false

  private var isTrainingFile: Bool { source.hasSuffix(".yaml") || source.hasSuffix(".yml") }

  func run() throws {
    Progress.start(isQuiet: quiet)
    try output.check(TrainingReport.figureNames)
    try checkOptions()
    try FileNames.checkDistinct(
      written: [("--output", output.output)],
      read: [
        ("the run", source), ("--json-log", jsonLog), ("--input", input), ("--target", target),
      ])
    Progress.show("reading \(source)")
    guard isTrainingFile else {
      try output.write(
        TrainingReport.page(
          TrainingLogFile.read(source), title: "Training", origin: "From the log \(source)."))
      return
    }
    try output.write(page())
  }

  private func checkOptions() throws {
    if let threshold, !threshold.isFinite {
      throw CyclogradError(
        .invalidOption, "--threshold is not finite", advice: "give a number")
    }
    _ = try StoppingArguments.parse([]).options(threads: threads)
    if !isTrainingFile {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: source, isDirectory: &isFolder), isFolder.boolValue
      {
        throw CyclogradError(
          .invalidOption, "a folder of checkpoints does not say what was trained",
          at: .init(file: source),
          advice: "give the training file, with --checkpoints for the folder")
      }
      let given = [
        ("--json-log", jsonLog), ("--checkpoints", checkpoints), ("--input", input),
        ("--columns", columns), ("--target", target), ("--target-columns", targetColumns),
        ("--mode", mode?.rawValue), ("--threshold", threshold.map { "\($0)" }),
      ]
      if let (option, _) = given.first(where: { $0.1 != nil }) {
        throw CyclogradError(
          .invalidOption, "\(option) needs a training file, but \(source) is read as a log",
          advice: "give the training file (.yaml or .yml) as RUN")
      }
    }
    if input == nil, columns != nil || target != nil || targetColumns != nil {
      throw CyclogradError(
        .invalidOption, "samples are described, but there is no file with them",
        advice: "give --input")
    }
    if input != nil, target == nil, targetColumns == nil {
      throw CyclogradError(
        .invalidOption, "nothing says which columns are targets or labels",
        advice: "give --target-columns, or a file with --target")
    }
  }

  /// History and evaluation from a training file.
  private func page() throws -> ReportPage {
    let file = try TrainingFile.read(source)
    let (network, _) = try file.compile { Progress.show($0) }
    let folder = checkpoints ?? file.checkpoints.folder
    let (all, best) = try CheckpointFolder.contents(of: folder)
    guard let newest = all.first else {
      throw CyclogradError(
        .file, "there is no checkpoint in the folder", at: .init(file: folder),
        advice: "train first, or give the folder with --checkpoints")
    }
    Progress.show("reading \(newest)")
    var history = TrainingHistory(try Checkpoint.read(newest, for: network).progress)
    if let jsonLog { history = try TrainingLogFile.read(jsonLog) }
    var page = TrainingReport.page(
      history, title: "Training of \(network.title)",
      origin: "From \(jsonLog.map { "the log \($0)" } ?? "the checkpoint \(newest)").")
    let chosen = best ?? newest
    let parameters = try Checkpoint.read(chosen, for: network).trainer.parameters
    var solver = file.solver
    solver.threads = threads
    let simulator = try Simulator(network, backend: file.backend, options: solver)
    Progress.show("evaluating \(chosen)")
    try addEvaluation(file, simulator, parameters, chosen, to: &page)
    return page
  }

  private func addEvaluation(
    _ file: TrainingFile, _ simulator: Simulator, _ parameters: Parameters, _ chosen: String,
    to page: inout ReportPage
  ) throws {
    let data = file.validation ?? file.data
    let isAutoencoder = data.targetFile == nil && data.targets == data.inputs
    let loss = file.options.loss
    let mode =
      mode
      ?? ([.softmaxCrossEntropy, .binaryCrossEntropy].contains(loss)
        ? .classifier : isAutoencoder ? .autoencoder : .regression)
    let judge = EvaluationJudge(
      mode: mode, loss: loss, simulator: simulator, parameters: parameters, columns: columns,
      targetColumns: targetColumns)
    let place = input ?? data.file
    let samples: EvaluationJudge.Samples
    if let input {
      samples = try judge.read(input, target: target)
    } else {
      let table = try file.samples(data, for: simulator.network) { Progress.show($0) }
      samples = .init(inputs: table.inputs, known: table.targets)
    }
    if mode == .autoencoder, input == nil || threshold == nil {
      // Without labels, or a threshold to judge by, the errors alone.
      let evaluation = try Evaluation(
        simulator, parameters, loss: loss, inputs: samples.inputs, targets: samples.inputs)
      page.figures.append(
        try TrainingReport.reconstructionErrors(
          evaluation.reconstructionErrors,
          areAnomalies: input == nil ? nil : judge.labels(samples, file: place, evaluation),
          threshold: threshold))
      note(chosen, place, evaluation, to: &page)
      return
    }
    let limit = threshold ?? (loss == .binaryCrossEntropy ? 0 : 0.5)
    let report = try judge.report(samples, threshold: limit, file: place)
    let evaluation = report.evaluation
    if let confusion = report.confusion {
      page.figures.append(TrainingReport.confusion(confusion))
    }
    switch mode {
    case .autoencoder:
      page.figures.append(
        try TrainingReport.reconstructionErrors(
          evaluation.reconstructionErrors,
          areAnomalies: judge.labels(samples, file: place, evaluation), threshold: limit))
    case .regression:
      if let figure = TrainingReport.answers(
        outputs: evaluation.outputs, targets: evaluation.targets)
      {
        page.figures.append(figure)
      }
    case .classifier: break
    }
    page.tables.append(
      (
        "Measures",
        FigureTable(
          columns: ["measure", "value"],
          rows: report.measures.map { [$0.key, $0.value.map { String(shortest: $0) } ?? "–"] })
      ))
    note(chosen, place, evaluation, to: &page)
  }

  private func note(
    _ checkpoint: String, _ file: String, _ evaluation: Evaluation, to page: inout ReportPage
  ) {
    page.facts += [
      ("evaluated", checkpoint), ("on", file),
      ("samples there", Quantity.count(evaluation.evidence.count)),
      ("without an equilibrium", Quantity.count(evaluation.failed.count)),
    ]
  }
}
