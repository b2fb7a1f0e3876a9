import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// `cyclograd study`
struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Train variants of a network with several seeds, and tabulate what they are worth.",
    discussion: """
      A study file names a training file, variants of its network and measures: see \
      Docs/Reproducing.md. Every training that has ended is a line of JSON in the file of runs; the \
      same command again goes on where it was interrupted. Tables show the mean and the standard \
      deviation over the seeds and folds, next to what a publication reports. One study at a time \
      writes to a file of runs; with --table-only it can be read meanwhile.

      Examples:
        cyclograd study graphs/studies/xor.yaml
        cyclograd study graphs/studies/htru2.yaml --data ~/htru2 --seeds 3 --only v1
      """)

  @Argument(help: "The study file (see Docs/Reproducing.md).") var file: String
  @Option(help: "The folder with the data files, under the names that the training file says.")
  var data: String?
  @Option(help: "How many seeds, from 1 on, instead of the file's number.") var seeds: Int?
  @Option(help: "Only variants whose name contains this.") var only: String?
  @Option(help: "Epochs of each training instead of the training file's.") var epochs: Int?
  @Option(help: "The file of runs (default: NAME-runs.jsonl in this folder).") var runs: String?
  @Option(help: "Write figures of it, SVG and CSV, to this folder.") var figures: String?
  @Option(help: "How many trainings run at once, each on one thread.")
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount
  @Flag(help: "Train nothing; tabulate the runs that are there.") var tableOnly = false
  @Flag(help: "Remove existing runs and start over.") var overwrite = false
  @Flag(name: .shortAndLong, help: "Say nothing of single trainings.") var quiet = false
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func validate() throws {
    for (value, name) in [(seeds, "seeds"), (epochs, "epochs"), (threads, "threads")] {
      if let value, value < 1 { throw ValidationError("--\(name) must be at least 1.") }
    }
    if let seeds, seeds > StudyFile.mostSeeds {
      throw ValidationError("--seeds must be at most \(StudyFile.mostSeeds).")
    }
    if tableOnly, overwrite { throw ValidationError("Give --table-only or --overwrite, not both.") }
  }

  func run() throws {
    var study = try StudyFile.read(file)
    if let data { study.training.data.look(in: data) }
    if let seeds { study.seeds = seeds }
    if let epochs { try study.setEpochs(epochs) }
    if let only {
      study.variants.removeAll { !$0.name.contains(only) }
      guard !study.variants.isEmpty else {
        throw CyclogradError(
          .invalidOption, "no variant's name contains '\(only)'", at: .init(file: file),
          advice: "leave --only out to see the names")
      }
    }
    let path =
      runs ?? URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
      + "-runs.jsonl"
    try FileNames.checkDistinct(
      written: [("--runs", path)],
      read: [("the study file", file), ("the training file", study.training.path)]
        + study.training.data.files.map { ("the data", $0) })
    if tableOnly, !FileManager.default.fileExists(atPath: path) {
      throw CyclogradError(
        .file, "there are no runs", at: .init(file: path),
        advice: "leave --table-only out, or name the file with --runs")
    }
    // Before hours of training rather than after them.
    if let figures { try makeFolder(figures) }
    let store = try StudyStore(path, study, isOverwritten: overwrite)
    if !tableOnly { try train(study, store) }
    if store.repetitions > 0 {
      Console.note(
        "\(path): a run that stands there more than once counts once, as its last line says "
          + "(lines left out: \(store.repetitions))")
    }
    let report = StudyReport(study: study, runs: store.runs)
    if let figures { try report.write(to: figures) }
    try Console.answer(json ? report.json.text : report.text)
  }

  private func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw CyclogradError(
        .file, "cannot make the folder of --figures: \(error.localizedDescription)",
        at: .init(file: path))
    }
  }

  private func train(_ study: StudyFile, _ store: StudyStore) throws {
    if study.trials.contains(where: { !store.has($0) }) { try store.hold() }
    // Those that another study has made until the file was held are not made again.
    let trials = study.trials.filter { !store.has($0) }
    guard !trials.isEmpty else { return }
    // Samples of a fold are prepared where it is trained on, so that memory holds only those.
    let common = try study.folds == nil ? samples(study, fold: nil) : nil
    let interruption = Interruption()
    let isSilent = quiet || json
    try Parallel.forEach(trials.count, threads: threads) { _, number in
      let trial = trials[number]
      guard !interruption.isRequested else { return }
      let data = try common ?? samples(study, fold: trial.fold)
      guard
        let run = try StudyRun.train(
          study, trial, data: data, shouldStop: { interruption.isRequested })
      else { return }
      try store.add(run)
      if !isSilent { Console.note(Self.line(run, "\(number + 1)/\(trials.count)", study)) }
    }
    guard !interruption.isRequested else {
      Console.error("interrupted; the same command goes on from \(store.path)")
      throw ExitCode(interruption.exitCode)
    }
  }

  private func samples(_ study: StudyFile, fold: Int?) throws -> PreparedData {
    var training = study.training
    training.data = study.recipe(fold: fold)
    let isShown = !quiet && !json && fold == nil
    let data = try training.prepared { if isShown { Progress.show($0) } }
    if isShown { Progress.clear() }
    return data
  }

  /// What is said of a training that has ended.
  private static func line(_ run: StudyRun, _ number: String, _ study: StudyFile) -> String {
    let measures = study.measures.map { measure in
      "\(measure.text) " + (run.measures[measure.text].map { String(shortest: $0) } ?? "–")
    }
    return "\(number)  \(run.variant), seed \(run.seed)"
      + (run.fold.map { ", fold \($0)" } ?? "") + ": \(measures.joined(separator: ", ")), "
      + Quantity.seconds(run.seconds) + (run.end == "finished" ? "" : ", \(run.end)")
  }
}
