import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// `cyclograd report training`
struct ReportTrainingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training",
    abstract: "Report how a training went, and its result.",
    discussion: """
      RUN is a log that cyclograd train --json-log wrote, or the training file, whose newest checkpoint tells \
      of epochs and validations; --json-log adds single steps. The figures are \
      \(TrainingReport.figureNames.joined(separator: ", ")). Those that a training cannot have are named with \
      the reason.

      With a training file the best checkpoint, or else the newest, is evaluated too, as its task says, on the \
      samples of --part.

      Examples:
        cyclograd report training graphs/training/xor.yaml --output training.html
        cyclograd report training log.jsonl --format png --figure loss \\
            --output loss.png
      """)

  @Argument(help: ArgumentHelp("A training file, or a log of --json-log.", valueName: "run"))
  var source: String
  @Option(help: "The log, where RUN is a training file.") var jsonLog: String?
  @Option(help: "The folder of checkpoints instead of the training file's.")
  var checkpoints: String?
  @Option(
    help: """
      Which samples of the training file are evaluated: \
      \(DataRecipe.Part.allCases.map(\.rawValue).joined(separator: ", ")) (default: validation if \
      there are any, or else training).
      """)
  var part: String?
  @Option(help: "The folder with the data files of the training file.") var data: String?
  @Option(help: "How many threads may work at once. Results do not depend on it.")
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount
  @OptionGroup var output: ReportOutput
  @Flag(name: .shortAndLong, help: "Show no progress.") var quiet = false

  private var isTrainingFile: Bool { source.hasSuffix(".yaml") || source.hasSuffix(".yml") }

  func run() throws {
    Progress.start(isQuiet: quiet)
    try output.check(TrainingReport.figureNames)
    try checkOptions()
    try FileNames.checkDistinct(
      written: [("--output", output.output)],
      read: [
        ("the run", source), ("--json-log", jsonLog),
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
        ("--json-log", jsonLog), ("--checkpoints", checkpoints), ("--part", part),
        ("--data", data),
      ]
      if let (option, _) = given.first(where: { $0.1 != nil }) {
        throw CyclogradError(
          .invalidOption, "\(option) needs a training file, but \(source) is read as a log",
          advice: "give the training file (.yaml or .yml) as RUN")
      }
    }
  }

  /// History and evaluation from a training file.
  private func page() throws -> ReportPage {
    let part = try DataRecipe.Part.named(part)
    var file = try TrainingFile.read(source)
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
    var history = TrainingHistory(try Checkpoint.read(newest, for: network).progress)
    if let jsonLog { history = try TrainingLogFile.read(jsonLog) }
    history.validationAnomalies = setup.validationAnomalies
    var page = TrainingReport.page(
      history, title: "Training of \(network.title)",
      origin: "From \(jsonLog.map { "the log \($0)" } ?? "the checkpoint \(newest)").")
    let chosen = best ?? newest
    let parameters = try Checkpoint.read(chosen, for: network).trainer.result
    Progress.show("evaluating \(chosen)")
    try addEvaluation(setup, part, parameters, chosen, to: &page)
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
      evaluation, setup.file.task, labels: labels, threshold: search?.cut.threshold)
    if let confusion = report.confusion {
      var names: [String] = []
      if case .autoencoder = setup.file.task { names = ["usual", "anomaly"] }
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
