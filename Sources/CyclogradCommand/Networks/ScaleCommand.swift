import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd scale`
struct ScaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale",
    abstract: "Write a network that computes the same and whose cycles have a wanted norm.",
    discussion: """
      Weights of each cyclic component become S⁻¹ W S, so that the largest sum of a row of Γ|W| is at most \
      --norm, proved with rounding. That needs activations that are positively homogeneous (relu, leaky-relu, \
      identity, also as maxima) and a Perron-Frobenius eigenvalue of Γ|W| below the norm; otherwise it is refused \
      with the reason. A norm below 1 can be read from the file: plain iteration contracts in the maximum norm.

      Inputs and outputs on cycles get neurons of their own, so that samples and answers stay as they are. \
      Shared parameters stay shared.

      Examples:
        cyclograd scale net.yaml --norm 0.95 --output scaled.yaml
        cyclograd scale model.npz --norm 0.9 --activation relu --output scaled.npz
      """)

  @Argument(help: ArgumentHelp("The network to read; - is standard input.", valueName: "net"))
  var input: String
  @Option(help: "The wanted norm, such as 0.95.") var norm: Double
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write, in the format of its extension.", valueName: "file"))
  var output: String
  @OptionGroup var parameterFile: ParameterArguments
  @OptionGroup var quiet: QuietArguments
  @OptionGroup(title: "Reading the network") var reading: ImportArguments
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    let format = try NetworkFormat.format(writing: output)
    try FileNames.checkDistinct(written: [("--output", output)], read: [("the network", input)])
    var options = try reading.options()
    options.parameters = parameterFile.parameters
    let imported = try reading.read(input, options)
    try imported.require([.activation], for: "scaling")
    Progress.show("scaling")
    let scaled = try ScaledNetwork(imported.graph, norm: norm, file: input)
    var result = imported
    result.graph = scaled.graph
    Progress.show("writing \(output)")
    let remarks = try format.write(result, to: output)
    Progress.clear()
    for remark in scaled.remarks + remarks { Console.note("\(output): \(remark)") }
    let factors = scaled.scaling.factors
    let (least, most) = (factors.min() ?? 1, factors.max() ?? 1)
    guard json else {
      return try Console.answer(
        "largest sum of a row within a cycle: at most \(scaled.scaling.norm)\n"
          + "factors from \(least) to \(most)\n")
    }
    try Console.answer(
      JSONValue.object([
        ("norm", .number(scaled.scaling.norm)), ("factors", .list(factors.map { .number($0) })),
        ("remarks", .list(scaled.remarks.map { .string($0) })),
      ]).text)
  }
}
