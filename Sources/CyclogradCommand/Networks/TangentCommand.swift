import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd tangent`
struct TangentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tangent",
    abstract: "Write the directional derivative of a network as a network.",
    discussion: """
      The tangent has all neurons of the network, and others whose activations are the derivatives of theirs. \
      Its outputs are those of the network, then their derivatives along a direction.

      --by inputs (the default): the direction follows the inputs of a sample, as many numbers in the same \
      order. --by GROUPS, such as h1,h2: the direction is a change of these groups' activations, whatever feeds \
      them, and follows the inputs likewise. --by parameters: the direction is as many further parameters, \
      which training leaves alone; --direction FILE sets them (0 without it): a safetensors file as of \
      --parameters, a table with a column 'gradient' as gradient writes it, or one number for each of its rows.

      The tangent of a tangent has second derivatives.

      Examples:
        cyclograd tangent graphs/feedback.yaml --output tangent.yaml
        cyclograd tangent graphs/feedback.yaml --by h1 --of h2 --output t.yaml
        cyclograd tangent graphs/xor.yaml --by parameters --direction dw.csv \\
            --output t.yaml
      """)

  @OptionGroup var graph: GraphArguments
  @Option(
    name: .customLong("by"),
    help: "What to differentiate by: inputs, parameters, or groups separated by commas.")
  var byLists = ["inputs"]
  @Option(
    name: .customLong("of"),
    help: "What to differentiate: outputs, or groups separated by commas.")
  var ofLists = ["outputs"]
  @Option(help: "The change of the parameters.") var direction: String?
  @Option(help: "The graph file to write (.yaml or .json; default: standard output, as YAML).")
  var output: String?

  /// Beyond this many edges a file of single edges serves nobody.
  private static let mostEdges = 2_000_000

  private var by: String { byLists.joined(separator: ",") }
  private var of: String { ofLists.joined(separator: ",") }

  func run() throws {
    try FileNames.checkDistinct(
      written: [("--output", output)],
      read: [("the graph", graph.graph), ("--direction", direction)])
    func groups(_ text: String) -> [String] {
      text.split(separator: ",").map { $0.filter { $0 != " " } }
    }
    let seed: TangentSeed =
      switch by {
      case "inputs": .inputs
      case "parameters": .parameters
      default: .groups(groups(by))
      }
    if direction != nil, seed != .parameters {
      throw CyclogradError(
        .invalidOption, "--direction is a change of parameters, but --by says \(by)",
        advice: "leave it out, or give --by parameters")
    }
    var needs: Set<ImportedNetwork.Need> = [.activation]
    if seed == .inputs { needs.insert(.inputs) }
    if of == "outputs" { needs.insert(.outputs) }
    let (network, parameters) = try graph.compile(needing: needs, for: "its tangent")
    guard network.edgeCount <= Self.mostEdges else {
      throw CyclogradError(
        .tooLarge,
        "the network has \(Quantity.count(network.edgeCount, "edge")), too many for a file",
        advice: "use Network.tangent from Swift")
    }
    Progress.show("differentiating")
    let tangent = try network.tangent(by: seed, of: of == "outputs" ? nil : groups(of))
    let change = try direction.map { try DirectionFile.read($0, network) }
    let result = try tangent.graph(parameters, direction: change)
    Progress.show("writing")
    if let output {
      try GraphFile.write(result, to: output)
    } else {
      try Console.answer(GraphFile.text(for: result))
    }
    Progress.clear()
    Console.note(
      "\(Quantity.count(tangent.network.neuronCount, "neuron")), "
        + "\(Quantity.count(tangent.network.edgeCount, "edge")); inputs \(tangent.network.inputCount), "
        + "outputs \(tangent.network.outputCount)")
  }
}

/// Changes of a network's parameters.
enum DirectionFile {
  /// A number for each parameter, from a safetensors file, or from a table with a row for each edge and bias.
  static func read(_ path: String, _ network: Network) throws -> [Double] {
    if path.hasSuffix(".safetensors") { return try ParametersFile.read(path, for: network).values }
    let isNamed = try DataFile.header(path)?.contains("gradient") ?? false
    let table = try DataFile.read(
      path, columns: isNamed ? ColumnSelection("gradient") : nil, vectors: .column)
    var uses: [Int] = []
    network.forEachParameterUse { uses.append($0.parameter) }
    let values = table.matrix.elements
    guard values.count == uses.count else {
      throw CyclogradError(
        .shapeMismatch,
        "the file has \(Quantity.count(values.count, "number")), but the network has \(network.edgeCount) "
          + "edges and \(network.unitCount) biases",
        at: .init(file: path),
        advice: "give a number for each, in the order in which gradient lists them")
    }
    var result = [Double?](repeating: nil, count: network.parameterCount)
    for (row, parameter) in uses.enumerated() {
      if let known = result[parameter], known != values[row] {
        throw CyclogradError(
          .invalidValue, "\(values[row]) and \(known) for one tied parameter",
          at: .init(file: path, line: nil, subject: "number \(row)"),
          advice: "give all edges of a tie the same number")
      }
      result[parameter] = values[row]
    }
    return result.map { $0 ?? 0 }
  }
}
