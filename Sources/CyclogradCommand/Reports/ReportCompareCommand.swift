import ArgumentParser
import Cyclograd
import CyclogradReports

/// `cyclograd report compare`
struct ReportCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Report how backends perform, side by side.",
    discussion: """
      It does what cyclograd compare does, and records how residuals fall, in a computation of its own that the \
      times leave out. The figures are \(ComparisonReport.figureNames.joined(separator: ", ")). Those \
      that a comparison cannot have are named with the reason. The exit code is 2 if no backend found a gradient; \
      the report is written anyway.

      Examples:
        cyclograd report compare graphs/feedback.yaml --output compare.html
        cyclograd report compare graphs/hopfield.yaml \\
            --backends automatic,picard+neumann,direct --format svg \\
            --figure residual-iterations --output residual.svg
      """)

  @OptionGroup var arguments: ComparisonArguments
  @OptionGroup var output: ReportOutput

  func run() throws {
    try output.check(ComparisonReport.figureNames)
    try FileNames.checkDistinct(
      written: [("--output", output.output)],
      read: [
        ("the graph", arguments.graph.graph), ("--input", arguments.given.input),
        ("--target", arguments.target),
      ])
    let result = try arguments.compare(isTraced: true)
    Progress.show("drawing")
    try output.write(
      ComparisonReport.page(
        result.comparison, of: result.network, title: result.network.title,
        remark: "\(result.remark); loss \(arguments.loss)", tolerance: result.tolerance))
    if result.comparison.reference == nil {
      Console.error("no backend found a gradient")
      throw ExitCode(2)
    }
  }
}
