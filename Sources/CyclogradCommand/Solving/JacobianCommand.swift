import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd jacobian`
struct JacobianCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jacobian",
    abstract: "Differentiate every output with respect to every input.",
    discussion: """
      The answer is CSV with the columns sample and output, then one column for each input: a row holds \
      the derivatives of one output of one sample. They are exact: one factorization a sample, and a solve \
      for each input or each output, whichever are fewer. If no equilibrium is found for a \
      sample, or it is not isolated, nothing is written and the exit code is 2.

      Where a neuron stands exactly on a kink of its activation, or several of its units are the largest, the \
      derivative of one branch is taken, and a note says so: of z ≤ 0 for relu, leaky-relu and elu, of the \
      constant for clamp, of the first of the largest units. With --kinks refuse nothing is written instead, \
      and the exit code is 2.

      Examples:
        cyclograd jacobian graphs/xor.yaml --input x.csv
        cyclograd jacobian graphs/feedback.yaml --input x.npy --output jacobian.csv
      """)

  @OptionGroup var solving: SolvingArguments
  @OptionGroup var kinks: KinkArguments
  @Option(help: "Differentiate at these states (z of all units) instead of solving.")
  var state: String?
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the derivatives go (default: standard output): .csv, .tsv, .json, .jsonl, or .npy with the "
        + "shape [samples, outputs, inputs].", valueName: "file"))
  var output: String?
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    guard solving.backend.adjoint == nil else {
      throw CyclogradError(
        .invalidOption, "--adjoint says nothing here: a Jacobian is solved by a factorization",
        advice: "leave it out")
    }
    let format = try OutputFormat(
      of: output, among: OutputFormat.tables, standard: .csv, for: "a Jacobian")
    let problem = try solving.problem(
      for: "a Jacobian", kinks: try kinks.policy(), written: [("--output", output)],
      read: [("--state", state)], inInputUnits: "derivatives are")
    let network = problem.network
    guard network.inputCount > 0 else {
      throw CyclogradError(
        .invalidOption, "the network has no inputs with respect to which to differentiate",
        at: .init(file: solving.graph.graph), advice: "give it inputs, or use cyclograd gradient")
    }
    Progress.show("\(problem.backend.name): equilibrium")
    let equilibrium = try problem.equilibrium(problem.simulator(), at: state)
    Progress.show("derivatives")
    let jacobians = try equilibrium.jacobians(
      threads: problem.options.threads, kinks: problem.options.kinks)
    let counts = equilibrium.kinkCounts
    if json {
      var entries: [(key: String, value: JSONValue)] = [
        ("graph", GraphJSON.object(network)),
        ("samples", .integer(jacobians.count)),
        ("residual", .optional(equilibrium.largestResidual)),
        ("kinks", .integer(counts.reduce(0, +))),
        ("input_names", .list(network.inputNames.map { .string($0) })),
        ("output_names", .list(network.outputNames.map { .string($0) })),
      ]
      if let output {
        try write(network, jacobians, to: output, as: format)
      } else {
        entries.append(
          (
            "jacobians",
            .list(
              jacobians.map { matrix in
                .list((0..<matrix.rows).map { .numbers(matrix[row: $0]) })
              })
          ))
      }
      try Console.answer(.object(entries))
    } else {
      Progress.clear()
      try write(network, jacobians, to: output ?? "-", as: format)
      Console.note(
        "\(Quantity.count(jacobians.count, "sample")), \(network.outputCount) × \(network.inputCount) "
          + "derivatives each; residual of the equilibrium "
          + Quantity.small(equilibrium.largestResidual))
      KinkArguments.note(counts)
    }
  }

  private func write(
    _ network: Network, _ jacobians: [Matrix], to path: String, as format: OutputFormat
  ) throws {
    if format == .npy {
      return try NumpyFile.write(
        jacobians.flatMap(\.elements),
        shape: [jacobians.count, network.outputCount, network.inputCount], to: path)
    }
    // A row is made when it is written.
    let rows = jacobians.lazy.enumerated().flatMap { sample, matrix in
      (0..<matrix.rows).lazy.map { row -> [TableRows.Cell] in
        [.integer(sample), .text(network.outputNames[row])]
          + matrix[row: row].map { .number($0) }
      }
    }
    try TableFile.write(
      header: ["sample", "output"] + network.inputNames, rows: rows, to: path, as: format)
  }
}
