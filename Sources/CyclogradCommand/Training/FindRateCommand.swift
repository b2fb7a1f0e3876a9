import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// `cyclograd find-rate`
struct FindRateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find-rate",
    abstract: "Look for a learning rate: steps whose rate grows until the loss runs away.",
    discussion: """
      The steps are those of a training file, from its initial parameters, but their rate grows from --from to \
      --to in equal ratios. The loss is smoothed. Where it falls fastest is a rate to begin with; where it is \
      lowest is the edge. Nothing is written. See Docs/Training.md.

      Examples:
        cyclograd find-rate graphs/training/xor.yaml
        cyclograd find-rate graphs/training/pulsars.yaml --from 1e-5 --to 1 --json
      """)

  @Argument(help: "The training file (see Docs/Training.md).") var file: String
  @Option(help: "The rate of the first step.") var from = LearningRateSearch().lowest
  @Option(help: "The rate of the last step.") var to = LearningRateSearch().highest
  @Option(help: "The number of steps.") var steps = LearningRateSearch().steps
  @Option(help: "A seed for the order of the samples instead of the file's.") var seed: UInt64?
  @Option(help: "The folder with the data files, under the names that the training file says.")
  var data: String?
  @Option(help: "How many threads may work at once. Results do not depend on it.")
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount
  @Flag(name: .shortAndLong, help: "Show no progress.") var quiet = false
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    var description = try TrainingFile.read(file)
    if let data { description.data.look(in: data) }
    if let seed { description.setSeed(seed) }
    let setup = try TrainingSetup(description, threads: threads) {
      if !quiet, !json { Progress.show($0) }
    }
    Progress.clear()
    let interruption = Interruption()
    let outcome = try setup.findRate(
      LearningRateSearch(lowest: from, highest: to, steps: steps),
      shouldStop: { interruption.isRequested })
    if interruption.isRequested { throw ExitCode(interruption.exitCode) }
    try Console.answer(json ? Self.json(outcome) : Self.text(outcome))
  }

  private static func text(_ outcome: LearningRateSearch.Outcome) -> String {
    var table = TextTable([("rate", .right), ("loss", .right), ("smoothed", .right)])
    let every = max(1, outcome.points.count / 20)
    for (index, point) in outcome.points.enumerated() where (index + 1) % every == 0 {
      table.add([point.rate, point.loss, point.smoothed].map { String(shortest: $0) })
    }
    let edge = outcome.bestLoss.map { "the loss is lowest at \(String(shortest: $0))\n" } ?? ""
    let end =
      outcome.end == .finished
      ? "" : "the loss ran away after \(Quantity.count(outcome.points.count, "step"))\n"
    let found =
      outcome.steepest.map { "a rate to begin with: \(String(shortest: $0))" }
      ?? "no rate lets the loss fall; try others with --from and --to"
    return table.text + end + edge + found + "\n"
  }

  private static func json(_ outcome: LearningRateSearch.Outcome) -> String {
    JSONValue.object([
      ("rate", .optional(outcome.steepest)), ("rate_of_lowest_loss", .optional(outcome.bestLoss)),
      ("end", .string(outcome.end.rawValue)),
      (
        "steps",
        .list(
          outcome.points.map {
            .object([
              ("rate", .number($0.rate)), ("loss", .number($0.loss)),
              ("smoothed", .number($0.smoothed)),
            ])
          })
      ),
    ]).text
  }
}
