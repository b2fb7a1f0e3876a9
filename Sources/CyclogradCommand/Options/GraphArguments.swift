import ArgumentParser
import Cyclograd
import CyclogradFormats
import Foundation

/// The graph that a command works on.
struct GraphArguments: ParsableArguments {
  @Argument(
    help:
      "A graph file, or a network in another format: 'cyclograd help formats' lists them and their options."
  )
  var graph: String

  @OptionGroup var parameterFile: ParameterArguments

  @Option(
    help: ArgumentHelp(
      "How many threads may work at once. Results do not depend on it.", valueName: "count"))
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount

  @OptionGroup var quiet: QuietArguments

  /// Hidden here: 'cyclograd help formats' shows them for all commands.
  @OptionGroup(title: "Other formats than graph files", visibility: .hidden)
  var reading: ImportArguments

  /// The file whose parameters are used, if any is given.
  var parameters: String? { parameterFile.parameters }

  /// Reads the file and those it refers to, and compiles the graph.
  ///
  /// What the task needs and the file lacks is asked for, not guessed.
  func compile(
    needing needs: Set<ImportedNetwork.Need>, for task: String
  ) throws -> (network: Network, parameters: Parameters) {
    let (_, network, parameters) = try read(needing: needs, for: task)
    return (network, parameters)
  }

  /// The same, together with what the file lacks.
  func read(
    needing needs: Set<ImportedNetwork.Need>, for task: String
  ) throws -> (imported: ImportedNetwork, network: Network, parameters: Parameters) {
    var options = try reading.options()
    options.parameters = parameters
    var imported = try reading.read(graph, options)
    imported.graph.name = imported.name(ofFile: graph)
    // A graph without groups lacks more than what the task needs; the compiler says so.
    if !imported.graph.groups.isEmpty { try imported.require(needs, for: task) }
    Progress.show("compiling \(graph)")
    let (network, parameters) = try imported.graph.compile(locate: imported.location(of:))
    return (imported, network, parameters)
  }
}

extension ImportedNetwork {
  /// The graph's name. Most formats name nothing but neurons; people know such a network by its file.
  func name(ofFile path: String) -> String {
    guard graph.name.isEmpty else { return graph.name }
    return String(URL(fileURLWithPath: path).lastPathComponent.prefix { $0 != "." })
  }
}
