import ArgumentParser
import Cyclograd
import CyclogradReports

/// `cyclograd compare`
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Run backends side by side and compare their gradients.",
    discussion: """
      Without --input and --target, samples are drawn from the graph's seed. Seconds are medians over \
      --repeat, each from a cold start; the analysis of the topology is reported apart. The \
      difference is the largest one of any derivative (weights, biases, inputs) from the reference: \
      direct where it converged, or else the first backend that did. The exit code is 0 if there is a \
      reference, whatever the others did, and 2 if no backend found a gradient.

      A second table says what approximate gradients are worth: the angle between each one and the exact \
      gradient of the reference, both over all trained parameters, and the length of their difference \
      over that of the exact one. semi holds recurrent inputs constant, neumann:K takes K terms of the \
      Neumann series, phantom:K:τ differentiates K steps damped by τ.

      --costs adds what automatic's cost model expects of the cyclic components, for one sample on one \
      thread, beside what they took; components of the same size are taken together.

      Examples:
        cyclograd compare graphs/feedback.yaml
        cyclograd compare graphs/islands.yaml --backends edge-list,klu,umfpack \\
            --repeat 5
        cyclograd compare graphs/xor.yaml --input x.csv --target y.csv --json
        cyclograd compare graphs/hopfield.yaml --backends automatic,direct --costs
        cyclograd compare graphs/feedback.yaml --gradients neumann:5,phantom:5:0.5
      """)

  @OptionGroup var arguments: ComparisonArguments
  @Flag(help: "Compare predicted with measured costs.") var costs = false
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    let result = try arguments.compare(isTraced: costs)
    let costs = costs ? CostComparison(result.comparison, result.network).rows : nil
    if json {
      try Console.answer(json(result.network, result.samples, result.comparison, costs))
    } else {
      try Console.answer(
        text(result.network, result.remark, result.comparison)
          + (costs.map { "\n" + Self.table($0) } ?? ""))
    }
    if result.comparison.reference == nil {
      Console.error("no backend found a gradient")
      throw ExitCode(2)
    }
  }

  private func text(_ network: Network, _ remark: String, _ comparison: Comparison) -> String {
    var table = TextTable([
      ("backend", .left), ("status", .left), ("residual", .right), ("forward", .right),
      ("backward", .right), ("analysis", .right), ("equilibrium", .right), ("gradient", .right),
      ("difference", .right),
    ])
    for row in comparison.rows {
      table.add([
        row.backend, row.status.rawValue, Quantity.small(row.residual),
        row.equilibriumSeconds == nil ? "–" : Quantity.count(row.equilibriumIterations),
        row.gradientIterations.map { Quantity.count($0) } ?? "–",
        Quantity.seconds(row.analysisSeconds), Quantity.seconds(row.equilibriumSeconds),
        Quantity.seconds(row.gradientSeconds),
        row.backend == comparison.reference ? "reference" : Quantity.small(row.maximumDifference),
      ])
    }
    var result = """
      \(network.title): \(Quantity.count(network.neuronCount, "neuron")), \
      \(Quantity.count(network.edgeCount, "edge")), \
      \(Quantity.count(network.componentCount, "component")), the largest of \
      \(Quantity.count(network.largestComponent, "neuron"))
      \(remark); loss \(arguments.loss)

      \(table.text)
      """
    let details = comparison.rows.compactMap { row in
      row.detail.map { "\(row.backend): \($0)\n" }
    }
    if !details.isEmpty { result += "\n" + details.joined() }
    if !comparison.approximations.isEmpty {
      result += "\n" + Self.table(comparison.approximations)
    }
    return result
  }

  private static func table(_ approximations: [Comparison.Approximation]) -> String {
    var table = TextTable([
      ("gradient", .left), ("status", .left), ("cosine", .right), ("degrees", .right),
      ("relative error", .right), ("relative length", .right),
    ])
    func cell(_ value: Double?) -> String {
      value.flatMap { $0.isFinite ? String(shortest: $0) : nil } ?? "–"
    }
    for row in approximations {
      table.add([
        row.kind.name, row.detail.map { "\(row.status.rawValue): \($0)" } ?? row.status.rawValue,
        cell(row.distance?.cosine), cell(row.distance?.degrees), cell(row.distance?.relativeError),
        cell(row.distance?.relativeLength),
      ])
    }
    return table.text
  }

  private static func json(_ row: Comparison.Approximation) -> JSONValue {
    .object([
      ("gradient", .string(row.kind.name)), ("status", .string(row.status.rawValue)),
      ("detail", .optional(row.detail)), ("cosine", .optional(row.distance?.cosine)),
      ("degrees", .optional(row.distance?.degrees)),
      ("relative_error", .optional(row.distance?.relativeError)),
      ("relative_length", .optional(row.distance?.relativeLength)),
    ])
  }

  private static func table(_ rows: [CostComparison.Row]) -> String {
    guard !rows.isEmpty else {
      return "No component is cyclic, so there are no costs to predict.\n"
    }
    var table = TextTable([
      ("backend", .left), ("system", .left), ("neurons", .right), ("components", .right),
      ("iterations", .right), ("predicted", .right), ("measured", .right), ("method", .left),
    ])
    for row in rows {
      table.add([
        row.backend, row.phase.rawValue, Quantity.count(row.size), Quantity.count(row.count),
        Quantity.count(row.iterations), Quantity.seconds(row.predictedSeconds),
        Quantity.seconds(row.measuredSeconds), row.methods.joined(separator: ", "),
      ])
    }
    return table.text
  }

  private static func json(_ row: CostComparison.Row) -> JSONValue {
    .object([
      ("backend", .string(row.backend)), ("system", .string(row.phase.rawValue)),
      ("neurons", .integer(row.size)), ("components", .integer(row.count)),
      ("iterations", .integer(row.iterations)),
      ("predicted_seconds", .optional(row.predictedSeconds)),
      ("measured_seconds", .number(row.measuredSeconds)),
      ("methods", .list(row.methods.map { .string($0) })),
    ])
  }

  private func json(
    _ network: Network, _ samples: Int, _ comparison: Comparison, _ costs: [CostComparison.Row]?
  ) -> JSONValue {
    let asked: [(key: String, value: JSONValue)] = [
      ("graph", GraphJSON.object(network)),
      ("samples", .integer(samples)),
      ("drawn", .boolean(arguments.isDrawn)),
      ("seed", .string(String(network.seed))),
      ("loss_name", .string(arguments.loss)),
      ("repeat", .integer(arguments.repetitions)),
    ]
    let more: [(key: String, value: JSONValue)] = [
      ("gradients", .list(comparison.approximations.map(Self.json))),
      ("costs", costs.map { .list($0.map(Self.json)) } ?? .null),
    ]
    return .object(asked + comparison.entries + more)
  }
}
