import ArgumentParser
import CyclogradFormats

/// Files of states, to start from and to write.
struct StateArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Start from these states (z of all units; as --save-state writes them).", valueName: "file"))
  var state: String?
  @Option(
    help: ArgumentHelp(
      "Write z of all units, in the file's order: .csv, .tsv, .json, .jsonl or .npy.",
      valueName: "file"))
  var saveState: String?
  @Option(help: ArgumentHelp("Write a of all neurons, likewise.", valueName: "file"))
  var saveActivations: String?

  /// Refuses files whose names say a format that states do not have.
  func check() throws {
    try TableFile.check(saveState, for: "a state")
    try TableFile.check(saveActivations, for: "a state")
  }

  /// The files to write, by their options.
  var written: [(String, String?)] {
    [("--save-state", saveState), ("--save-activations", saveActivations)]
  }
}
