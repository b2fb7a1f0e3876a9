import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// `cyclograd convert`
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Read a network in one format and write it in another.",
    discussion: """
      Formats (what each holds is described in Docs/Formats.md):
      \(FormatsCommand.list)

      Rows of a matrix are targets, columns are sources; edges of the other formats go from source to \
      target. What the new format cannot hold is dropped and said so. Options say what a file lacks; \
      what the new format does not need is not asked for.

      Examples:
        cyclograd convert w.mtx net.yaml --activation tanh --input-neurons 0..63 \\
            --output-neurons last:64
        cyclograd convert graphs/feedback.yaml feedback.graphml
        cyclograd convert edges.csv edges.json --to networkx --index-base 1
        cyclograd convert graphs/islands.yaml /dev/stdout --to dot \\
            | dot -Tsvg > islands.svg
        cyclograd convert graph.dat net.yaml --from szekeres --weights backup.dat \\
            --input-neurons 8 --output-neurons 8 --activation-3 arctan
        cyclograd convert big.mtx big.yaml --shards 32 --activation tanh
      """)

  @Argument(help: ArgumentHelp("The network to read; - is standard input.", valueName: "in"))
  var input: String
  @Argument(
    help: ArgumentHelp(
      "The file to write; it takes its place whole or not at all.",
      valueName: "out"))
  var output: String
  @Option(
    help: ArgumentHelp(
      "The new file's format: "
        + "\(NetworkFormat.all.filter(\.canWrite).map(\.name).joined(separator: ", ")) "
        + "(default: by the file's extension).",
      valueName: "format"))
  var to: String?
  @Option(
    help: ArgumentHelp(
      "Write a graph file whose edges lie in so many shards beside it, which cyclograd-mpi reads in parts. The matrix, in "
        + "matrix-market or scipy, is read piece by piece and never held.", valueName: "number"))
  var shards: Int?
  @OptionGroup var parameterFile: ParameterArguments
  @OptionGroup(title: "Reading the network") var reading: ImportArguments
  @OptionGroup var quiet: QuietArguments

  func run() throws {
    let format = try to.map { try NetworkFormat.named($0) } ?? NetworkFormat.format(writing: output)
    var options = try reading.options()
    options.parameters = parameterFile.parameters
    var export = ExportOptions()
    // The code has a meaning for the side that uses it.
    if format.name == "szekeres", reading.from != "szekeres" {
      export.activation3 = options.activation3
      options.activation3 = nil
    } else if format.name == "szekeres" {
      export.activation3 = options.activation3
    }
    try FileNames.checkDistinct(written: [("OUT", output)], read: [("IN", input)])
    if let shards {
      guard format.name == "graph" else {
        throw CyclogradError(
          .invalidOption, "--shards go with a graph file, not with the format \(format.name)",
          at: .init(file: output), advice: "give a name that ends in .yaml")
      }
      Progress.show("writing \(output)")
      let remarks = try ShardedNetwork.convert(
        input, from: reading.from, options: options, to: output, shards: shards)
      for remark in remarks { Console.note("\(output): \(remark)") }
      return Progress.clear()
    }
    let imported = try reading.read(input, options)
    Progress.show("writing \(output)")
    let remarks = try format.write(imported, to: output, options: export)
    for remark in remarks { Console.note("\(output): \(remark)") }
    Progress.clear()
  }
}
