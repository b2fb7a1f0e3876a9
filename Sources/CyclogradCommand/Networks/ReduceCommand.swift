import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd reduce`
struct ReduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reduce",
    abstract: "Write a network without the parts that its answers do not need.",
    discussion: """
      What reaches no output goes (dead); what no input reaches becomes part of biases (constant); identity \
      neurons are put into those that they feed, where that takes no more edges (identity); neurons that are always \
      equal become one (equal). With a box, --input X --radius R, relu, leaky-relu and clamp neurons that are surely off \
      there go (off), and those that are surely linear become so (linear): the result holds for inputs in the box only. \
      --low-rank E has a connection pass through a few neurons where its matrix is of that rank but for a share E of its \
      Frobenius norm; the proved error is listed.

      Trained parameters and ties are left alone, so that only dead parts go, unless --trained counts parameters as \
      the constants that they are now. Inputs and outputs stay. Answers agree to rounding.

      Examples:
        cyclograd reduce net.yaml --output small.yaml
        cyclograd reduce net.yaml --trained --input x.csv --radius 0.02 \\
            --output local.yaml
        cyclograd reduce net.yaml --trained --low-rank 1e-12 --output factored.yaml
      """)

  @Argument(help: ArgumentHelp("The network to read; - is standard input.", valueName: "net"))
  var network: String
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write, in the format of its extension.", valueName: "file"))
  var output: String
  @Flag(help: "Take trained parameters as constants, and dissolve ties.") var trained = false
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Samples at the middle of boxes: CSV, text or .npy.", valueName: "file"))
  var input: String?
  @Option(help: "How far each input may move from them.") var radius: Double?
  @Option(
    help: ArgumentHelp("The error of low ranks, such as 1e-12; 0 for rounding.", valueName: "share")
  )
  var lowRank: Double?
  @OptionGroup var parameterFile: ParameterArguments
  @OptionGroup var quiet: QuietArguments
  @OptionGroup(title: "Reading the network") var reading: ImportArguments
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func validate() throws {
    guard (input == nil) == (radius == nil) else {
      throw ValidationError("a box needs both --input and --radius")
    }
  }

  func run() throws {
    let format = try NetworkFormat.format(writing: output)
    try FileNames.checkDistinct(
      written: [("--output", output)], read: [("the network", network), ("--input", input)])
    var options = try reading.options()
    options.parameters = parameterFile.parameters
    let imported = try reading.read(network, options)
    try imported.require([.activation, .inputs, .outputs], for: "reducing")
    Progress.show("reducing")
    let reduction = try Reduction(
      imported.graph,
      options: .init(includesTrained: trained, box: try box(imported.graph), lowRank: lowRank),
      file: network)
    var result = imported
    result.graph = reduction.graph
    Progress.show("writing \(output)")
    let remarks = try format.write(result, to: output)
    Progress.clear()
    for remark in remarks { Console.note("\(output): \(remark)") }
    try report(reduction)
  }

  private func box(_ graph: Graph) throws -> InputBox? {
    guard let input, let radius else { return nil }
    let (network, _) = try graph.compile()
    let samples = try SampleFile.readInputs(input, columns: nil, network, transform: nil)
    return try InputBox(around: samples, radius: radius)
  }

  private func report(_ reduction: Reduction) throws {
    guard json else {
      var lines = [
        "neurons \(reduction.neurons.before) -> \(reduction.neurons.after), "
          + "edges \(reduction.edges.before) -> \(reduction.edges.after)"
      ]
      lines += reduction.steps.map { "\($0.reason.rawValue)  \($0.subject)  \($0.detail)" }
      lines += reduction.remarks
      return try Console.answer(lines.joined(separator: "\n") + "\n")
    }
    func pair(_ pair: (before: Int, after: Int)) -> JSONValue {
      .object([("before", .integer(pair.before)), ("after", .integer(pair.after))])
    }
    try Console.answer(
      JSONValue.object([
        ("neurons", pair(reduction.neurons)), ("edges", pair(reduction.edges)),
        (
          "steps",
          .list(
            reduction.steps.map {
              .object([
                ("reason", .string($0.reason.rawValue)), ("subject", .string($0.subject)),
                ("detail", .string($0.detail)),
              ])
            })
        ), ("remarks", .list(reduction.remarks.map { .string($0) })),
      ]).text)
  }
}
