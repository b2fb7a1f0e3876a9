import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd evaluate`
struct EvaluateCommand: ParsableCommand {
  /// What the outputs are for.
  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case regression, classifier, autoencoder
  }

  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a network on samples whose answers are known.",
    discussion: """
      regression: errors of the outputs. classifier: the largest output names the class; a single \
      output says class 1 from --threshold on (0.5 if absent, 0 for binary-cross-entropy, whose \
      outputs are logits). autoencoder: the inputs are the targets, and a sample is an anomaly if \
      the root mean squared error of its reconstruction is at least --threshold, or the threshold \
      with the highest F1 on the samples of --validation; --target-columns is the label, 1 for an \
      anomaly and 0 for others.

      Targets are taken as by gradient: from --target, or from columns of --input. Class numbers do for a \
      classifier with several outputs, whose loss is then softmax-cross-entropy; and so do the words of the classes, \
      which --parameters of a training bring along. Words that are numbers are compared by their values.

      Samples for which no equilibrium is found, and those whose loss overflows, are counted and named, take part in no measure, and make \
      the exit code 2.

      A training file in place of the graph says all of this itself: what is measured are its test \
      samples, or those of --part, with the parameters that the training wrote, or --parameters.

      Examples:
        cyclograd evaluate graphs/xor.yaml --input xor.csv --columns a,b \\
            --target-columns xor --mode classifier
        cyclograd evaluate graphs/autoencoder-v1.yaml --parameters v1.safetensors \\
            --input test.csv --columns 0..7 --target-columns 8 --mode autoencoder \\
            --validation valid.csv
        cyclograd evaluate graphs/training/xor.yaml --part training
      """)

  @OptionGroup var solving: SolvingArguments
  @Option(help: "The file of targets or labels, one row a sample (default: that of --input).")
  var target: String?
  @Option(
    name: .customLong("target-columns"), help: "Which columns are targets or labels, such as 8.")
  var targetColumnLists: [String] = []
  @Option(help: "\(Mode.allCases.map(\.rawValue).joined(separator: ", ")).")
  var mode: Mode?
  @Option(help: "\(LossRegistry.names).")
  var loss: String?
  @Option(help: "From where on a score means class 1 or an anomaly.") var threshold: Double?
  @Option(
    help: "Samples with labels to search an autoencoder's threshold on; columns as in --input.")
  var validation: String?
  @Option(
    help: """
      Which samples of a training file: training, validation, test, or the name of a further test \
      (default: test).
      """)
  var part: String?
  @Option(help: "The folder with the data files of a training file.") var data: String?
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write a table with a row for each sample: .csv, .tsv, .json, .jsonl or .npy.",
      valueName: "file"))
  var output: String?
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  /// Which columns are targets or labels.
  var targetColumns: String? { targetColumnLists.joinedList }

  func run() throws {
    try TableFile.check(output, for: "the answers")
    let graph = solving.graph
    let options = try solving.stopping.options(threads: graph.threads)
    if TrainingFile.recognises(graph.graph) {
      let (report, search) = try evaluateTraining()
      return try answer(report, search)
    }
    let chosen = try solving.backend.chosen()
    let given = try loss.map { try LossRegistry.named($0) }
    let mode = mode ?? .regression
    let input = try checkOptions(mode, given ?? .halfSquaredError)
    try FileNames.checkDistinct(
      written: [("--output", output)],
      read: [
        ("the graph", graph.graph), ("--input", input), ("--target", target),
        ("--validation", validation), ("--parameters", graph.parameters),
      ])
    let (network, parameters) = try graph.compile(
      needing: [.activation, .inputs, .outputs], for: "evaluating it")
    let judge = EvaluationJudge(
      mode: mode, givenLoss: given,
      simulator: try Simulator(network, backend: chosen, options: options),
      parameters: parameters,
      transform: try solving.samples.transform(graph),
      classWords: try graph.parameters.flatMap { try ParametersFile.transform($0)?.classWords },
      columns: solving.samples.columns, targetColumns: targetColumns,
      missingAreZero: solving.samples.missingAreZero)
    let samples = try judge.read(input, target: target)
    var limit = threshold ?? (given is BinaryCrossEntropy ? 0 : 0.5)
    var search: ThresholdReport?
    if let validation {
      let found = try judge.search(judge.read(validation, target: nil), file: validation)
      (search, limit) = (found, found.cut.threshold)
    }
    Progress.show("evaluating \(input)")
    try answer(judge.report(samples, threshold: limit, file: target ?? input), search)
  }

  private func answer(_ report: EvaluationReport, _ search: ThresholdReport?) throws {
    if let output {
      try write(report, to: output)
    }
    if json {
      try Console.answer(report.json(search))
    } else {
      try Console.answer(report.text(search))
    }
    let failed = report.evaluation.failed.count + (search?.failed ?? 0)
    let overflowed = !report.evaluation.rowsWithoutFiniteLoss.isEmpty
    if failed > 0 {
      Console.error(
        "no equilibrium\(overflowed ? " or no finite loss" : "") was found for "
          + "\(Quantity.count(failed, "sample")), which took part in no measure"
      )
      throw ExitCode(2)
    }
  }

  private func write(_ report: EvaluationReport, to path: String) throws {
    let format = try OutputFormat(
      of: path, among: OutputFormat.tables, standard: .csv, for: "the answers")
    guard format != .npy else {
      return try TableFile.write(
        header: report.columnNames, matrix: report.rows, to: path, for: "the answers")
    }
    try TableFile.write(header: report.columnNames, rows: report.cells, to: path, as: format)
  }

  /// Refuses what does not go together; returns the samples' file.
  private func checkOptions(_ mode: Mode, _ loss: any Loss) throws -> String {
    func refuse(_ message: String, _ advice: String) throws {
      throw CyclogradError(.invalidOption, message, advice: advice)
    }
    guard let input = solving.samples.input else {
      throw CyclogradError(
        .invalidOption, "there are no samples to evaluate the network on",
        advice: "give a file with --input, or a training file in place of the graph")
    }
    for (name, isGiven) in [("part", part != nil), ("data", data != nil)] where isGiven {
      try refuse("--\(name) applies to training files only", "leave it out")
    }
    if let threshold, !threshold.isFinite {
      try refuse("--threshold is not finite", "give a number")
    }
    if mode == .regression, threshold != nil {
      try refuse("--threshold does not apply to regressions", "leave it out, or give --mode")
    }
    if mode != .autoencoder, validation != nil {
      try refuse("--validation applies to autoencoders only", "leave it out, or give --mode")
    }
    if mode == .autoencoder {
      if (threshold == nil) == (validation == nil) {
        try refuse(
          "an autoencoder needs either --threshold or --validation",
          "search the threshold on other samples than those that are evaluated")
      }
      if !(loss is HalfSquaredError || loss is AbsoluteError) {
        try refuse("\(loss.name) does not apply to autoencoders", "leave --loss out")
      }
    }
    if mode == .autoencoder, target == nil, targetColumns == nil {
      try refuse(
        "nothing says which columns are labels", "give --target-columns, or a file with --target")
    }
    return input
  }
}
