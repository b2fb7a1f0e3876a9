import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// `cyclograd train`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network as a training file says.",
    discussion: """
      A training file names the graph, the data, loss, optimizer and schedule: see \
      Docs/Training.md. Checkpoints go into a folder, from which --resume continues bit for bit. \
      Ctrl-C ends the training after the current step with a checkpoint; a second one stops at once.

      Examples:
        cyclograd train graphs/training/xor.yaml
        cyclograd train graphs/training/xor.yaml --resume --json-log log.jsonl
      """)

  @Argument(help: "The training file (see Docs/Training.md).") var file: String
  @Flag(help: "Continue from the newest checkpoint, if there is one.") var resume = false
  @Flag(help: "Remove existing checkpoints and start over.") var overwrite = false
  @Option(help: "A seed for the order of the samples instead of the file's.") var seed: UInt64?
  @Option(help: "The folder with the data files, under the names that the training file says.")
  var data: String?
  @Option(help: "Where the trained parameters go instead of where the file says.")
  var output: String?
  @Option(help: "The folder of checkpoints instead of the file's.") var checkpoints: String?
  @Option(help: "Write every event as a line of JSON to this file; --resume appends.")
  var jsonLog: String?
  @Option(help: "How many threads may work at once. Results do not depend on it.")
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount
  @Flag(help: "Show no progress.") var quiet = false
  @Flag(help: "Print JSON and nothing else.") var json = false

  func validate() throws {
    if resume, overwrite { throw ValidationError("Give --resume or --overwrite, not both.") }
  }

  func run() throws {
    var description = try TrainingFile.read(file)
    if let data { description.data.look(in: data) }
    if let seed { description.run.seed = seed }
    if let output { description.output = output }
    if let checkpoints { description.checkpoints.folder = checkpoints }
    try FileNames.checkDistinct(
      written: [("the output", description.output), ("--json-log", jsonLog)],
      read: [
        ("the training file", file), ("the graph", description.graph),
        ("the parameters", description.parameters),
      ] + description.data.files.map { ("the data", $0) })
    var session = try TrainingSession(
      description, beginning: resume ? .resume : (overwrite ? .overwrite : .new),
      threads: threads
    ) { if !quiet, !json { Progress.show($0) } }
    let log = try jsonLog.map {
      try TrainingLog(
        $0, isContinued: session.resumed != nil, anomalies: session.setup.validationAnomalies)
    }
    var display = TrainingDisplay(session, isQuiet: quiet || json)
    display.begin(session)
    let interruption = Interruption()
    let begin = ContinuousClock.now
    let isFinished: Bool
    do {
      isFinished = try train(&session, &display, log, interruption)
    } catch let error as CyclogradError {
      display.end()
      if let last = try session.folder.checkpoints().first, !quiet, !json {
        Console.note("The last checkpoint is \(last).")
      }
      throw error
    }
    display.end()
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    let isBest = isFinished ? try session.writeParameters() : false
    let summary = TrainingSummary(
      session: session, seconds: seconds, isFinished: isFinished, isBest: isBest)
    if json { try Console.answer(summary.json) } else { try Console.answer(summary.text) }
    if !isFinished { throw ExitCode(130) }
  }

  /// Whether all epochs were done; otherwise it was interrupted, and there is a checkpoint.
  private func train(
    _ session: inout TrainingSession, _ display: inout TrainingDisplay, _ log: TrainingLog?,
    _ interruption: Interruption
  ) throws -> Bool {
    var saved = -1
    while let event = try session.run.next() {
      try log?.write(event)
      display.show(event, session)
      switch event {
      case .step: break
      case .validation(let report):
        if report.isBest { try session.folder.saveBest(session.run) }
      case .epoch(let report):
        guard report.epoch % session.file.checkpoints.every == 0 else { break }
        try session.folder.save(session.run)
        saved = session.run.trainer.state.steps
      }
      if interruption.isRequested, session.run.progress.epoch < session.run.options.epochs {
        try session.folder.save(session.run)
        return false
      }
    }
    if saved != session.run.trainer.state.steps { try session.folder.save(session.run) }
    return true
  }
}
