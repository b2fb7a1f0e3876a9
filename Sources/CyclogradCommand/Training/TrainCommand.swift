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
      Docs/Training.md. Checkpoints go into a folder, every minute if the file says nothing else, and \
      --resume continues bit for bit from the newest. Ctrl-C, SIGTERM and SIGHUP end the training after \
      the current step with a checkpoint; a second one stops at once.

      With --resume, epochs, rate, schedule and the like may be others than before, which is said. \
      Loss, data, measures and optimizer may be so only with --restart-best.

      Examples:
        cyclograd train graphs/training/xor.yaml
        cyclograd train graphs/training/xor.yaml --resume --json-log log.jsonl
      """)

  @OptionGroup var training: TrainingFileArguments
  @Flag(
    help: """
      With --resume: the choice of the best and the optimizer's memory begin anew, so that loss, data and \
      measures may be others than before.
      """)
  var restartBest = false
  @Option(help: "Write every event as a line of JSON to this file; --resume appends.")
  var jsonLog: String?
  @Option(
    help: """
      Log and show at most one step and one epoch in so many seconds; validations, steps with samples \
      that fail and the last epoch always.
      """)
  var logInterval: Double?
  @Option(help: "How many threads may work at once. Results do not depend on it.")
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount
  @Flag(name: .shortAndLong, help: "Show no progress.") var quiet = false
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func validate() throws {
    if restartBest, !training.resume { throw ValidationError("--restart-best needs --resume.") }
    if let logInterval, !(logInterval >= 0 && logInterval <= 1e9) {
      throw ValidationError("--log-interval must be a number of seconds of at least 0.")
    }
  }

  func run() throws {
    var description = try training.read(written: [("--json-log", jsonLog)])
    description.options.reportsBlocks = jsonLog != nil
    var session = try TrainingSession(
      description, beginning: beginning,
      threads: threads
    ) { if !quiet, !json { Progress.show($0) } }
    var log = try jsonLog.map {
      try TrainingLog(
        $0, isContinued: session.resumed != nil, anomalies: session.setup.validationAnomalies,
        interval: logInterval)
    }
    try log?.begin(session)
    var display = TrainingDisplay(session, isQuiet: quiet || json, interval: logInterval)
    display.begin(session)
    let interruption = Interruption()
    let begin = ContinuousClock.now
    let isFinished: Bool
    do {
      isFinished = try train(&session, &display, &log, interruption)
    } catch let error as CyclogradError {
      display.end(session)
      if let last = try session.folder.checkpoints().first, !quiet, !json {
        Console.note("The last checkpoint is \(last).")
      }
      throw error
    }
    display.end(session)
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    let isBest = isFinished ? try session.writeParameters() : false
    let summary = TrainingSummary(
      session: session, seconds: seconds, isFinished: isFinished, isBest: isBest)
    if json { try Console.answer(summary.json) } else { try Console.answer(summary.text) }
    if !isFinished { throw ExitCode(interruption.exitCode) }
  }

  private var beginning: TrainingSession.Beginning {
    if training.overwrite { return .overwrite }
    return training.resume ? (restartBest ? .restartingChoice : .resume) : .new
  }

  /// Whether all epochs were done; otherwise it was interrupted, and there is a checkpoint.
  private func train(
    _ session: inout TrainingSession, _ display: inout TrainingDisplay,
    _ log: inout TrainingLog?,
    _ interruption: Interruption
  ) throws -> Bool {
    while let event = try session.next() {
      try log?.write(event, isLast: session.isFinished)
      display.show(event, session)
      if interruption.isRequested, !session.isFinished {
        try session.save()
        return false
      }
    }
    return true
  }
}
