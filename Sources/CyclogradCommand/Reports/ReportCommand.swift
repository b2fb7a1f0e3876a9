import ArgumentParser

/// `cyclograd report`
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract:
      "Write a page with figures on a network, in time too, a comparison, a training or bounds.",
    discussion: """
      A report is one HTML file that needs nothing else: it works from disk, in light and dark, on paper and \
      on a phone. Behind every figure stands a table of its numbers. See Docs/Reports.md.

      Examples:
        cyclograd report inspect graphs/feedback.yaml --output feedback.html
        cyclograd report compare graphs/feedback.yaml --backends automatic,direct \\
            --output compare.html
        cyclograd report training graphs/training/xor.yaml --output training.html
      """,
    subcommands: [
      ReportInspectCommand.self, ReportCompareCommand.self, ReportTrainingCommand.self,
      ReportBoundCommand.self, ReportCourseCommand.self,
    ])
}
