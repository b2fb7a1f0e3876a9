import ArgumentParser
import Cyclograd
import CyclogradFormats
import Foundation

/// The programs of the package.
package enum Programs {
  /// The `cyclograd` command, with this process's arguments.
  package static func cyclograd() { CyclogradMain.main() }

  #if PETSc
    /// The `cyclograd-mpi` command, likewise.
    package static func cyclogradMPI() -> Never { DistributedMain.run() }
  #endif
}

/// The `cyclograd` command.
struct CyclogradMain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cyclograd",
    abstract: "Simulates sparse computational graphs that may contain cycles.",
    discussion: """
      A graph file describes groups of neurons and the rules that connect them, in \
      any topology. Cyclograd finds the equilibrium z = W f(z) + b + x̂ and exact \
      gradients through it, by iteration over the edges and by sparse \
      factorization. Every answer comes with its evidence.

      Start with:
        cyclograd compare graphs/feedback.yaml
        cyclograd inspect graphs/islands.yaml
        cyclograd report inspect graphs/feedback.yaml --output feedback.html
        cyclograd solve graphs/xor.yaml --input samples.csv
        cyclograd train graphs/training/xor.yaml

      Docs/Tutorial.md begins with an empty folder and ends with a trained network.

      Output:
        Answers go to standard output or to the file that --output names, all else
        to standard error. --json prints numbers for machines where there is a
        table for people. What takes longer than a second shows a bar on a
        terminal; --quiet leaves it out. There are no colours, with or without
        NO_COLOR.

      Completions for the shell:
        cyclograd --generate-completion-script bash > ~/.cyclograd-completions
        and 'source ~/.cyclograd-completions' in ~/.bashrc; also zsh and fish.

      Exit codes:
        0    what was asked for was found; for compare, by at least one backend
        1    a file, a graph, data or an option is wrong; the message says where
        2    for some samples no equilibrium or no gradient was found, a gradient
             fails its check, or a training blows up
        64   the command line itself is wrong
        130  train was interrupted and has written a checkpoint, or study, and
             has kept its runs
      """,
    version: Version.text,
    groupedSubcommands: [
      CommandGroup(
        name: "Network",
        subcommands: [
          InspectCommand.self, CheckCommand.self, CompareCommand.self, ReportCommand.self,
        ]),
      CommandGroup(
        name: "Equilibrium",
        subcommands: [
          SolveCommand.self, GradientCommand.self, JacobianCommand.self, CurvatureCommand.self,
          SimulateCommand.self, CourseGradientCommand.self,
        ]),
      CommandGroup(
        name: "Robustness",
        subcommands: [BoundCommand.self, SensitivityCommand.self, AttackCommand.self]),
      CommandGroup(
        name: "Training",
        subcommands: [
          TrainCommand.self, FindRateCommand.self, EvaluateCommand.self, StudyCommand.self,
          WatchCommand.self,
        ]),
      CommandGroup(
        name: "File",
        subcommands: [
          ComposeCommand.self, ReduceCommand.self, ScaleCommand.self, SparsifyCommand.self,
          TangentCommand.self,
          ConvertCommand.self, FormatsCommand.self, SchemaCommand.self,
        ]),
    ])

  /// Refuses a subcommand that there is not; the parser would call it an argument too many.
  private static func checkSubcommand(
    _ arguments: ArraySlice<String>, of parent: any ParsableCommand.Type
  ) throws {
    let commands = parent.configuration.subcommands
    guard let word = arguments.first, !word.hasPrefix("-"), !commands.isEmpty else { return }
    let names = commands.map { $0.configuration.commandName ?? "" }
    if let index = names.firstIndex(of: word) {
      try checkSubcommand(arguments.dropFirst(), of: commands[index])
    } else if word == "help" {
      try checkSubcommand(arguments.dropFirst(), of: parent)
    } else {
      throw ValidationError(
        "\(parent.configuration.commandName ?? "") has no subcommand '\(word)'; "
          + Suggestion.advice(word, among: names))
    }
  }

  /// 2 where it is samples that have failed, 1 where something is wrong.
  static func exitCode(of error: CyclogradError) -> Int32 {
    [.notConverged, .notDifferentiable, .overflow, .blownUp].contains(error.code) ? 2 : 1
  }

  static func main() {
    do {
      InputFile.keepStreams()
      try checkSubcommand(CommandLine.arguments.dropFirst(), of: Self.self)
      var command = try parseAsRoot()
      try TaskProgress.$current.withValue(Progress.task) { try command.run() }
    } catch let error as CyclogradError {
      Console.error(error.description)
      Foundation.exit(exitCode(of: error))
    } catch {
      if message(for: error).hasPrefix("Unexpected argument"), CommandLine.arguments.count > 3 {
        Console.note("Samples are given with --input FILE, and targets with --target FILE.")
      }
      exit(withError: error)
    }
  }
}
