import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd report bound`
struct ReportBoundCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bound",
    abstract: "Report which classes are certified at which radius, and what attacks find.",
    discussion: """
      The figures are \(RobustnessReport.figureNames.joined(separator: ", ")). Those that a network cannot have \
      are named with the reason. Shares are measured at --radius and at fractions of it.

      Examples:
        cyclograd report bound net.yaml --input x.npy --radius 0.02 \\
            --range 0:1 --output bound.html
      """)

  @OptionGroup var solving: SolvingArguments
  @OptionGroup var region: BoxArguments
  @OptionGroup var classes: ClassArguments
  @OptionGroup var output: ReportOutput

  /// The fractions of the radius that shares are measured at.
  private static let fractions = [0.1, 0.25, 0.5, 0.75, 1]

  func run() throws {
    try output.check(RobustnessReport.figureNames)
    let problem = try solving.problem(
      for: "bounds", written: [("--output", output.output)],
      read: [("--target", classes.target), ("--radius", region.radiusFile)],
      inInputUnits: "--radius and --range are")
    let network = problem.network
    let simulator = try problem.simulator()
    let box = try region.box(around: problem.inputs, network)
    let threads = problem.options.threads
    var report = RobustnessReport(title: network.title, network)
    Progress.show("bounds")
    // Only the first sample is shown.
    let first = box.prefix(1)
    report.bounds = try Bounds(
      of: problem.parameters, over: first, by: simulator, options: .init(threads: threads)
    ).rows.first
    report.values = Array(
      try simulator.equilibrium(problem.parameters, inputs: first.samples).outputs[row: 0])
    do {
      report.sensitivity = try Sensitivity(network, problem.parameters, threads: threads)
        .rows(0..<min(network.outputCount, ImageFigure.mostPanels))
    } catch let error as CyclogradError where error.code == .notApplicable {
      report.remarks.append("Sensitivities: \(error.message).")
    }
    if network.outputCount > 1 {
      try addClasses(problem, simulator, box, threads, to: &report)
    } else {
      report.remarks.append("Classes and attacks, because the network has one output.")
    }
    Progress.show("drawing")
    try output.write(report.page())
  }

  private func addClasses(
    _ problem: SolvingArguments.Problem, _ simulator: Simulator, _ full: InputBox,
    _ threads: Int, to report: inout RobustnessReport
  ) throws {
    let count = problem.inputs.rows
    let targets = try classes.classes(samples: count)
    let methods = BoundMethod.direct
    var shares = Array(repeating: [Double](), count: methods.count + 2)
    var kinds = Attack.Kind.available
    var broken = Array(repeating: [Double](), count: kinds.count)
    for fraction in Self.fractions {
      let box = try full.scaled(by: fraction)
      report.radii.append(fraction * full.largestRadius)
      for (index, chosen) in (methods.map { [$0] } + [methods]).enumerated() {
        Progress.show("\(chosen.map(\.rawValue).joined(separator: "+")) at \(fraction)")
        let found = try Certification(
          of: problem.parameters, over: box, targets: targets, by: simulator,
          options: .init(
            bounds: .init(methods: Set(chosen), threads: threads), attacks: false))
        shares[index].append(
          Double(found.rows.count { $0.status == .certified }) / Double(count))
      }
      var worst: [Attack.Row] = []
      for (index, kind) in kinds.enumerated().reversed() {
        Progress.show("attacks by \(kind.rawValue) at \(fraction)")
        do {
          let attack = try Attack(
            on: problem.parameters, within: box, targets: targets, by: simulator, kinds: [kind])
          broken[index].append(
            Double(attack.rows.count { $0.isSuccessful }) / Double(max(1, count)))
          if worst.isEmpty { worst = attack.rows }
          for (row, found) in attack.rows.enumerated() where found.margin > worst[row].margin {
            worst[row] = found
          }
        } catch let error as CyclogradError where error.code == .notApplicable {
          report.remarks.append("Attacks by \(kind.rawValue): \(error.message).")
          kinds.remove(at: index)
          broken.remove(at: index)
        }
      }
      shares[methods.count + 1].append(
        Double(worst.count { !$0.isSuccessful && $0.reason == nil }) / Double(max(1, count)))
      if fraction == 1 {
        report.attacks = worst.prefix(8).enumerated().map { index, row in
          (
            Array(problem.inputs[row: index]), row.input,
            "class \(row.target) "
              + (row.isSuccessful ? "changed by \(row.kind?.rawValue ?? "nothing")" : "kept")
          )
        }
      }
    }
    report.shares[.broken] = zip(kinds, broken).map { .init($0.rawValue, $1) }
    let names = methods.map(\.rawValue) + ["best", "no attack found"]
    report.shares[.certified] = zip(names, shares).map { .init($0, $1) }
  }
}
