import ArgumentParser
import CyclogradFormats

/// A training file, and what is to be otherwise than it says.
struct TrainingFileArguments: ParsableArguments {
  @Argument(help: "The training file (see Docs/Training.md).") var file: String
  @Flag(help: "Continue from the newest checkpoint, if there is one.") var resume = false
  @Flag(help: "Remove existing checkpoints and start over.") var overwrite = false
  @Option(help: "The number of epochs instead of the file's.") var epochs: Int?
  @Option(help: "A seed for the order of the samples instead of the file's.") var seed: UInt64?
  @Option(help: "The folder with the data files, under the names that the training file says.")
  var data: String?
  @Option(help: "Where the trained parameters go instead of where the file says.")
  var output: String?
  @Option(help: "The folder of checkpoints instead of the file's.") var checkpoints: String?

  func validate() throws {
    if resume, overwrite { throw ValidationError("Give --resume or --overwrite, not both.") }
    if let epochs, epochs < 1 { throw ValidationError("--epochs must be at least 1.") }
  }

  /// Reads the file and applies the options.
  ///
  /// - Parameter written: options that name further files to write, and these.
  func read(written: [(String, String?)] = []) throws -> TrainingFile {
    var description = try TrainingFile.read(file)
    if let data { description.data.look(in: data) }
    if let seed { description.setSeed(seed) }
    if let epochs { try description.setEpochs(epochs) }
    if let output { description.output = output }
    if let checkpoints { description.checkpoints.folder = checkpoints }
    try FileNames.checkDistinct(
      written: [("the output", description.output)]
        + (description.exchangesEdges || description.changesGraph
          ? [("the network that comes out, beside the output,", description.networkOutput)] : [])
        + written,
      read: [
        ("the training file", file), ("the graph", description.graph),
        ("the parameters", description.parameters),
      ] + description.data.files.map { ("the data", $0) })
    try FileNames.checkOutside(
      description.checkpoints.folder, "the folder of checkpoints",
      written: [("the output", description.output)] + written)
    return description
  }
}
