import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// `cyclograd report training`
struct ReportTrainingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training",
    abstract: "Report how trainings went, and their results.",
    discussion: """
      RUN is a log that cyclograd train --json-log wrote, or the training file, whose newest checkpoint tells \
      of epochs and validations; --json-log adds single steps. The figures are \
      \(TrainingReport.figureNames.joined(separator: ", ")). Those that a training cannot have are named with \
      the reason.

      Several RUNs are compared: their curves together, the settings in which they differ, and their results. \
      A RUN may then be a study file too, whose runs are in this folder, or a file of runs; each of its \
      variants is one of those compared. The figures are loss-by-step, training-loss, validation-loss, \
      validation-accuracy and the like, gradient-norm, learning-rate, iterations, residual, skipped.

      With a training file the best checkpoint, or else the newest, is evaluated too, as its task says, on the \
      samples of --part.

      Examples:
        cyclograd report training graphs/training/xor.yaml --output training.html
        cyclograd report training log.jsonl --format png --figure loss \\
            --output loss.png
        cyclograd report training a.jsonl b.jsonl --output both.html
      """)

  @Argument(
    help: ArgumentHelp(
      "Training files, logs of --json-log, study files or their runs.", valueName: "run"))
  var sources: [String]
  @Option(help: "The log, where RUN is a training file.") var jsonLog: String?
  @Option(help: "The folder of checkpoints instead of the training file's.")
  var checkpoints: String?
  @Option(
    help: """
      Which samples of the training file are evaluated: training, validation, test, or the name of a \
      further test (default: validation if there are any, or else training).
      """)
  var part: String?
  @Option(help: "The folder with the data files of the training file.") var data: String?
  @Option(help: "How many threads may work at once. Results do not depend on it.")
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount
  @OptionGroup var output: ReportOutput
  @Flag(name: .shortAndLong, help: "Show no progress.") var quiet = false

  private var source: String { sources.first ?? "" }
  private var isTrainingFile: Bool {
    source.hasSuffix(".yaml") || source.hasSuffix(".yml") || TrainingFile.recognises(source)
  }

  func validate() throws {
    if sources.isEmpty { throw ValidationError("Give at least one RUN.") }
  }

  func run() throws {
    Progress.start(isQuiet: quiet)
    let isComparison = sources.count > 1 || TrainingRecord.isStudy(source)
    try output.check(isComparison ? TrainingComparison.figureNames : TrainingReport.figureNames)
    try checkOptions(isComparison: isComparison)
    try FileNames.checkDistinct(
      written: [("--output", output.output)],
      read: sources.map { ("the run", $0) } + [("--json-log", jsonLog)])
    Progress.show("reading \(source)")
    guard !isComparison else {
      return try output.write(
        TrainingComparison.page(
          TrainingRecord.read(sources), settings: TrainingIdentity.settingNames))
    }
    guard isTrainingFile else {
      try output.write(
        TrainingReport.page(
          TrainingLogFile.read(source), title: "Training", origin: "From the log \(source)."))
      return
    }
    try output.write(page())
  }

  private func checkOptions(isComparison: Bool) throws {
    _ = try StoppingArguments.parse([]).options(threads: threads)
    let given = [
      ("--json-log", jsonLog), ("--checkpoints", checkpoints), ("--part", part), ("--data", data),
    ].first { $0.1 != nil }
    if isComparison, let given {
      throw CyclogradError(
        .invalidOption, "\(given.0) is about one training file, but several trainings are compared",
        advice: "leave it out, or give one training file as RUN")
    }
    if !isTrainingFile, !isComparison {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: source, isDirectory: &isFolder), isFolder.boolValue
      {
        throw CyclogradError(
          .invalidOption, "a folder of checkpoints does not say what was trained",
          at: .init(file: source),
          advice: "give the training file, with --checkpoints for the folder")
      }
      if let (option, _) = given {
        throw CyclogradError(
          .invalidOption, "\(option) needs a training file, but \(source) is read as a log",
          advice: "give the training file as RUN")
      }
    }
  }

  /// History and evaluation from a training file.
  private func page() throws -> ReportPage {
    var file = try TrainingFile.read(source)
    let part = try part.map { try file.data.part(named: $0) }
    if let data { file.data.look(in: data) }
    let setup = try TrainingSetup(file, threads: threads) { Progress.show($0) }
    let network = setup.network
    let folder = checkpoints ?? file.checkpoints.folder
    let (all, best) = try CheckpointFolder.contents(of: folder)
    guard let newest = all.first else {
      throw CyclogradError(
        .file, "there is no checkpoint in the folder", at: .init(file: folder),
        advice: "train first, or give the folder with --checkpoints")
    }
    Progress.show("reading \(newest)")
    let last = try setup.rewired(asIn: newest)
    var history = TrainingHistory(try Checkpoint.read(newest, for: last.network).progress)
    if let jsonLog { history = try TrainingLogFile.read(jsonLog) }
    history.validationAnomalies = setup.validationAnomalies
    var page = TrainingReport.page(
      history, title: "Training of \(network.title)",
      origin: "From \(jsonLog.map { "the log \($0)" } ?? "the checkpoint \(newest)").")
    let chosen = best ?? newest
    let trained = try setup.rewired(asIn: chosen)
    let parameters = try Checkpoint.read(chosen, for: trained.network).trainer.result
    Progress.show("evaluating \(chosen)")
    try addEvaluation(trained, part, parameters, chosen, to: &page)
    return page
  }

  private func addEvaluation(
    _ setup: TrainingSetup, _ part: DataRecipe.Part?, _ parameters: Parameters, _ chosen: String,
    to page: inout ReportPage
  ) throws {
    let part =
      part ?? (setup.data.parts[.validation] == nil ? .training : .validation)
    let (evaluation, labels) = try setup.evaluate(part, parameters)
    if case .autoencoder = setup.file.task, labels == nil {
      throw CyclogradError(
        .invalidOption, "the \(part.rawValue) samples have no labels to judge an autoencoder by",
        at: .init(file: source), advice: "name a column of 'labels', or give another --part")
    }
    let search = try setup.threshold(parameters)
    let report = try EvaluationReport(
      evaluation, setup.file.task, labels: labels, threshold: search?.cut.threshold,
      outputNames: setup.network.outputNames, classes: setup.data.transform?.classes)
    if let confusion = report.confusion {
      var names = report.classes ?? []
      if case .autoencoder = setup.file.task, names.isEmpty { names = ["usual", "anomaly"] }
      page.figures.append(TrainingReport.confusion(confusion, names: names))
    }
    switch setup.file.task {
    case .autoencoder:
      page.figures.append(
        TrainingReport.reconstructionErrors(
          evaluation.answers.reconstructionErrors, areAnomalies: labels.map { $0.map { $0 == 1 } },
          threshold: report.threshold))
    case .regression:
      if let figure = TrainingReport.answers(
        outputs: evaluation.answers.outputs, targets: evaluation.answers.targets)
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
          rows: report.measures.map { [$0.name, $0.value.map { String(shortest: $0) } ?? "–"] })
      ))
    note(chosen, "the \(part.rawValue) samples", evaluation, to: &page)
  }

  private func note(
    _ checkpoint: String, _ file: String, _ evaluation: Evaluation, to page: inout ReportPage
  ) {
    page.facts += [
      ("evaluated", checkpoint), ("on", file),
      ("samples there", Quantity.count(evaluation.evidence.count)),
      ("no equilibrium found", Quantity.count(evaluation.failed.count)),
    ]
  }
}
