import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// `cyclograd inspect`
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a graph is made of, without solving it.",
    discussion: """
      Examples:
        cyclograd inspect graphs/islands.yaml
        cyclograd inspect graphs/autoencoder-v1.yaml --json
        cyclograd inspect graphs/gru.yaml --expanded
      """)

  @OptionGroup var graph: GraphArguments
  @Flag(
    help: "Print the graph itself, modules, layers and repetitions written out, as a graph file.")
  var expanded = false
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    _ = try StoppingArguments.parse([]).options(threads: graph.threads)
    let (imported, network, parameters) = try graph.read(needing: [], for: "inspection")
    guard !expanded else {
      return try Console.answer(
        json ? GraphFile.json(for: imported.graph) : GraphFile.text(for: imported.graph))
    }
    let (summary, reachability) = (NetworkSummary(network), Reachability(network))
    if json {
      try Console.answer(Self.json(network, summary, reachability))
    } else {
      var text = Self.text(network, parameters, summary)
      if Terminal.showsAnswers {
        text += InspectionSketch(network: network, parameters: parameters, summary: summary)
          .text(columns: Terminal.columns(of: STDOUT_FILENO))
      }
      try Console.answer(text)
      for remark in reachability.remarks { Console.note(remark) }
    }
  }

  private static func text(
    _ network: Network, _ parameters: Parameters, _ summary: NetworkSummary
  ) -> String {
    var table = TextTable([
      ("group", .left), ("neurons", .right), ("role", .left), ("units", .left),
      ("edges in", .right), ("on cycles", .right), ("Lipschitz", .right),
    ])
    for group in summary.groups {
      table.add([
        group.group.name, Quantity.count(group.group.size), role(group.group.role),
        units(group.group), Quantity.count(group.incomingEdges),
        Quantity.count(group.cyclicNeurons),
        group.lipschitzConstant.map { String(shortest: $0) } ?? "unbounded",
      ])
    }
    let sizes = summary.cyclicComponentSizes
    let cyclic =
      sizes.isEmpty
      ? "none: the network is acyclic"
      : sizes.suffix(6).map {
        "\(Quantity.count($0.count)) of \(Quantity.count($0.size, "neuron"))"
      }
      .joined(separator: ", ") + (sizes.count > 6 ? ", and smaller ones" : "")
    let weights =
      network.hasFactors
      ? network.parameterLayout.weightValues(parameters)[...]
      : parameters.values.prefix(network.weightParameterCount)
    return """
      \(network.title)

      \(table.text)
      neurons             \(Quantity.count(network.neuronCount)) with \
      \(Quantity.count(network.unitCount, "unit"))
      edges               \(Quantity.count(network.edgeCount)); at most \
      \(summary.largestInDegree) into a unit, \(summary.largestOutDegree) out of a neuron
      parameters          \(Quantity.count(network.parameterCount)) \
      (\(Quantity.count(network.weightParameterCount)) weights), of which \
      \(Quantity.count(network.trainableParameterCount)) trainable
      inputs, outputs     \(Quantity.count(network.inputCount)), \
      \(Quantity.count(network.outputCount))
      components          \(Quantity.count(network.componentCount)) in \
      \(Quantity.count(network.levelCount, "level")); the largest has \
      \(Quantity.count(network.largestComponent, "neuron"))
      cyclic components   \(cyclic)
      initial weights     \(range(weights))
      compiled topology   \(Quantity.bytes(summary.bytes))\(copies(network))

      """
  }

  /// What is said of copies that share their edges.
  private static func copies(_ network: Network) -> String {
    network.storedEdgeCount == network.edgeCount
      ? "" : ", with \(Quantity.count(network.storedEdgeCount, "edge")): copies share theirs"
  }

  private static func range(_ values: some Collection<Double>) -> String {
    guard let low = values.min(), let high = values.max() else { return "none" }
    return "\(String(shortest: low)) to \(String(shortest: high))"
  }

  private static func role(_ role: Group.Role) -> String {
    [(Group.Role.input, "input"), (.output, "output")].filter { role.contains($0.0) }
      .map(\.1).joined(separator: ", ")
  }

  private static func units(_ group: Group) -> String {
    let names = group.units.map { $0.activation.name }
    return names.count == 1
      ? names[0] : "\(group.combine.rawValue) of \(names.joined(separator: ", "))"
  }

  private static func json(
    _ network: Network, _ summary: NetworkSummary, _ reachability: Reachability
  ) -> JSONValue {
    .object([
      ("graph", GraphJSON.object(network)),
      (
        "groups",
        .list(
          summary.groups.map { group in
            .object([
              ("name", .string(group.group.name)),
              ("neurons", .integer(group.group.size)),
              ("shape", .list(group.group.shape.map { .integer($0) })),
              (
                "role",
                .list(
                  role(group.group.role).isEmpty
                    ? []
                    : role(group.group.role)
                      .split(separator: ", ").map { .string(String($0)) })
              ),
              ("activations", .list(group.group.units.map { .string($0.activation.name) })),
              ("edges_in", .integer(group.incomingEdges)),
              ("neurons_on_cycles", .integer(group.cyclicNeurons)),
              ("lipschitz_constant", .optional(group.lipschitzConstant)),
            ])
          })
      ),
      (
        "cyclic_components",
        .list(
          summary.cyclicComponentSizes.map {
            .object([("size", .integer($0.size)), ("count", .integer($0.count))])
          })
      ),
      ("largest_in_degree", .integer(summary.largestInDegree)),
      ("largest_out_degree", .integer(summary.largestOutDegree)),
      ("idle_inputs", .list(reachability.idleInputs.map { .string($0) })),
      ("constant_outputs", .list(reachability.constantOutputs.map { .string($0) })),
      ("stored_edges", .integer(network.storedEdgeCount)),
      ("topology_bytes", .integer(summary.bytes)),
    ])
  }
}

extension Reachability {
  /// What a person should know, a sentence each.
  var remarks: [String] {
    func list(_ names: [String]) -> String {
      names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
    }
    var remarks: [String] = []
    if !constantOutputs.isEmpty {
      remarks.append(
        "note: no input leads to \(Quantity.count(constantOutputs.count, "output")): "
          + "\(list(constantOutputs)); edges go from the neuron that sends to the one that receives"
      )
    }
    if !idleInputs.isEmpty {
      remarks.append(
        "note: \(Quantity.count(idleInputs.count, "input")) "
          + "\(idleInputs.count == 1 ? "leads" : "lead") to no output: \(list(idleInputs))")
    }
    return remarks
  }
}

extension Network {
  /// The name as a terminal can show it.
  var title: String {
    let printable = name.unicodeScalars.map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
      default: String(scalar)
      }
    }.joined()
    return printable.isEmpty ? "network without a name" : printable
  }
}

/// What every JSON answer says of the graph.
enum GraphJSON {
  static func object(_ network: Network) -> JSONValue {
    object(
      name: network.name, neurons: network.neuronCount, units: network.unitCount,
      edges: network.edgeCount,
      structure: (
        network.componentCount, network.largestComponent, network.cyclicComponentCount,
        network.levelCount
      ), inputs: network.inputCount, outputs: network.outputCount,
      parameters: network.parameterCount, trainable: network.trainableParameterCount)
  }

  /// - Parameter structure: what the condensation says; `nil` where there is none.
  static func object(
    name: String, neurons: Int, units: Int, edges: Int,
    structure: (components: Int, largest: Int, cyclic: Int, levels: Int)?, inputs: Int,
    outputs: Int, parameters: Int, trainable: Int
  ) -> JSONValue {
    func optional(_ number: Int?) -> JSONValue { number.map { .integer($0) } ?? .null }
    return .object([
      ("name", .string(name)), ("neurons", .integer(neurons)), ("units", .integer(units)),
      ("edges", .integer(edges)), ("components", optional(structure?.components)),
      ("largest_component", optional(structure?.largest)),
      ("cyclic_components", optional(structure?.cyclic)), ("levels", optional(structure?.levels)),
      ("inputs", .integer(inputs)), ("outputs", .integer(outputs)),
      ("parameters", .integer(parameters)), ("trainable_parameters", .integer(trainable)),
    ])
  }
}
