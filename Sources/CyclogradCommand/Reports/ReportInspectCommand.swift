import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd report inspect`
struct ReportInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Report what a network is made of, and how it behaves at one sample.",
    discussion: """
      The figures are \(InspectionReport.figureNames.joined(separator: ", ")). Those that a network \
      cannot have are named with the reason. The graph neuron by neuron is placed by graphviz's dot, where it \
      is installed.

      Examples:
        cyclograd report inspect graphs/feedback.yaml --output feedback.html
        cyclograd report inspect graphs/islands.yaml --format csv \\
            --figure eigenvalues --output values.csv
      """)

  @OptionGroup var graph: GraphArguments
  @Option(help: "A sample to solve for: the first row (default: drawn from the graph's seed).")
  var input: String?
  @Option(help: "Which columns are inputs, such as 0..7.") var columns: String?
  @OptionGroup var backend: BackendArguments
  @OptionGroup var stopping: StoppingArguments
  @OptionGroup var output: ReportOutput

  func run() throws {
    let options = try stopping.options(threads: graph.threads)
    let chosen = try backend.chosen()
    try output.check(InspectionReport.figureNames)
    if columns != nil, input == nil {
      throw CyclogradError(
        .invalidOption, "--columns selects columns, but there is no file to select them from",
        advice: "give --input")
    }
    try FileNames.checkDistinct(
      written: [("--output", output.output)],
      read: [("the graph", graph.graph), ("--input", input)])
    let (imported, network, parameters) = try graph.read(needing: [], for: "inspection")
    let inputs: Matrix
    if let input {
      let all = try SampleFile.readInputs(input, columns: columns, network)
      inputs = all.selecting(rows: [0])
    } else {
      inputs = try RandomSamples.inputs(network, samples: 1)
    }
    var equilibrium: Equilibrium?
    var reason: String?
    do {
      try imported.require([.activation], for: "solving it")
      Progress.show("\(chosen.name): solving")
      let simulator = try Simulator(network, backend: chosen, options: options)
      equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    } catch let error as CyclogradError {
      reason = "Eigenvalues of D Wᵀ and a phase portrait, because nothing was solved: \(error)"
    }
    Progress.show("drawing")
    try output.write(
      InspectionReport.page(
        network, title: network.title, equilibrium: equilibrium, reason: reason))
  }
}
