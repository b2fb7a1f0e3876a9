import ArgumentParser
import Cyclograd
import CyclogradReports

/// `cyclograd report course`
struct ReportCourseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "course",
    abstract: "Report how a network behaves in time.",
    discussion: """
      It does what cyclograd simulate does, and draws it: outputs and the groups' means in time, inputs that change, \
      and the path of the first two outputs. The figures are \(CourseReport.figureNames.joined(separator: ", ")). \
      If the course cannot be followed to its end, the exit code is 2; the report is written anyway.

      Examples:
        cyclograd report course graphs/oscillator.yaml --times 0:40:0.25 \\
            --output course.html
        cyclograd report course graphs/oscillator.yaml --times 0:40:0.25 \\
            --figure path --output path.svg
      """)

  @OptionGroup var arguments: CourseArguments
  @OptionGroup var output: ReportOutput

  func run() throws {
    try output.check(CourseReport.figureNames)
    let result = try arguments.follow(written: [("--output", output.output)])
    Progress.show("drawing")
    try output.write(
      CourseReport.page(result.course, title: result.title, remark: "\(result.remark)."))
    try result.requireComplete()
  }
}
