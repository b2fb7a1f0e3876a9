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
      for each input or each output, whichever are fewer. If no equilibrium is found for a sample, or the \
      derivative does not exist there, nothing is written and the exit code is 2.

      Examples:
        cyclograd jacobian graphs/xor.yaml --input x.csv
        cyclograd jacobian graphs/feedback.yaml --input x.npy --output jacobian.csv
      """)

  @OptionGroup var graph: GraphArguments
  @Option(help: "The samples: CSV, text or .npy.") var input: String
  @Option(help: "Which columns are inputs, such as 0..7.") var columns: String?
  @OptionGroup var backend: BackendArguments
  @OptionGroup var stopping: StoppingArguments
  @Option(help: "Differentiate at these states (z of all units) instead of solving.")
  var state: String?
  @Option(help: "Where the derivatives go (default: standard output).") var output: String?
  @Flag(help: "Print JSON and nothing else.") var json = false

  func run() throws {
    let options = try stopping.options(threads: graph.threads)
    guard backend.adjoint == nil else {
      throw CyclogradError(
        .invalidOption, "--adjoint says nothing here: a Jacobian is solved by a factorization",
        advice: "leave it out")
    }
    let chosen = try backend.chosen()
    try FileNames.checkDistinct(
      written: [("--output", output)],
      read: [("the graph", graph.graph), ("--input", input), ("--state", state)])
    let (network, parameters) = try graph.compile(
      needing: [.activation, .inputs, .outputs], for: "a Jacobian")
    let inputs = try SampleFile.readInputs(input, columns: columns, network)
    let simulator = try Simulator(network, backend: chosen, options: options)
    Progress.show("\(chosen.name): equilibrium")
    let equilibrium =
      if let state {
        try simulator.equilibrium(
          parameters, inputs: inputs,
          at: SampleFile.readStates(state, network, samples: inputs.rows))
      } else {
        try simulator.equilibrium(parameters, inputs: inputs)
      }
    Progress.show("derivatives")
    let jacobians = try equilibrium.jacobians(threads: graph.threads)
    if json {
      var entries: [(key: String, value: JSONValue)] = [
        ("graph", GraphJSON.object(network)),
        ("samples", .integer(jacobians.count)),
        ("residual", .optional(equilibrium.largestResidual)),
        ("input_names", .list(network.inputNames.map { .string($0) })),
        ("output_names", .list(network.outputNames.map { .string($0) })),
      ]
      if let output {
        try write(network, jacobians, to: output)
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
      try write(network, jacobians, to: output ?? "/dev/stdout")
      Console.note(
        "\(Quantity.count(jacobians.count, "sample")), \(network.outputCount) × \(network.inputCount) "
          + "derivatives each; residual of the equilibrium "
          + Quantity.small(equilibrium.largestResidual))
    }
  }

  private func write(_ network: Network, _ jacobians: [Matrix], to path: String) throws {
    let names = network.outputNames
    try AtomicFile.write(to: path) { file in
      try file.write((["sample", "output"] + network.inputNames).joined(separator: ",") + "\n")
      for (sample, matrix) in jacobians.enumerated() {
        for row in 0..<matrix.rows {
          let values = matrix[row: row].map { "\($0)" }
          try file.write((["\(sample)", names[row]] + values).joined(separator: ",") + "\n")
        }
      }
    }
  }
}
