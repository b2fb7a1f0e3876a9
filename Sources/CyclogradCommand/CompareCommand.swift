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

      Examples:
        cyclograd compare graphs/feedback.yaml
        cyclograd compare graphs/islands.yaml --backends edge-list,klu,umfpack --repeat 5
        cyclograd compare graphs/xor.yaml --input x.csv --target y.csv --json
      """)

  @OptionGroup var graph: GraphArguments
  @Option(help: "The samples: CSV, text or .npy.") var input: String?
  @Option(help: "Which columns are inputs, such as 0..7.") var columns: String?
  @Option(help: "The targets, one row a sample.") var target: String?
  @Option(help: "Which columns are targets, such as 8 or last:2.") var targetColumns: String?
  @Option(help: "How many samples to draw where none are given (default: 1).") var samples: Int?
  @Option(help: "\(Loss.allCases.map(\.rawValue).joined(separator: ", ")).")
  var loss: String = Loss.halfSquaredError.rawValue
  @Option(help: "Which backends, in this order, separated by commas.")
  var backends: String = "edge-list,direct"
  @OptionGroup var preparation: InputArguments
  @OptionGroup var stopping: StoppingArguments
  @Option(name: .customLong("repeat"), help: "How often to measure.") var repetitions: Int = 1
  @Flag(help: "Print JSON and nothing else.") var json = false

  func run() throws {
    let options = try stopping.options(threads: graph.threads)
    let loss = try Loss.named(loss)
    let chosen = try backends.split(separator: ",", omittingEmptySubsequences: false)
      .map { try GradientBackend.named($0.trimmingCharacters(in: .whitespaces)) }
    guard Set(chosen.map(\.name)).count == chosen.count else {
      throw CyclogradError(
        .invalidOption, "--backends names a backend twice", advice: "name each once")
    }
    guard repetitions >= 1, samples ?? 1 >= 1 else {
      throw CyclogradError(
        .invalidOption, "--repeat and --samples must be at least 1", advice: "give 1 or more")
    }
    let (network, parameters) = try graph.compile(
      needing: [.activation, .outputs], for: "a comparison of gradients")
    let (inputs, targets, remark) = try data(network, loss)
    let comparison = try Comparison(
      network, parameters, inputs: inputs, targets: targets, loss: loss, backends: chosen,
      options: options, repetitions: repetitions, progress: Progress.show)
    if json {
      try Console.answer(json(network, inputs.rows, comparison))
    } else {
      try Console.answer(text(network, remark, comparison))
    }
    if comparison.reference == nil {
      Console.error("no backend found a gradient")
      throw ExitCode(2)
    }
  }

  private func data(_ network: Network, _ loss: Loss) throws -> (Matrix, Matrix, String) {
    if columns != nil && input == nil || targetColumns != nil && target == nil {
      throw CyclogradError(
        .invalidOption, "columns are selected, but there is no file to select them from",
        advice: "give --input and --target")
    }
    if samples != nil && (input != nil || target != nil) {
      throw CyclogradError(
        .invalidOption, "--samples says how many to draw, but samples are given by a file",
        advice: "leave --samples out")
    }
    let inputs = try input.map {
      try SampleFile.read(
        $0, columns: columns, option: "--input",
        transform: preparation.transform(graph.reading.parameters))
    }
    if let inputs, let input {
      try SampleFile.check(inputs, columns: network.inputCount, of: "inputs", in: input)
    }
    let targets = try target.map {
      try SampleFile.read($0, columns: targetColumns, option: "--target")
    }
    let count = inputs?.rows ?? targets?.rows ?? samples ?? 1
    if let targets, let target, targets.rows != count {
      throw CyclogradError(
        .shapeMismatch, "\(targets.rows) rows of targets for \(count) samples",
        at: .init(file: target), advice: "give one row for each sample")
    }
    let drawn = [inputs == nil ? "inputs" : nil, targets == nil ? "targets" : nil].compactMap { $0 }
    let remark =
      Quantity.count(count, "sample")
      + (drawn.isEmpty
        ? "" : ", \(drawn.joined(separator: " and ")) drawn from seed \(network.seed)")
    return (
      try inputs ?? RandomSamples.inputs(network, samples: count),
      targets ?? RandomSamples.targets(network, samples: count, loss: loss), remark
    )
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
      \(remark); loss \(loss)

      \(table.text)
      """
    let details = comparison.rows.compactMap { row in
      row.detail.map { "\(row.backend): \($0)\n" }
    }
    if !details.isEmpty { result += "\n" + details.joined() }
    return result
  }

  private func json(_ network: Network, _ samples: Int, _ comparison: Comparison) -> JSONValue {
    .object([
      ("graph", GraphJSON.object(network)),
      ("samples", .integer(samples)),
      ("drawn", .boolean(input == nil || target == nil)),
      ("seed", .string(String(network.seed))),
      ("loss_name", .string(loss)),
      ("repeat", .integer(repetitions)),
      ("reference", .optional(comparison.reference)),
      (
        "backends",
        .list(
          comparison.rows.map { row in
            .object([
              ("backend", .string(row.backend)),
              ("status", .string(row.status.rawValue)),
              ("detail", .optional(row.detail)),
              ("analysis_seconds", .number(row.analysisSeconds)),
              ("equilibrium_seconds", .optional(row.equilibriumSeconds)),
              ("gradient_seconds", .optional(row.gradientSeconds)),
              ("equilibrium_iterations", .integer(row.equilibriumIterations)),
              ("gradient_iterations", row.gradientIterations.map { .integer($0) } ?? .null),
              ("residual", .number(row.residual)),
              ("loss", .optional(row.loss)),
              ("max_difference", .optional(row.maximumDifference)),
              ("relative_difference", .optional(row.relativeDifference)),
            ])
          })
      ),
    ])
  }
}
