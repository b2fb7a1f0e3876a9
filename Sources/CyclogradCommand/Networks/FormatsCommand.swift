import ArgumentParser
import CyclogradFormats
import Foundation

/// `cyclograd formats`, also as `cyclograd help formats`
struct FormatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "formats",
    abstract: "List the formats of networks, and the options that read them.",
    discussion: """
      Every command that takes a graph file takes networks in these formats, too. What a file does not say is \
      said by options, which every such command understands.

      \(list)

      Samples, targets and states are tables: .csv, .tsv, text, .json (records, rows or columns), .jsonl, .npy or \
      idx, each also compressed by gzip. The extension of an output says how a table is written: .csv, .tsv, \
      .json, .jsonl or .npy.

      Docs/Formats.md says what each format holds, Docs/Command.md what tables look like.

      Examples:
        cyclograd solve w.mtx --activation tanh --input-neurons first:4 \\
            --output-neurons last:2 --input x.csv
        cyclograd convert connectome.csv net.yaml --activation tanh
      """)

  @OptionGroup(title: "Options for networks in other formats") var reading: ImportArguments
  @OptionGroup var quiet: QuietArguments

  func run() throws {
    try Console.answer(Self.helpMessage(columns: 80) + "\n")
  }

  /// The formats in two lines each.
  static var list: String {
    let width = NetworkFormat.all.map(\.name.count).max() ?? 0
    return NetworkFormat.all.map { format in
      let name = format.name + String(repeating: " ", count: width - format.name.count)
      let ways = [format.canRead ? "in" : nil, format.canWrite ? "out" : nil]
        .compactMap { $0 }.joined(separator: "/").padding(toLength: 6, withPad: " ", startingAt: 0)
      let extensions = format.extensions.map { ".\($0)" }.joined(separator: " ")
      let first =
        extensions.isEmpty ? ways.trimmingCharacters(in: .whitespaces) : "\(ways)  \(extensions)"
      return "  \(name)  \(first)\n      \(format.summary)"
    }.joined(separator: "\n")
  }
}
