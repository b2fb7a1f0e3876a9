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
      cannot have are named with the reason. The sample is the first row of --input, or drawn from the graph's \
      seed. The graph neuron by neuron is placed by graphviz's dot, where it is installed.

      Examples:
        cyclograd report inspect graphs/feedback.yaml --output feedback.html
        cyclograd report inspect graphs/islands.yaml --format csv \\
            --figure eigenvalues --output values.csv
      """)

  @OptionGroup var solving: SolvingArguments
  @OptionGroup var output: ReportOutput

  func run() throws {
    let (graph, samples) = (solving.graph, solving.samples)
    let options = try solving.stopping.options(threads: graph.threads)
    let chosen = try solving.backend.chosen()
    try output.check(InspectionReport.figureNames)
    // Here even where there is no --input, because it refuses options that would have no effect.
    _ = try samples.transform(graph)
    try FileNames.checkDistinct(
      written: [("--output", output.output)],
      read: [("the graph", graph.graph), ("--input", samples.input)])
    let (imported, network, parameters) = try graph.read(needing: [], for: "inspection")
    let inputs =
      try samples.input == nil
      ? RandomSamples.inputs(network, samples: 1)
      : samples.inputs(of: network, graph).selecting(rows: [0])
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
        network, parameters, title: network.title, equilibrium: equilibrium, reason: reason))
  }
}
