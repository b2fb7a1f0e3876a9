import ArgumentParser
import Cyclograd
import CyclogradReports
import Foundation

/// `cyclograd-bench`
@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cyclograd-bench",
    abstract: "Measure equilibria and gradients, beside programs in Python on the same matrices.",
    discussion: """
      Contestants run in turn, each from a cold start, and medians are compared. Answers are compared \
      first; one that differs has no time. Docs/Benchmarks.md says what the families are and what the \
      numbers mean.

      Examples:
        swift run -c release cyclograd-bench
        swift run -c release cyclograd-bench --peers --python ./venv/bin/python --json bench.json
        swift run -c release cyclograd-bench --families critical,islands --backends automatic,direct
      """)

  @Option(help: "\(Family.allCases.map(\.rawValue).joined(separator: ", ")), or all.")
  var families = "all"
  @Flag(help: "Also run the peers in Python.") var peers = false
  @Option(help: "The Python that has the peers' requirements.") var python = "python3"
  @Option(name: .customLong("repeat"), help: "How often everybody runs.") var repetitions = 7
  @Option(help: "Seconds after which a contestant's times so far must do.") var budget = 20.0
  @Option(help: "Seconds after which a peer's run is given up.") var limit = 120.0
  @Option(help: "Threads of the library and of peers that use several.")
  var threads = Machine.threads
  @Option(help: "The library's backends, separated by commas; ratios are about the first.")
  var backends = "automatic"
  @Option(help: "The largest network, in neurons.") var largest = 1_000_000
  @Option(help: "Write all figures to this file.") var json: String?
  @Option(help: "Draw what a sweep costs against the edges of the network, as SVG in this file.")
  var plot: String?

  func validate() throws {
    guard repetitions >= 1, threads >= 1, budget > 0, limit > 0, largest >= 1000 else {
      throw ValidationError(
        "--repeat, --threads, --budget and --limit must be positive, --largest at least 1000")
    }
    _ = try chosenFamilies()
    for name in backends.split(separator: ",") { _ = try GradientBackend.named(String(name)) }
    if plot != nil, try !chosenFamilies().contains(.sweeps) {
      throw ValidationError("--plot draws the family sweeps, which is not among the families")
    }
  }

  private func chosenFamilies() throws -> [Family] {
    if families == "all" { return Family.allCases }
    return try families.split(separator: ",").map {
      guard let family = Family(rawValue: String($0)) else {
        throw ValidationError(
          "there is no family '\($0)'; there are "
            + Family.allCases.map(\.rawValue).joined(separator: ", "))
      }
      return family
    }
  }

  func run() throws {
    let settings = Settings(
      rounds: repetitions, budget: budget, threads: threads, limit: limit,
      backends: backends.split(separator: ",").map { String($0) }, python: peers ? python : nil,
      largest: largest)
    var outcome = Outcome(threads: threads)
    for family in try chosenFamilies() {
      for entry in family.entries where entry.neurons <= largest {
        let (problem, race) = try entry.race(settings) { say("\(family.rawValue): \($0)") }
        outcome.rows.append(
          .init(
            name: problem.name, neurons: problem.network.neuronCount,
            edges: problem.network.edgeCount, target: entry.target, race: race))
      }
      if family.entries.isEmpty { say("\(family.rawValue)") }
      outcome.measurements += try family.measurements(settings)
      if family == .reading {
        let (rows, measurements) = try Reading.race(neurons: largest, settings, say)
        outcome.readings += rows
        outcome.measurements += measurements
      }
      if family == .sweeps {
        for (swept, make) in Family.swept {
          outcome.sweeps.costs += try SweepCost.measure(swept, settings, say, make)
        }
      }
      // Hours of figures are not lost with the last one.
      if let json { try Data(outcome.json.text.utf8).write(to: URL(fileURLWithPath: json)) }
    }
    if let plot {
      try Data(outcome.sweeps.figure.svg().utf8).write(to: URL(fileURLWithPath: plot))
    }
    print(outcome.text)
  }

  private func say(_ message: String) {
    FileHandle.standardError.write(Data("\(message)\n".utf8))
  }
}
