import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd bound`
struct BoundCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bound",
    abstract: "Prove what outputs are possible when inputs move within a box.",
    discussion: """
      The answer is CSV with a row for each sample and output: sample, status, output, lower, upper, method, \
      proved, and equilibria, which says of which equilibria of an input the bounds speak: exactly one, all, or \
      exactly one inside (others may lie outside). Bounds hold for every input of the box, rounding included; the methods are in Docs/Bounds.md.

      With --margins each output is compared with that of the sample's class, by --target or as predicted: \
      bounds are of the difference, and a row is certified where no input of the box changes the class, \
      refuted where --attack finds one that does, open where the bounds do not decide, \
      and failed where there are none. With --budget what is open is split into \
      cases: 10s is a time for each sample, 500 a number of splits. Without --margins a row is bounded or \
      failed. The exit code is 2 if a row failed.

      --functional bounds linear functions instead: each row of the file is one, its columns are the \
      outputs, by name or in order.

      Examples:
        cyclograd bound graphs/feedback.yaml --input x.csv --radius 0.05
        cyclograd bound net.yaml --input x.npy --radius 0.02 --range 0:1 \\
            --margins --attack --budget 10s
      """)

  @OptionGroup var solving: SolvingArguments
  @OptionGroup var region: BoxArguments
  @Flag(help: "Bound differences to the output of each sample's class.") var margins = false
  @OptionGroup var classes: ClassArguments
  @Option(help: "A file of linear functions of outputs, one a row.") var functional: String?
  @Option(
    help: ArgumentHelp(
      "Bound instead how far outputs move when weights and biases are stored like this.",
      valueName: StorageFormat.allCases.map(\.rawValue).joined(separator: "|")))
  var rounded: String?
  @Option(help: "Bound instead how far outputs move when smaller weights and biases become 0.")
  var pruned: Double?
  @Option(
    help: ArgumentHelp(
      "Bound instead how far outputs move when full blocks of weights become matrices of this rank.",
      valueName: "rank"))
  var lowRank: Int?
  @Flag(help: "Look for inputs that change the class; with --margins.") var attack = false
  @Option(
    help: ArgumentHelp(
      "Split what is open for so long, or so often; with --margins.", valueName: "10s|500"))
  var budget: String?
  @Option(
    help: ArgumentHelp(
      "How to bound (default: best, the least of all).",
      valueName: BoundMethod.names.joined(separator: "|")))
  var method: String = "best"
  @Flag(help: "Bound the states of all units as well; with --json.") var states = false
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the bounds go (default: standard output): .csv, .tsv, .json, .jsonl, or .npy with lower bounds, then upper ones.",
      valueName: "file"))
  var output: String?
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    try check()
    let format = try OutputFormat(
      of: output, among: OutputFormat.tables, standard: .csv, for: "bounds")
    let methods = try BoundMethod.direct(named: method)
    let (splits, seconds) = try Self.limits(budget)
    let problem = try solving.problem(
      for: "bounds", written: [("--output", output)],
      read: [
        ("--functional", functional), ("--target", classes.target),
        ("--radius", region.radiusFile),
      ], inInputUnits: "--radius and --range are")
    let network = problem.network
    let box = try region.box(around: problem.inputs, network)
    let simulator = try problem.simulator()
    let options = Bounds.Options(
      methods: methods, threads: problem.options.threads, keepsStates: states)
    let count = box.samples.rows
    Progress.show("bounding \(count) samples")
    let progress: @Sendable (Int) -> Void = { Progress.show("bounded \($0) of \(count) samples") }
    var report = BoundReport(network: network, names: network.outputNames)
    if margins {
      let found = try Certification(
        of: problem.parameters, over: box, targets: try classes.classes(samples: count),
        by: simulator,
        options: .init(bounds: options, attacks: attack, splits: splits, seconds: seconds),
        progress: progress)
      report.rows = found.rows.map(BoundedSample.init)
      report.certified = found.rows.count { $0.status == .certified }
    } else if let other = try changed(problem.parameters, network) {
      let found = try ModelError(
        of: other, against: problem.parameters, over: box, by: simulator,
        threads: problem.options.threads)
      report.rows = found.rows.map(BoundedSample.init)
    } else {
      var functionals: [OutputFunctional]?
      if let functional {
        let rows = try DataFile.read(functional, vectors: .row)
          .columns(named: network.outputNames, file: functional)
        functionals = (0..<rows.rows).map { OutputFunctional(Array(rows[row: $0])) }
        report.names = (0..<rows.rows).map { "functional \($0)" }
      }
      let found = try Bounds(
        of: problem.parameters, over: box, functionals: functionals, by: simulator,
        options: options, progress: progress)
      report.rows = found.rows.map(BoundedSample.init)
    }
    try report.write(to: output, as: format, json: json)
    if report.rows.contains(where: { $0.status == "failed" }) { throw ExitCode(2) }
  }

  private func check() throws {
    func refuse(_ message: String, _ advice: String) throws {
      throw CyclogradError(.invalidOption, message, advice: advice)
    }
    if !margins {
      for (option, isGiven) in [
        ("--target", classes.target != nil),
        ("--target-columns", classes.targetColumns != nil),
        ("--attack", attack), ("--budget", budget != nil),
      ] where isGiven {
        try refuse("\(option) is about classes", "give --margins, or leave it out")
      }
    } else if functional != nil {
      try refuse("--functional and --margins both say what is bounded", "give one of them")
    }
    let changes = [
      rounded.map { _ in "--rounded" }, pruned.map { _ in "--pruned" },
      lowRank.map { _ in "--low-rank" },
    ].compactMap { $0 }
    if !changes.isEmpty {
      if changes.count > 1 {
        try refuse("\(changes[0]) and \(changes[1]) both change the weights", "give one of them")
      }
      for (option, isGiven) in [
        ("--margins", margins), ("--functional", functional != nil), ("--states", states),
        ("--method", method != "best"),
      ] where isGiven {
        try refuse(
          "\(option) is not for differences between two sets of weights", "leave it out")
      }
    }
    if states, !json { try refuse("--states is printed as JSON", "give --json") }
  }

  /// The weights that are compared with the network's own, where some are asked for.
  private func changed(_ parameters: Parameters, _ network: Network) throws -> Parameters? {
    if let lowRank { return try parameters.truncated(toRank: lowRank, of: network) }
    if let rounded {
      return try parameters.rounded(to: .named(rounded, "format", all: "formats"))
    }
    guard let pruned else { return nil }
    guard pruned >= 0, pruned.isFinite else {
      throw CyclogradError(
        .invalidOption, "--pruned is \(pruned)", advice: "give a number that is not negative")
    }
    return parameters.pruned(below: pruned)
  }

  /// What a budget allows: splits, and seconds.
  static func limits(_ budget: String?) throws -> (splits: Int, seconds: Double?) {
    guard let budget else { return (0, nil) }
    if let splits = Int(budget), splits >= 0 { return (splits, nil) }
    if budget.hasSuffix("s"), let seconds = Double(budget.dropLast()), seconds >= 0 {
      return (.max, seconds)
    }
    throw CyclogradError(
      .invalidOption, "--budget is '\(budget)'",
      advice: "give seconds, such as 10s, or a number of splits, such as 500")
  }
}
