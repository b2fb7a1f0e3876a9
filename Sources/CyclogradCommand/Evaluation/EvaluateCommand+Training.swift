import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

extension EvaluateCommand {
  /// Measures what a training file says, as it says.
  func evaluateTraining() throws -> (EvaluationReport, ThresholdReport?) {
    let (graph, samples) = (solving.graph, solving.samples)
    let said: [(String, Bool)] = [
      ("input", samples.input != nil), ("columns", samples.columns != nil),
      ("target", target != nil),
      ("target-columns", targetColumns != nil), ("mode", mode != nil), ("loss", loss != nil),
      ("threshold", threshold != nil), ("validation", validation != nil),
      ("as-is", samples.asIs), ("missing-inputs", samples.missingAreZero),
      ("backend", solving.backend.isGiven),
    ]
    if let (name, _) = said.first(where: \.1) {
      throw CyclogradError(
        .invalidOption, "--\(name) does not go with a training file, which says it itself",
        at: .init(file: graph.graph), advice: "leave it out, or give the graph")
    }
    var file = try TrainingFile.read(graph.graph)
    let chosen = try part.map { try file.data.part(named: $0) } ?? .test
    if let data { file.data.look(in: data) }
    let path = graph.parameters ?? file.output
    if file.exchangesEdges {
      // The network that it was trained to is another one than it began with.
      guard FileManager.default.fileExists(atPath: file.networkOutput) else {
        throw CyclogradError(
          .file, "the training has written no network yet", at: .init(file: file.networkOutput),
          advice: "run cyclograd train \(graph.graph) first")
      }
      file.takeTrainedNetwork()
    }
    try FileNames.checkDistinct(
      written: [("--output", output)],
      read: [("the training file", graph.graph), ("the graph", file.graph), ("--parameters", path)]
        + file.data.files.map { ("the data", $0) })
    guard graph.parameters != nil || FileManager.default.fileExists(atPath: path) else {
      throw CyclogradError(
        .file, "the training has written no parameters yet", at: .init(file: path),
        advice: "run cyclograd train \(graph.graph) first, or name a file with --parameters")
    }
    let setup = try TrainingSetup(file, threads: graph.threads) { Progress.show($0) }
    let parameters = try ParametersFile.read(path, for: setup.network)
    let search = try setup.threshold(parameters)
    Progress.show("evaluating the \(chosen.rawValue) samples")
    let (evaluation, labels) = try setup.evaluate(chosen, parameters)
    let report = try EvaluationReport(
      evaluation, setup.file.task, labels: labels, threshold: search?.cut.threshold,
      outputNames: setup.network.outputNames, classes: setup.data.transform?.classes,
      fileRows: setup.data.parts[chosen]?.fileRows ?? [])
    return (report, search)
  }
}

extension TrainingSetup {
  /// The threshold of an autoencoder's errors that is best on the validation samples; `nil` for other
  /// tasks.
  func threshold(_ parameters: Parameters) throws -> ThresholdReport? {
    guard case .autoencoder(let method) = file.task else { return nil }
    let (evaluation, labels) = try evaluate(.validation, parameters)
    let cut = try method.best(
      evaluation.answers.reconstructionErrors, areLabels: (labels ?? []).map { $0 == 1 })
    return ThresholdReport(file: "validation", cut: cut, failed: evaluation.failed.count)
  }
}
