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
      seed; activations by group, and answers over two inputs, are those of up to 64 samples. The graph neuron by neuron is placed by graphviz's dot, where it is installed.

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
    // As many samples as take seconds at most; the first is what it would be alone.
    let count = max(1, min(64, 5_000_000 / max(1, network.edgeCount)))
    let inputs: Matrix
    if samples.input == nil {
      inputs = try RandomSamples.inputs(network, samples: count)
    } else {
      let given = try samples.inputs(of: network, graph)
      inputs = given.selecting(rows: Array(0..<min(count, given.rows)))
    }
    var equilibrium: Equilibrium?
    var plane: InputPlane?
    var reason: String?
    do {
      try imported.require([.activation], for: "solving it")
      Progress.show("\(chosen.name): solving")
      let simulator = try Simulator(network, backend: chosen, options: options)
      equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
      Progress.show("\(chosen.name): solving over the inputs")
      plane = try InputPlane(
        network, parameters, around: inputs, backend: chosen, options: options)
    } catch let error as CyclogradError {
      reason = "Eigenvalues of D Wᵀ and a phase portrait, because nothing was solved: \(error)"
    }
    Progress.show("drawing")
    try output.write(
      InspectionReport.page(
        network, parameters, title: network.title, equilibrium: equilibrium, reason: reason,
        plane: plane, threads: graph.threads))
  }
}
