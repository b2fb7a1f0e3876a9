import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd sensitivity`
struct SensitivityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sensitivity",
    abstract: "Bound how far inputs move outputs, at any distance.",
    discussion: """
      |change of outputs| ≤ S |change of inputs| holds for every pair of inputs. The answer is the norms of S: its \
      largest row sum, its largest column sum and its spectral norm, each between two proved numbers. With \
      --top, the inputs that each output is most sensitive to; with --output, S itself, row by row.

      Examples:
        cyclograd sensitivity graphs/feedback.yaml
        cyclograd sensitivity net.yaml --by 0..783 --top 5 --output s.csv
      """)

  @OptionGroup var graph: GraphArguments
  @Option(
    name: .customLong("of"),
    help: "The outputs: numbers or names, such as 0..3 or y.0,y.1 (default: all).")
  var ofLists: [String] = []
  @Option(
    name: .customLong("by"),
    help: "The inputs: numbers or names (default: all). Leave constant inputs out.")
  var byLists: [String] = []
  @Option(
    help: ArgumentHelp(
      "Which norms to find; may be given several times (default: all).",
      valueName: Norm.allCases.map(\.rawValue).joined(separator: "|")))
  var norm: [Norm] = []
  @Option(help: "How many of the inputs that matter most to list for each output.") var top = 0
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where S goes, .csv, .tsv, .json or .jsonl with a row for each output.",
      valueName: "file"))
  var output: String?
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  /// A norm of S.
  enum Norm: String, ExpressibleByArgument, CaseIterable {
    case infinity, one, two

    /// What a person is told.
    var title: String {
      switch self {
      case .infinity: "largest row sum"
      case .one: "largest column sum"
      case .two: "spectral norm"
      }
    }

    func of(_ sensitivity: Sensitivity) throws -> Sensitivity.Enclosure {
      switch self {
      case .infinity: try sensitivity.infinityNorm()
      case .one: try sensitivity.oneNorm()
      case .two: try sensitivity.twoNorm()
      }
    }
  }

  /// How many rows of S are held at a time.
  private static let together = 16

  func run() throws {
    guard top >= 0 else {
      throw CyclogradError(
        .invalidOption, "--top is \(top)", advice: "give the number of inputs to list")
    }
    let format = try OutputFormat(
      of: output, among: [.csv, .tsv, .json, .jsonl], standard: .csv,
      for: "the matrix of sensitivities")
    try FileNames.checkDistinct(
      written: [("--output", output)], read: [("the graph", graph.graph)])
    let (network, parameters) = try graph.compile(
      needing: [.activation, .inputs, .outputs], for: "sensitivities")
    Progress.show("comparison graph")
    let sensitivity = try Sensitivity(
      network, parameters, outputs: try Self.select(ofLists.joinedList, network.outputNames),
      inputs: try Self.select(byLists.joinedList, network.inputNames), threads: graph.threads)
    let wanted = norm.isEmpty ? Norm.allCases : Norm.allCases.filter(norm.contains)
    let norms = try wanted.map { norm in
      Progress.show("\(norm.title)")
      return (norm, try norm.of(sensitivity))
    }
    var largest: [(output: String, inputs: [(String, Double)])] = []
    if top > 0 || output != nil {
      let names = sensitivity.inputs.map { network.inputNames[$0] }
      let path = output ?? "/dev/null"
      var table = try TableRows(["output"] + names, as: format, file: path)
      try AtomicFile.write(to: path) { file in
        try file.write(table.opening)
        for first in stride(from: 0, to: sensitivity.outputs.count, by: Self.together) {
          let rows = first..<min(first + Self.together, sensitivity.outputs.count)
          Progress.show("row \(first) of \(sensitivity.outputs.count)")
          let part = try sensitivity.rows(rows)
          for (index, row) in rows.enumerated() {
            let values = Array(part[row: index])
            let name = network.outputNames[sensitivity.outputs[row]]
            try file.write(table.next([.text(name)] + values.map { .number($0) }))
            let order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
            largest.append((name, order.prefix(top).map { (names[$0], values[$0]) }))
          }
        }
        try file.write(table.closing)
      }
    }
    try answer(network, norms, largest)
  }

  private static func select(_ text: String?, _ names: [String]) throws -> [Int]? {
    try text.map { try ColumnSelection($0).indices(columnCount: names.count, names: names) }
  }

  private func answer(
    _ network: Network, _ norms: [(Norm, Sensitivity.Enclosure)],
    _ largest: [(output: String, inputs: [(String, Double)])]
  ) throws {
    if json {
      var entries: [(key: String, value: JSONValue)] = [("graph", GraphJSON.object(network))]
      for (kind, norm) in norms {
        entries.append(
          (
            "\(kind.rawValue)_norm",
            norm.json
          ))
      }
      if top > 0 {
        entries.append(
          (
            "top",
            .list(
              largest.map { row in
                .object([
                  ("output", .string(row.output)),
                  ("inputs", .list(row.inputs.map { .string($0.0) })),
                  ("sensitivities", .numbers(row.inputs.map(\.1))),
                ])
              })
          ))
      }
      return try Console.answer(.object(entries))
    }
    var text = ""
    for (kind, norm) in norms {
      text +=
        "\(kind.title): \(norm.lower) to \(norm.upper), \(norm.isProved ? "proved" : "estimated")\n"
    }
    for row in largest where top > 0 {
      text +=
        "\(row.output): " + row.inputs.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + "\n"
    }
    try Console.answer(text)
  }
}
